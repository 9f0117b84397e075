"""What is written while Postgres is away: kept on disk, delivered in order, once, by this process or the next."""

import asyncio
import multiprocessing
import os
import resource
import shutil
import signal
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
from disks import SmallDisk, small_disk
from spooled import dead_letters, spooled
from structlog.testing import capture_logs

from lab.stack.postgres import EmbeddedPostgres, folders
from shared.adapters.sql.database import Database
from shared.adapters.sql.migrations import migrate
from shared.adapters.sql.postgres import open_postgres
from shared.adapters.sql.spool import BREAKS_UNTIL_REFUSED, Spool, open_spool
from shared.adapters.sql.spool_file import FILE, SpoolFile
from shared.config import pg_bin
from shared.errors import StoreError, StoreUnavailable
from shared.ports import Receipt

__all__ = ["small_disk"]

SPAWN = multiprocessing.get_context("spawn")
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class Desk:
    """A database that notes what it was given, refuses poison, and can be closed."""

    def __init__(self) -> None:
        self.open = True
        self.taken: list[int] = []
        self.fails_by: list[Exception] = []
        """What the next calls raise, in this order."""
        self.tried = asyncio.Event()
        self.answers = asyncio.Event()
        self.answers.set()

    async def call(self, function: str, payload: dict[str, Any]) -> Any:
        self.tried.set()
        await asyncio.sleep(0)
        if not self.open:
            raise StoreUnavailable("closed", "08006")
        await self.answers.wait()
        if self.fails_by:
            raise self.fails_by.pop(0)
        if payload.get("poison"):
            raise StoreError("refused", "23514")
        self.taken.append(payload["n"])
        return {}


async def until_waiting(spool: Spool, count: int) -> None:
    async with asyncio.timeout(15):
        while await spool.waiting() != count:
            await asyncio.sleep(0.01)


