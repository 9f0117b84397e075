"""A stock as calls read it: one load for many, unknown where it can't be read, and never older than a booking."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from structlog.testing import capture_logs

from agent.businesses.rental import inventory
from agent.businesses.rental.inventory import Inventory
from agent.businesses.rental.store import RentalStore
from shared.errors import StoreError, StoreUnavailable
from shared.ports import Snapshots
from shared.services import Services

TENANT = "00000000-0000-4000-b000-000000000011"
ITEM = {
    "equipment_id": "e", "name": "saw", "category": "saws", "description": "", "daily_rate": "50.00",
    "status": "AVAILABLE", "version": 3,
}  # fmt: skip
EMPTY: dict[str, Any] = {"version": 0, "items": []}
FULL = {"version": 3, "items": [ITEM]}


@dataclass
class Rows:
    """A store whose answers the test gives; each waits for `gate`."""

    answers: list[Any]
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    reads: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    async def read(self, function: str, payload: dict[str, Any]) -> Any:
        assert (function, payload) == ("list_equipment_v1", {"tenant_id": TENANT})
        self.reads += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        await self.gate.wait()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def change(self, function: str, payload: dict[str, Any]) -> Any:
        raise AssertionError(function)

    async def write(self, function: str, payload: dict[str, Any]) -> Any:
        raise AssertionError(function)


def over(rows: Rows, snapshots: Snapshots) -> Inventory:
    return Inventory(RentalStore(rows), snapshots, TENANT)


class Away:
    """Redis, out of reach."""

    def __getattr__(self, name: str) -> Any:
        async def fail(*_: Any) -> Any:
            raise StoreUnavailable("Redis is away", "down")

        return fail


@pytest.mark.requirement("RP-11", "RP-16", "RP-43")
async def test_given_many_calls_at_once_then_the_store_is_read_once_and_the_lines_say_so(services: Services) -> None:
    rows = Rows([FULL])
    rows.gate.clear()
    with capture_logs() as lines:
        calls = [asyncio.create_task(over(rows, services.snapshots).stock()) for _ in range(8)]
        while not rows.reads:
            await asyncio.sleep(0.01)
        rows.gate.set()
        stocks = await asyncio.gather(*calls)
        assert [stock and stock.version for stock in stocks] == [3] * 8
    assert rows.reads == 1
    said = [line["event"] for line in lines]
    assert said.count("Cache expired or empty - reloading equipment") == 1
    assert said.count("Using cached equipment data") == 7
    (loaded,) = (line for line in lines if line["event"] == "Equipment loaded successfully")
    assert loaded["items"] == 1 and loaded["seconds"] < 1


@pytest.mark.requirement("RP-10", "RP-17", "RP-34")
async def test_given_whatever_goes_wrong_then_the_stock_is_unknown_with_one_line_and_never_empty(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "LOAD_SECONDS", 0.2)
    hangs = Rows([FULL])
    hangs.gate.clear()
    malformed = {"version": 1, "items": [{"name": "saw"}]}
    for rows in (
        Rows([StoreUnavailable("429", "429")]), Rows([StoreError("refused", "42501")]), Rows([RuntimeError("a bug")]),
        Rows([None]), Rows([malformed]), hangs,
    ):  # fmt: skip
        with capture_logs() as lines:
            assert await over(rows, services.snapshots).stock() is None
        wrong = [line["event"] for line in lines if line["log_level"] == "error"]
        assert len(wrong) == 1 and wrong[0].endswith("inventory unknown"), lines
        empty = await over(Rows([EMPTY]), services.snapshots).stock()
        assert empty is not None and empty.items == (), "the next one loads, and an empty list is known"
        await over(Rows([EMPTY]), services.snapshots).changed(1)


@pytest.mark.requirement("RP-16", part="without Redis")
async def test_given_no_redis_then_each_call_reads_the_store_and_a_booking_isnt_kept_from_ending() -> None:
    rows: Any = Rows([FULL])
    away: Any = Away()
    for _ in range(2):
        stock = await over(rows, away).stock()
        assert stock is not None and stock.version == 3
    await over(rows, away).changed(4)
    assert rows.reads == 2


@pytest.mark.requirement("RP-13", "RP-16", "RP-68")
async def test_given_a_booking_during_a_load_then_the_call_reads_anew_and_the_old_list_is_kept_nowhere(
    services: Services,
) -> None:
    assert services.settings.snapshot_seconds == 30.0
    booked = {"version": 4, "items": [{**ITEM, "status": "RENTED", "version": 4}]}
    rows = Rows([FULL, booked])
    rows.gate.clear()
    loading = asyncio.create_task(over(rows, services.snapshots).stock())
    while not rows.reads:
        await asyncio.sleep(0.01)
    await over(rows, services.snapshots).changed(4)
    rows.gate.set()
    stock = await loading
    assert stock is not None and stock.items[0].status == "RENTED"
    again = await over(rows, services.snapshots).stock()
    assert again == stock and rows.reads == 2
