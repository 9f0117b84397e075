"""A tenant's spreadsheet and its stock, in step: over the emulated API, with its limit and its failures."""

import asyncio
import json
from itertools import pairwise
from typing import Any

import asyncpg
import pytest

from background.sheets import repeat_sheets
from lab.sheets import MOST_A_MINUTE, Sheets, open_sheets_server
from shared.adapters import sheets as google
from shared.adapters.sheets import open_sheets
from shared.errors import SheetError
from shared.ports import Spreadsheet
from shared.services import Outside, Services

TENANT, DOCUMENT = "00000000-0000-4000-b000-000000000011", "sheet-1"
ROWS = [
    ["Reference", "Name", "Category", "Daily rate", "Lowest rate", "Status", "Remarks"],
    ["PW-1", "gas pressure washer", "pressure washers", "$65.00", "55", "Available"],
    ["NEW-1", "drywall lift", "lifts", "35", "", "available", "blue"],
    ["BAD-1", "tile saw", "saws", "cheap"],
]


@pytest.fixture
async def sql(database_url: str) -> Any:
    connection = await asyncpg.connect(database_url)
    extras = f'{{"equipment_sheet": "{DOCUMENT}"}}'
    await connection.execute("update tenants set extras = $1 where id = $2", extras, TENANT)
    yield connection
    assert await connection.fetch("select pickup.rental_faults()") == []
    await connection.close()


async def status(sql: Any, reference: str) -> str | None:
    return await sql.fetchval("select status from equipment where reference = $1 and stage = 'local'", reference)


@pytest.mark.requirement("RP-60")
async def test_given_a_sheet_when_rounds_go_then_each_side_learns_of_the_other_and_failures_cost_no_call_anything(
    services: Services, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_sheets_server() as sheets, open_sheets(sheets.account, sheets.url, 0) as spreadsheet:
        sheets.documents[DOCUMENT] = [list(row) for row in ROWS]
        work = services.sheet_sync(spreadsheet)
        await work.sync()
        assert await status(sql, "NEW-1") == "AVAILABLE" and await status(sql, "BAD-1") is None
        (alert,) = await services.alerts.open_alerts()
        assert alert.key == f"equipment_sheet:{TENANT}"
        assert alert.fields == {"why": "row 4: daily_rate 'cheap' is no amount"}
        sheets.documents[DOCUMENT][3][3] = "42.50"
        await work.sync()
        assert await status(sql, "BAD-1") == "AVAILABLE" and await services.alerts.open_alerts() == []

        # a caller books
        booking = {
            "call_id": "c" * 32, "key": "k", "tenant_id": TENANT, "caller": None, "at": services.clock.now(),
            "equipment_id": str(await sql.fetchval("select equipment_id from equipment where reference = 'PW-1'")),
            "customer_name": "Ann", "customer_phone": "+12065550142", "starts_on": "2026-12-05",
            "ends_on": "2026-12-06", "daily_price": "65",
        }  # fmt: skip
        assert (await services.business_rows.change("book_equipment_v1", booking))["booked"] is True
        # the account is blocked, the service breaks, hangs and answers nonsense: one alert, and the stock is as it was
        monkeypatch.setattr(google, "REQUEST_SECONDS", 0.2)
        sheets.faults = [429, 500, 503, None]
        for _ in range(4):
            await work.sync()
        sheets.documents[DOCUMENT].insert(0, [{"no": "text"}])  # type: ignore[list-item]
        await work.sync()
        del sheets.documents[DOCUMENT][0]
        (alert,) = await services.alerts.open_alerts()
        assert (alert.raised, await status(sql, "PW-1")) == (1, "RENTED")
        assert sheets.documents[DOCUMENT][1][5] == "Available", "nothing was written"

        await work.sync()
        assert sheets.documents[DOCUMENT][1][5] == "RENTED" and await services.alerts.open_alerts() == []
        # somebody at the counter takes it back
        sheets.documents[DOCUMENT][1][5] = "AVAILABLE"
        count = len(sheets.statuses)
        await work.sync()
        assert await status(sql, "PW-1") == "AVAILABLE" and sheets.documents[DOCUMENT][1][5] == "AVAILABLE"
        assert len(sheets.statuses) == count + 1, "a round asks once where nothing is to be written"


@pytest.mark.requirement("RP-60", part="the limit of requests")
async def test_given_more_than_60_requests_a_minute_then_they_are_refused_and_the_adapter_keeps_them_apart() -> None:
    async with open_sheets_server() as sheets:
        sheets.documents[DOCUMENT] = [["a"]]
        async with open_sheets(sheets.account, sheets.url, 0) as hasty:
            answers = await asyncio.gather(*(_read(hasty) for _ in range(MOST_A_MINUTE + 3)))
        assert sorted(map(str, answers)) == ["429"] * 3 + ["None"] * MOST_A_MINUTE
        sheets.requests.clear()
        async with open_sheets(sheets.account, sheets.url, 0.05) as patient:
            await asyncio.gather(*(_read(patient) for _ in range(4)))
        times = list(sheets.requests)
        assert all(later - earlier > 0.03 for earlier, later in pairwise(times))


@pytest.mark.requirement("RP-60", part="the access to the sheet is renewed before it expires")
async def test_given_an_access_token_that_expires_then_another_is_fetched_and_no_reading_fails() -> None:
    async with open_sheets_server() as sheets, open_sheets(sheets.account, sheets.url, 0) as spreadsheet:
        sheets.documents[DOCUMENT] = [["a"]]
        assert [await _read(spreadsheet) for _ in range(2)] == [None, None] and len(sheets.tokens) == 1
        # what was given is forgotten: one reading fails, the next one has another token
        sheets.tokens.clear()
        sheets.token_seconds = google.RENEWED_SECONDS
        assert [await _read(spreadsheet) for _ in range(3)] == [401, None, None]
        assert len(sheets.tokens) == 2, "each is replaced so long before its end, here at once"
        # an account that Google doesn't know, and a key that is none
        stranger = Sheets(url=sheets.url).account
        broken = json.dumps(json.loads(sheets.account) | {"private_key": "-----BEGIN"})
        for account in (stranger, broken):
            async with open_sheets(account, sheets.url, 0) as refused:
                assert await _read(refused) == 400


async def _read(spreadsheet: Spreadsheet) -> int | None:
    try:
        await spreadsheet.read(DOCUMENT)
    except SheetError as error:
        return error.status
    return None


async def test_given_rounds_that_fail_altogether_then_they_go_on(services: Services, sql: Any) -> None:
    reads = asyncio.Event()

    class Broken:
        async def read(self, document: str) -> list[list[str]]:
            reads.set()
            raise RuntimeError("a bug")

    broken: Any = Broken()
    courier: Any = None
    going = asyncio.create_task(repeat_sheets(services, Outside(courier, None, broken), 0.01))
    for _ in range(2):
        reads.clear()
        async with asyncio.timeout(5):
            await reads.wait()
    going.cancel()
    await asyncio.gather(going, return_exceptions=True)
    await repeat_sheets(services, Outside(courier, None), 0.01)