def numbers(folder: Path) -> list[int]:
    return [payload["n"] for _, payload in spooled(folder)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


async def test_when_postgres_takes_it_then_nothing_is_written_to_disk(folder: Path) -> None:
    desk = Desk()
    async with open_spool(desk, folder) as spool:
        assert await spool.write("note_event_v1", {"n": 1}) is Receipt.STORED
    assert not folder.exists()


async def test_when_postgres_is_away_then_writes_queue_in_order_and_go_out_once(folder: Path) -> None:
    desk = Desk()
    async with open_spool(desk, folder) as spool:
        await spool.write("note_event_v1", {"n": 0})
        desk.open = False
        receipts = [await spool.write("note_event_v1", {"n": n}) for n in range(1, 20)]
        assert set(receipts) == {Receipt.KEPT}
        assert numbers(folder) == list(range(1, 20))
        desk.open = True
        assert await spool.write("note_event_v1", {"n": 20}) is Receipt.KEPT, "behind what waits"
        await until_waiting(spool, 0)
        assert desk.taken == list(range(21))
        assert await spool.write("note_event_v1", {"n": 21}) is Receipt.STORED
        assert numbers(folder) == []


async def test_when_a_write_is_refused_at_once_then_it_is_raised_and_not_kept(folder: Path) -> None:
    async with open_spool(Desk(), folder) as spool:
        with pytest.raises(StoreError):
            await spool.write("note_event_v1", {"n": 1, "poison": True})
        assert await spool.waiting() == 0


async def test_when_a_kept_line_is_poison_then_it_is_put_aside_and_the_rest_delivered(folder: Path) -> None:
    desk = Desk()
    desk.open = False
    async with open_spool(desk, folder) as spool:
        for n in range(3):
            await spool.write("note_event_v1", {"n": n, "poison": n == 1})
        desk.open = True
        await until_waiting(spool, 0)
    assert desk.taken == [0, 2]
    assert dead_letters(folder) == [({"n": 1, "poison": True}, "refused")]


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
    assert numbers(folder) == []


async def test_given_several_processes_when_all_keep_writes_then_each_is_delivered_once_and_in_its_order(
    folder: Path,
) -> None:
    desk = Desk()
    desk.open = False
    async with AsyncExitStack() as opened:
        spools = [await opened.enter_async_context(open_spool(desk, folder)) for _ in range(3)]
        for n in range(12):
            await spools[n % 3].write("note_event_v1", {"n": n})
        desk.open = True
        await until_waiting(spools[0], 0)
    assert desk.taken == list(range(12))


async def test_given_a_deliverer_that_is_busy_when_another_process_keeps_a_write_then_only_one_delivers(
    folder: Path,
) -> None:
    slow, other = Desk(), Desk()
    slow.open = other.open = False
    async with open_spool(slow, folder) as first, open_spool(other, folder) as second:
        await first.write("note_event_v1", {"n": 0})
        slow.answers.clear()
        slow.tried.clear()
        slow.open = True
        await slow.tried.wait()
        await second.write("note_event_v1", {"n": 1})
        other.open = True
        assert await second.drain() is False
        assert (slow.taken, other.taken) == ([], [])
        slow.answers.set()
        await until_waiting(second, 0)
    assert [*slow.taken, *other.taken] == [0, 1]


def _write_then_be_killed(folder: Path, while_delivering: bool) -> None:
    async def write() -> None:
        desk = Desk()
        desk.open = False
        async with open_spool(desk, folder) as spool:
            for n in range(5):
                await spool.write("note_event_v1", {"n": n})
            if while_delivering:
                desk.answers.clear()
                desk.tried.clear()
                desk.open = True
                await desk.tried.wait()
                (folder / "delivering").touch()
                await asyncio.sleep(60)
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(write())


async def test_when_a_process_is_killed_then_what_it_kept_is_delivered_by_the_next(folder: Path) -> None:
    process = SPAWN.Process(target=_write_then_be_killed, args=(folder, False))
    process.start()
    await asyncio.to_thread(process.join, 30)
    assert process.exitcode == -signal.SIGKILL
    # what a crash within the last write leaves
    with (folder / f"{FILE}-wal").open("ab") as written:
        written.write(b"torn by the cra")
    desk = Desk()
    async with open_spool(desk, folder) as spool:
        await until_waiting(spool, 0)
    assert desk.taken == [0, 1, 2, 3, 4]


async def test_given_a_deliverer_that_is_killed_then_a_process_beside_it_takes_over(folder: Path) -> None:
    process = SPAWN.Process(target=_write_then_be_killed, args=(folder, True))
    process.start()
    async with asyncio.timeout(30):
        while not (folder / "delivering").exists():
            await asyncio.sleep(0.01)
    desk = Desk()
    async with open_spool(desk, folder) as spool:
        await asyncio.sleep(0.5)
        assert desk.taken == [], "the one that delivers has the file"
        process.kill()
        await until_waiting(spool, 0)
    await asyncio.to_thread(process.join, 30)
    assert desk.taken == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("damage", ["rubbish", "torn", "overwritten"])
async def test_given_a_file_that_cannot_be_read_then_it_is_set_aside_and_reported_and_writes_go_on(
    folder: Path, damage: str
) -> None:
    desk = Desk()
    desk.open = False
    async with open_spool(desk, folder) as spool:
        for n in range(20):
            await spool.write("note_event_v1", {"n": n, "text": "x" * 1000})
    path = folder / FILE
    whole = path.read_bytes()
    damaged = {
        "rubbish": b"no database at all " * 100,
        "torn": whole[: len(whole) // 2 + 100],
        "overwritten": whole[:100] + b"\xff" * (len(whole) - 100),
    }[damage]
    path.write_bytes(damaged)
    with capture_logs() as logs:
        async with open_spool(desk, folder) as spool, open_spool(desk, folder) as another:
            assert await spool.write("note_event_v1", {"n": 20}) is Receipt.KEPT
            assert await another.write("note_event_v1", {"n": 21}) is Receipt.KEPT
            desk.open = True
            await until_waiting(spool, 0)
    assert desk.taken[-2:] == [20, 21]
    (aside,) = [found for found in folder.glob(f"{FILE}.corrupt-*") if not found.name.endswith(("-wal", "-shm"))]
    assert aside.read_bytes()[:1000] == damaged[:1000]
    (reported,) = [entry for entry in logs if entry["event"] == "error"]
    assert reported["action"] == "spool" and aside.name in reported["error"]


async def test_given_the_file_is_replaced_by_another_process_when_a_write_is_kept_then_it_is_in_the_new_file(
    folder: Path,
) -> None:
    desk = Desk()
    desk.open = False
    async with open_spool(desk, folder) as spool:
        await spool.write("note_event_v1", {"n": 0})
        for path in list(folder.glob(f"{FILE}*")):
            path.rename(path.with_name(f"aside-{path.name}"))
        await spool.write("note_event_v1", {"n": 1})
        assert numbers(folder) == [1]
        desk.open = True
        await until_waiting(spool, 0)
    assert desk.taken == [1]


async def test_given_an_entry_that_cannot_be_read_then_it_becomes_a_dead_letter_and_the_rest_is_delivered(
    folder: Path,
) -> None:
    desk = Desk()
    desk.open = False
    async with open_spool(desk, folder) as spool:
        for n in range(2):
            await spool.write("note_event_v1", {"n": n})
        with closing(sqlite3.connect(folder / FILE)) as database, database:
            database.execute("update waiting set payload = 'rubbish' where id = 1")
        desk.open = True
        await until_waiting(spool, 0)
    assert desk.taken == [1]
    with closing(sqlite3.connect(folder / FILE)) as database:
        assert database.execute("select payload from dead_letters").fetchall() == [("rubbish",)]


async def test_when_the_writer_is_cancelled_while_it_is_kept_then_it_is_kept(folder: Path) -> None:
    desk, file = Desk(), SpoolFile(folder)
    desk.open = False
    file.append("note_event_v1", "{}")
    async with open_spool(desk, folder) as spool:
        with closing(sqlite3.connect(file.path, isolation_level=None)) as blocker:
            blocker.execute("begin immediate")
            writing = asyncio.create_task(spool.write("note_event_v1", {"n": 1}))
            for _ in range(100):
                await asyncio.sleep(0)
            writing.cancel()
            blocker.execute("rollback")
        with pytest.raises(asyncio.CancelledError):
            await writing
        assert await spool.waiting() == 2
    file.close()


async def test_when_the_disk_refuses_then_the_write_is_an_error_and_no_receipt(folder: Path) -> None:
    desk = Desk()
    desk.open = False
    folder.parent.joinpath("spool").write_text("a file where the folder should be")
    spool = Spool(desk, folder)
    with pytest.raises(StoreUnavailable, match="can't be kept"):
        await spool.write("note_event_v1", {"n": 1})


def _write_until_the_disk_is_full(folder: Path, sizes: "multiprocessing.Queue[Any]") -> None:
    async def write() -> None:
        desk = Desk()
        desk.open = False
        # beyond this size each file of this process is full
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        async with open_spool(desk, folder) as spool:
            for n in range(1000):
                try:
                    await spool.write("note_event_v1", {"n": n, "text": "x" * 10_000})
                except StoreUnavailable as error:
                    sizes.put((n, str(error)))
                    return

    asyncio.run(write())


async def test_given_a_full_disk_then_the_write_is_an_error_and_what_was_kept_before_is_delivered(folder: Path) -> None:
    told: multiprocessing.Queue[Any] = SPAWN.Queue()
    process = SPAWN.Process(target=_write_until_the_disk_is_full, args=(folder, told))
    process.start()
    kept, error = await asyncio.to_thread(told.get, True, 30)
    await asyncio.to_thread(process.join, 30)
    assert process.exitcode == 0
    assert kept > 2 and "can't be kept" in error
    desk = Desk()
    async with open_spool(desk, folder) as spool:
        await until_waiting(spool, 0)
    assert desk.taken == list(range(kept))


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
    assert [payload for payload, _ in dead_letters(folder)] == [{"n": 0}]


async def test_given_an_unforeseen_error_of_a_write_then_it_is_reported_and_the_write_is_kept(folder: Path) -> None:
    desk = Desk()
    desk.fails_by = [Unforeseen("the driver broke")]
    with capture_logs() as logs:
        async with open_spool(desk, folder) as spool:
            assert await spool.write("note_event_v1", {"n": 0}) is Receipt.KEPT
            await until_waiting(spool, 0)
    assert desk.taken == [0]
    assert [entry["code"] for entry in logs if entry["event"] == "error"] == ["Unforeseen"]


async def test_given_a_full_disk_when_postgres_is_away_then_a_write_is_an_error_and_the_log_has_the_whole_of_it(
    small_disk: SmallDisk,
) -> None:
    desk = Desk()
    async with open_spool(desk, small_disk.folder / "spool") as spool:
        desk.open = False
        assert await spool.write("note_event_v1", {"n": 0}) is Receipt.KEPT
        small_disk.fill()
        with capture_logs() as logs:
            kept = 0
            with pytest.raises(StoreUnavailable, match="can't be kept"):
                while True:
                    await spool.write("note_event_v1", {"n": kept + 1, "text": "x" * 4000})
                    kept += 1
        (lost,) = [each for each in logs if each["event"] == "write lost"]
        assert lost["function"] == "note_event_v1"
        assert orjson.loads(lost["pii"]["payload"])["n"] == kept + 1
        # Postgres is back and the disk is still full: what comes now is stored at once, what waits goes out once
        desk.open = True
        async with asyncio.timeout(15):
            while await spool.write("note_event_v1", {"n": 100}) is not Receipt.STORED:
                await asyncio.sleep(0.05)
            await until_waiting(spool, 0)
        assert [n for n in desk.taken if n < 100] == list(range(kept + 1))
        small_disk.free()
        assert await spool.drain()
        async with asyncio.timeout(15):
            while spooled(small_disk.folder / "spool"):
                await spool.drain()
                await asyncio.sleep(0.05)
    assert [n for n in desk.taken if n < 100] == list(range(kept + 1))
