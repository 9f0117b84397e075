"""What is written while Postgres is away: kept on disk, delivered in order, once, by this process or the next."""

import asyncio
import multiprocessing
import os
import shutil
import signal
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
from structlog.testing import capture_logs

from lab.stack.postgres import EmbeddedPostgres, folders
from shared.adapters.sql.database import Database
from shared.adapters.sql.migrations import migrate
from shared.adapters.sql.postgres import open_postgres
from shared.adapters.sql.spool import BREAKS_UNTIL_REFUSED, DEAD_LETTERS, Spool, open_spool
from shared.config import pg_bin
from shared.errors import StoreError, StoreUnavailable
from shared.ports import Receipt

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class Desk:
    """A database that notes what it was given, refuses poison, and can be closed."""

    def __init__(self) -> None:
        self.open = True
        self.taken: list[int] = []
        self.fails_by: list[Exception] = []
        """What the next calls raise, in this order."""
        self.tried = asyncio.Event()

    async def call(self, function: str, payload: dict[str, Any]) -> Any:
        self.tried.set()
        await asyncio.sleep(0)
        if not self.open:
            raise StoreUnavailable("closed", "08006")
        if self.fails_by:
            raise self.fails_by.pop(0)
        if payload.get("poison"):
            raise StoreError("refused", "23514")
        self.taken.append(payload["n"])
        return {}


async def until_waiting(spool: Spool, count: int) -> None:
    async with asyncio.timeout(10):
        while spool.waiting != count:
            await asyncio.sleep(0.01)


