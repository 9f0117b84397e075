"""Whole calls to an equipment rental, typed: asked, haggled, booked, refused, and answered though the stock is away."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from typed_desk import Desk, opened

from lab.person.text_line import TextLine
from shared.services import Services

CASCADE, TENANT = "+12065550160", "00000000-0000-4000-b000-000000000011"
FLOOR = "57.31"


@pytest.fixture
async def sql(database_url: str) -> AsyncIterator[Any]:
    """A superuser's connection; what RP-33 wants of the stock is checked at the end."""
    connection = await asyncpg.connect(database_url)
    yield connection
    assert await connection.fetch("select pickup.rental_faults()") == []
    await connection.close()


async def status(sql: Any, reference: str) -> str:
    return await sql.fetchval("select status from equipment where tenant_id = $1 and reference = $2", TENANT, reference)


async def talk(line: TextLine, *turns: tuple[str, str]) -> None:
    """Each turn of the caller with a pattern that the agent's answer must match."""
    for said, pattern in turns:
        answer = await line.say(said)
        assert re.search(pattern, answer, re.IGNORECASE), (said, answer, line.words)


@asynccontextmanager
async def calling(desk: Desk, caller: str) -> AsyncIterator[TextLine]:
    line, greeting = await desk.ring(caller, did=CASCADE)
    assert greeting.startswith("Thank you for calling Cascade Tool Rental.")
    yield line
    await desk.hang_up(line)


@pytest.mark.requirement("RP-13", "RP-25", "RP-36", "RP-37", "RP-38", "RP-51", "RP-54", "RP-55")
async def test_given_a_caller_who_haggles_and_books_then_the_next_caller_hears_at_once_that_it_is_rented(
    services: Services, lab: Any, ear: Any, sql: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    await sql.execute("update equipment set lowest_rate = $1::text::numeric where reference = 'PW-1'", FLOOR)
    async with opened(services, ear) as desk:
        async with calling(desk, "+12065550142") as line:
            await talk(
                line,
                (
                    "Hi, I've got to clean the driveway, have you something with pressure?",
                    "gas .*65 dollars.*3300",
                ),
                ("Hm, sixty five is steep. Would you let it go for fifty?", "can't do 50 dollars.*65 dollars"),
                ("Fine, how about sixty then?", "60 dollars a day for the gas pressure washer"),
                ("Good. Please hold it for me from December 5th through the 7th.", "your name"),
                ("Priya Raman.", "December 5 to .*December 7, 3 days, at 60 dollars a day, 180 dollars in all"),
                ("Oh wait, make it two days instead.", "December 5 to .*December 6, 2 days.*120 dollars.*Priya Raman"),
            )
            assert await status(sql, "PW-1") == "AVAILABLE", "nobody has said yes"
            await talk(line, ("Yes, please go ahead.", "booked for you"))
        assert await status(sql, "PW-1") == "RENTED"
        (row,) = await sql.fetch("select * from bookings")
        assert (row["customer_name"], row["customer_phone"], str(row["price"]), row["call_id"]) == (
            "Priya Raman", "+12065550142", "120.00", line.call_id,
        )  # fmt: skip
        record = await services.records.find(line.call_id)
        assert record is not None and record.outcome == "REQUEST_TAKEN"
        assert FLOOR not in f"{record}{capfd.readouterr()}", "the least is in no record and no log"
        async with calling(desk, "+12065550143") as line:
            await talk(
                line,
                ("Do you have the gas pressure washer in?", "gas pressure washer is rented out.*electric"),
                ("Okay, we'd take that from Tuesday until Thursday then.", "name"),
                ("This is Omar Haddad.", "electric pressure washer from Tuesday.*40 dollars.*Omar Haddad"),
                ("No, leave it, I'll think about it.", "."),
            )
        assert await status(sql, "PW-2") == "AVAILABLE", "without a yes nothing is booked"


@pytest.mark.requirement("RP-08", "RP-10", "RP-14", "RP-27", "RP-29", "RP-39", "RP-56")
async def test_given_an_item_that_goes_meanwhile_or_a_store_that_hangs_then_the_caller_hears_so_and_nothing_is_lost(
    services: Services, lab: Any, ear: Any, sql: Any, database_url: str
) -> None:
    async with opened(services, ear) as desk:
        async with calling(desk, "+12065550144") as line:
            await talk(
                line,
                ("Is the scissor lift in? I'm painting a hall.", "scissor lift is available"),
                ("Let's do it, starting tomorrow for two days.", "name"),
                ("I'm Lena Fischer.", "scissor lift from .* 2 days"),
            )
            await sql.execute(
                "insert into bookings (tenant_id, equipment_id, operator, key, created_at, stage, release) "
                "select tenant_id, equipment_id, 'counter', 'k', now(), stage, 'r1' from equipment "
                "where reference = 'LF-1'"
            )
            await sql.execute("update equipment set status = 'RENTED', version = 2 where reference = 'LF-1'")
            await talk(
                line,
                ("Yes, that's right.", "scissor lift has just gone.*towable boom lift"),
                ("Yes, I'd take that one.", "towable boom lift from .* 2 days.*260 dollars.*Lena Fischer"),
                ("Yes, that's right.", "booked for you"),
            )
            assert await status(sql, "LF-2") == "RENTED"
            await talk(
                line,
                ("I also want to flatten some gravel.", "plate compactor"),
                ("Please hold it for me on Friday.", "plate compactor on Friday.*Lena Fischer"),
            )
            other = await asyncpg.connect(database_url)
            async with other.transaction():
                await other.execute("lock table equipment in access exclusive mode")
                await talk(line, ("Yes, please go ahead.", "isn't booked yet.*call you back"))
            await other.close()
        record = await services.records.find(line.call_id)
        assert record is not None
        kept = [each for each in record.requests if each["kind"] == "callback"]
        assert [each["caller_name"] for each in kept] == ["Lena Fischer"] and "plate compactor" in kept[0]["reason"]
        assert f"booking_lost:{TENANT}" in {each.key for each in await services.alerts.open_alerts()}
        assert await status(sql, "CP-1") == "AVAILABLE"

        await services.snapshots.drop(f"equipment:{TENANT}", 10**6)
        await sql.execute("alter function list_equipment_v1 rename to lost_v1")
        async with calling(desk, "+12065550145") as line:
            await talk(
                line,
                ("Have you a generator for Saturday?", "can't see our equipment"),
                ("Yes, please do.", "your name"),
                ("Tomas Novak.", "about"),
                ("A generator for Saturday.", "Tomas Novak.*generator"),
                ("Yes, that's right.", "call you back"),
            )
            assert not re.search("nothing|everything we have is out", " ".join(line.words), re.IGNORECASE)
        record = await services.records.find(line.call_id)
        assert record is not None and record.outcome == "REQUEST_TAKEN"