def kept(folder: Path) -> list[Path]:
    return list(folder.glob("waiting-*.jsonl"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


async def test_when_postgres_takes_it_then_nothing_is_written_to_disk(folder: Path) -> None:
    desk = Desk()
    async with open_spool(desk, folder) as spool:
        assert await spool.write("note_event_v1", {"n": 1}) is Receipt.STORED
    assert kept(folder) == []


async def test_when_postgres_is_away_then_writes_queue_in_order_and_go_out_once(folder: Path) -> None:
    desk = Desk()
    async with open_spool(desk, folder) as spool:
        await spool.write("note_event_v1", {"n": 0})
        desk.open = False
        receipts = [await spool.write("note_event_v1", {"n": n}) for n in range(1, 20)]
        assert set(receipts) == {Receipt.KEPT}
        (file,) = kept(folder)
        assert [orjson.loads(line)["payload"]["n"] for line in file.read_bytes().splitlines()] == list(range(1, 20))
        desk.open = True
        assert await spool.write("note_event_v1", {"n": 20}) is Receipt.KEPT, "behind what waits"
        await until_waiting(spool, 0)
        assert desk.taken == list(range(21))
        assert await spool.write("note_event_v1", {"n": 21}) is Receipt.STORED
        assert kept(folder) == []


async def test_when_a_write_is_refused_at_once_then_it_is_raised_and_not_kept(folder: Path) -> None:
    async with open_spool(Desk(), folder) as spool:
        with pytest.raises(StoreError):
            await spool.write("note_event_v1", {"n": 1, "poison": True})
        assert spool.waiting == 0


async def test_when_a_kept_line_is_poison_then_it_is_put_aside_and_the_rest_delivered(folder: Path) -> None:
    desk = Desk()
    desk.open = False
    async with open_spool(desk, folder) as spool:
        for n in range(3):
            await spool.write("note_event_v1", {"n": n, "poison": n == 1})
        desk.open = True
        await until_waiting(spool, 0)
    assert desk.taken == [0, 2]
    letter = orjson.loads((folder / DEAD_LETTERS).read_bytes())
    assert (letter["payload"]["n"], letter["refused"]) == (1, "refused")


async def test_when_a_process_ends_with_writes_waiting_then_the_next_delivers_them(folder: Path) -> None:
    desk = Desk()
    desk.open = False
    async with open_spool(desk, folder) as spool:
        for n in range(3):
            await spool.write("note_event_v1", {"n": n})
    desk.open = True
    async with open_spool(desk, folder) as spool:
        await until_waiting(spool, 0)
    assert desk.taken == [0, 1, 2]
    assert kept(folder) == []


async def test_when_a_process_still_lives_then_its_file_is_left_to_it(folder: Path) -> None:
    closed, desk = Desk(), Desk()
    closed.open = False
    async with open_spool(closed, folder) as first:
        await first.write("note_event_v1", {"n": 1})
        async with open_spool(desk, folder) as second:
            assert second.waiting == 0
        assert first.waiting == 1
    assert desk.taken == []


def _write_then_be_killed(folder: Path) -> None:
    async def write() -> None:
        desk = Desk()
        desk.open = False
        async with open_spool(desk, folder) as spool:
            for n in range(5):
                await spool.write("note_event_v1", {"n": n})
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(write())


async def test_when_a_process_is_killed_then_what_it_kept_is_delivered_by_the_next(folder: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_write_then_be_killed, args=(folder,))
    process.start()
    await asyncio.to_thread(process.join, 30)
    assert process.exitcode == -signal.SIGKILL
    (file,) = kept(folder)
    with file.open("ab") as written:
        written.write(b'{"entry_id": "torn by the cra')
    desk = Desk()
    async with open_spool(desk, folder) as spool:
        await until_waiting(spool, 0)
    assert desk.taken == [0, 1, 2, 3, 4]


async def test_when_a_line_cannot_be_read_then_it_is_kept_aside_and_the_rest_delivered(folder: Path) -> None:
    desk = Desk()
    desk.open = False
    async with open_spool(desk, folder) as spool:
        await spool.write("note_event_v1", {"n": 0})
    (file,) = kept(folder)
    file.write_bytes(b"rubbish\n" + file.read_bytes())
    desk.open = True
    async with open_spool(desk, folder) as spool:
        await until_waiting(spool, 0)
    assert desk.taken == [0]
    assert (folder / "unreadable.jsonl").read_bytes() == b"rubbish\n"


async def test_when_the_asker_is_cancelled_while_it_is_kept_then_it_is_kept(folder: Path) -> None:
    desk = Desk()
    desk.open = False
    async with open_spool(desk, folder) as spool:
        await spool.write("note_event_v1", {"n": 0})
        writing = asyncio.create_task(spool.write("note_event_v1", {"n": 1}))
        await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        await until_waiting(spool, 2)


async def test_when_the_disk_refuses_then_the_write_is_an_error_and_no_receipt(folder: Path) -> None:
    desk = Desk()
    desk.open = False
    folder.parent.joinpath("spool").write_text("a file where the folder should be")
    spool = Spool(desk, folder)
    with pytest.raises(StoreUnavailable, match="can't be kept"):
        await spool.write("note_event_v1", {"n": 1})


@pytest.fixture
async def own_postgres(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "postgres", pg_bin=pg_bin())
    await server.start()
    await migrate(server.url, local=True)
    yield server
    await server.stop()
    for left in folders(tmp_path):
        shutil.rmtree(left, ignore_errors=True)


async def test_when_postgres_is_killed_then_what_was_written_meanwhile_is_there_once_it_is_back(
    own_postgres: EmbeddedPostgres, folder: Path
) -> None:
    call_id = uuid.uuid4().hex

    def event(n: int) -> dict[str, Any]:
        return {
            "call_id": call_id, "key": f"e{n:02}", "kind": "turn", "at": NOON.isoformat(), "fields": {"n": n},
            "stage": "local", "release": "r1",
        }  # fmt: skip

    async with open_postgres(own_postgres.url) as database, open_spool(database, folder) as spool:
        assert await spool.write("note_event_v1", event(0)) is Receipt.STORED
        own_postgres.kill()
        # A killed server's last backend may still finish a statement or two, and truly store them.
        async with asyncio.timeout(5):
            while await spool.write("note_event_v1", event(1)) is Receipt.STORED:
                await asyncio.sleep(0.01)
        alert = {
            "raise_id": "one", "key": "redis", "severity": "page", "title": "t", "stage": "local", "release": "r1",
            "at": NOON.isoformat(), "call_id": call_id, "fields": {},
        }  # fmt: skip
        for _ in range(2):
            await spool.write("raise_alert_v1", alert)
        await asyncio.gather(*(spool.write("note_event_v1", event(n)) for n in range(2, 12)))
        await own_postgres.start()
        await until_waiting(spool, 0)
        assert await spool.write("note_event_v1", event(12)) is Receipt.STORED
    connection = await asyncpg.connect(own_postgres.url)
    try:
        keys = await connection.fetch("select key from call_events where call_id = $1 order by key", call_id)
        assert [row["key"] for row in keys] == [f"e{n:02}" for n in range(13)]
        assert await connection.fetchval("select raised from alerts") == 1
    finally:
        await connection.close()


def test_a_desk_is_a_database() -> None:
    desk: Database = Desk()
    assert desk


class Unforeseen(Exception):
    """What nobody wrote a handler for."""


async def test_given_an_unforeseen_error_in_the_delivery_when_it_is_over_then_it_was_reported_and_all_is_delivered(
    folder: Path,
) -> None:
    desk = Desk()
    desk.open = False
    with capture_logs() as logs:
        async with open_spool(desk, folder) as spool:
            await spool.write("note_event_v1", {"n": 0})
            desk.fails_by = [Unforeseen("the driver broke")]
            desk.open = True
            await until_waiting(spool, 0)
            assert await spool.write("note_event_v1", {"n": 1}) is Receipt.STORED
    assert desk.taken == [0, 1]
    reports = [entry for entry in logs if entry["event"] == "error"]
    assert [(entry["action"], entry["code"]) for entry in reports] == [("spool delivery", "Unforeseen")]


async def test_given_a_kept_write_that_breaks_each_delivery_then_it_is_put_aside_and_the_rest_delivered(
    folder: Path,
) -> None:
    desk = Desk()
    desk.open = False
    async with open_spool(desk, folder) as spool:
        for n in range(2):
            await spool.write("note_event_v1", {"n": n})
        desk.fails_by = [Unforeseen(f"attempt {n}") for n in range(BREAKS_UNTIL_REFUSED)]
        desk.open = True
        await until_waiting(spool, 0)
    assert desk.taken == [1]
    assert orjson.loads((folder / DEAD_LETTERS).read_bytes())["payload"] == {"n": 0}


async def test_given_an_unforeseen_error_of_a_write_then_it_is_reported_and_the_write_is_kept(folder: Path) -> None:
    desk = Desk()
    desk.fails_by = [Unforeseen("the driver broke")]
    with capture_logs() as logs:
        async with open_spool(desk, folder) as spool:
            assert await spool.write("note_event_v1", {"n": 0}) is Receipt.KEPT
            await until_waiting(spool, 0)
    assert desk.taken == [0]
    assert [entry["code"] for entry in logs if entry["event"] == "error"] == ["Unforeseen"]
