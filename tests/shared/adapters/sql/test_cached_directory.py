"""What the directory's memory may stand in for, how long, and when it must not. On real Postgres, really broken."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from shared.adapters.memory import FixedClock
from shared.adapters.sql.cached_directory import CachedDirectory
from shared.adapters.sql.directory import SqlDirectory
from shared.adapters.sql.postgres import open_postgres
from shared.domain.tenant import Listing
from shared.errors import DirectoryError

GRACE, HARBOR = "00000000-0000-4000-a000-000000000001", "00000000-0000-4000-a000-000000000002"
A, NOBODY = "+12065550100", "+12065550198"
CALLER, BLOCKED = "2065550142", "2065550166"
MINUTE = 60.0

BREAK_LISTINGS = "alter table numbers rename column template to pattern"
"""A listing can't be read then, whom a number belongs to still can."""
MEND_LISTINGS = "alter table numbers rename column pattern to template"
BREAK_TENANTS = "alter table tenants rename column facts to particulars"
MEND_TENANTS = "alter table tenants rename column particulars to facts"
BREAK_ALL = "alter table numbers rename to nummern; alter table tenants rename to mandanten"


@dataclass
class World:
    sql: Any
    clock: FixedClock
    answering: SqlDirectory
    directory: CachedDirectory


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    connection, clock = await asyncpg.connect(database_url), FixedClock()
    async with open_postgres(database_url) as database:
        ours = SqlDirectory(database)
        yield World(connection, clock, ours, CachedDirectory(ours, ours, clock))
    await connection.close()


@pytest.mark.requirement("PT-19")
async def test_when_a_listing_cannot_be_read_then_its_copy_is_served_marked_and_forgotten_in_time(world: World) -> None:
    listing = await world.directory.listing(A, CALLER)
    assert listing is not None and (listing.stale, listing.failure) == (False, None)
    await world.sql.execute(BREAK_LISTINGS)
    world.clock.advance(5 * MINUTE)
    assert await world.directory.listing(A, CALLER) == replace(listing, failure="42703")
    world.clock.advance(1)
    assert await world.directory.listing(A, CALLER) == replace(listing, failure="42703", stale=True)
    world.clock.advance(55 * MINUTE - 1)
    assert await world.directory.listing(A, CALLER) == replace(listing, failure="42703", stale=True)
    world.clock.advance(1)
    for _ in range(2):
        with pytest.raises(DirectoryError) as caught:
            await world.directory.listing(A, CALLER)
        assert caught.value.cause_code == "42703"
    await world.sql.execute(MEND_LISTINGS)
    assert await world.directory.listing(A, CALLER) == listing


@pytest.mark.requirement("PT-19", "PT-20")
async def test_given_another_process_that_read_it_when_the_directory_fails_then_its_copy_is_served_while_it_holds(
    world: World, tmp_path: Path
) -> None:
    ours = world.answering
    first, second = (CachedDirectory(ours, ours, world.clock, tmp_path) for _ in range(2))
    listing, tenant = await first.listing(A, CALLER), await first.tenant(GRACE)
    assert listing is not None and tenant is not None
    await world.sql.execute(BREAK_LISTINGS + "; " + BREAK_TENANTS)
    world.clock.advance(6 * MINUTE)
    assert await second.listing(A, CALLER) == replace(listing, failure="42703", stale=True)
    assert await second.tenant(GRACE) == replace(tenant, failure="42703", stale=True)
    await world.sql.execute("update numbers set tenant_id = $1 where did = $2", HARBOR, A)
    with pytest.raises(DirectoryError):
        await CachedDirectory(ours, ours, world.clock, tmp_path).listing(A, CALLER)
    world.clock.advance(55 * MINUTE)
    with pytest.raises(DirectoryError):
        await CachedDirectory(ours, ours, world.clock, tmp_path).tenant(GRACE)


async def test_given_copies_that_cannot_be_read_or_written_then_the_directory_answers_all_the_same(
    world: World, tmp_path: Path
) -> None:
    await CachedDirectory(world.answering, world.answering, world.clock, tmp_path).tenant(GRACE)
    (file,) = (tmp_path / "tenants").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    file.write_text('{"answer": {}}')
    assert await CachedDirectory(world.answering, world.answering, world.clock, tmp_path).tenant(GRACE) is not None
    nowhere = tmp_path / "a file"
    nowhere.write_text("")
    assert await CachedDirectory(world.answering, world.answering, world.clock, nowhere).tenant(GRACE) is not None


@pytest.mark.requirement("PT-19")
async def test_when_a_tenant_cannot_be_read_then_its_copy_is_served_marked_and_forgotten_in_time(world: World) -> None:
    tenant = await world.directory.tenant(GRACE)
    assert tenant is not None and (tenant.stale, tenant.failure) == (False, None)
    await world.sql.execute(BREAK_TENANTS)
    assert await world.directory.tenant(GRACE) == replace(tenant, failure="42703")
    world.clock.advance(59 * MINUTE)
    assert await world.directory.tenant(GRACE) == replace(tenant, failure="42703", stale=True)
    with pytest.raises(DirectoryError):
        await world.directory.tenant(HARBOR)
    world.clock.advance(2 * MINUTE)
    with pytest.raises(DirectoryError):
        await world.directory.tenant(GRACE)
    await world.sql.execute(MEND_TENANTS)
    assert await world.directory.tenant(GRACE) == tenant


@pytest.mark.requirement("PT-20")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (f"update numbers set tenant_id = '{HARBOR}' where did = '{A}'", {"tenant_id": HARBOR}),
        (f"update numbers set active = false where did = '{A}'", {"active": False}),
        (f"update numbers set stage = 'production' where did = '{A}'", {"stage": "production"}),
        (f"update tenants set calls_limit = 7 where id = '{GRACE}'", {"calls_limit": 7}),
        (f"insert into blocked_callers values ('{GRACE}', '{CALLER}')", {"caller_blocked": True}),
    ],
)
async def test_when_another_process_changes_a_number_then_it_is_known_at_once(
    world: World, change: str, told: dict[str, Any]
) -> None:
    listing = await world.directory.listing(A, CALLER)
    assert listing is not None
    await world.sql.execute(change)
    assert await world.directory.listing(A, CALLER) == replace(listing, **told)


@pytest.mark.requirement("PT-20")
async def test_when_another_process_changes_a_tenant_then_it_is_known_at_once(world: World) -> None:
    await world.directory.tenant(GRACE)
    await world.sql.execute(f"update tenants set greeting = 'Hello.' where id = '{GRACE}'")
    tenant = await world.directory.tenant(GRACE)
    assert tenant is not None and tenant.greeting == "Hello."


@pytest.mark.requirement("PT-20", "PT-01")
@pytest.mark.parametrize(
    "change",
    [
        f"update numbers set tenant_id = '{HARBOR}' where did = '{A}'",
        f"update numbers set active = false where did = '{A}'",
        f"update numbers set stage = 'production' where did = '{A}'",
        f"update numbers set tenant_id = null, route = 'sales' where did = '{A}'",
        f"delete from numbers where did = '{A}'",
    ],
)
async def test_when_a_number_moved_while_it_cannot_be_read_then_no_copy_answers_for_it(
    world: World, change: str
) -> None:
    await world.directory.listing(A, CALLER)
    await world.sql.execute(BREAK_LISTINGS)
    assert await world.directory.listing(A, CALLER) is not None
    await world.sql.execute(change)
    with pytest.raises(DirectoryError):
        await world.directory.listing(A, CALLER)


async def test_when_nothing_can_be_asked_then_the_copies_are_served(world: World) -> None:
    listing, tenant = await world.directory.listing(A, CALLER), await world.directory.tenant(GRACE)
    assert listing is not None and tenant is not None
    await world.sql.execute(BREAK_ALL)
    assert await world.directory.listing(A, CALLER) == replace(listing, failure="42P01")
    assert await world.directory.tenant(GRACE) == replace(tenant, failure="42P01")


async def test_when_a_copy_is_served_then_only_a_caller_known_as_blocked_is_blocked(world: World) -> None:
    blocked = await world.directory.listing(A, BLOCKED)
    assert blocked is not None and blocked.caller_blocked
    await world.sql.execute(BREAK_LISTINGS)
    for caller, is_blocked in ((CALLER, False), ("", False), (BLOCKED, True)):
        listing = await world.directory.listing(A, caller)
        assert listing is not None and listing.caller_blocked is is_blocked
    await world.sql.execute(f"{MEND_LISTINGS}; delete from blocked_callers")
    await world.directory.listing(A, BLOCKED)
    await world.sql.execute(BREAK_LISTINGS)
    listing = await world.directory.listing(A, BLOCKED)
    assert listing is not None and not listing.caller_blocked


@pytest.mark.requirement("PT-14")
async def test_when_a_number_is_unknown_then_it_is_none_only_while_the_directory_can_be_asked(world: World) -> None:
    assert await world.directory.listing(NOBODY, CALLER) is None
    await world.sql.execute(BREAK_LISTINGS)
    with pytest.raises(DirectoryError):
        await world.directory.listing(NOBODY, CALLER)


async def test_when_a_number_was_removed_then_its_copy_is_gone_too(world: World) -> None:
    await world.directory.listing(A, CALLER)
    await world.sql.execute(f"delete from numbers where did = '{A}'")
    assert await world.directory.listing(A, CALLER) is None
    await world.sql.execute(f"insert into numbers (did, stage) values ('{A}', 'local'); {BREAK_LISTINGS}")
    with pytest.raises(DirectoryError):
        await world.directory.listing(A, CALLER)


@asynccontextmanager
async def silent(sql: Any) -> AsyncIterator[None]:
    """The directory's tables are locked: whoever asks waits."""
    async with sql.transaction():
        await sql.execute("lock table numbers, tenants in access exclusive mode")
        yield


async def test_when_the_directory_is_silent_then_copies_come_in_time_and_the_next_call_does_not_wait(
    world: World,
) -> None:
    await world.directory.listing(A, CALLER)
    await world.directory.tenant(GRACE)
    async with silent(world.sql):
        started = time.monotonic()
        listing, tenant = await world.directory.listing(A, CALLER), await world.directory.tenant(GRACE)
        assert time.monotonic() - started < 1.5, "one of two tries within 3 s"
        assert listing is not None and tenant is not None
        assert (listing.failure, tenant.failure) == ("timeout", "timeout")
        started = time.monotonic()
        await world.directory.listing(A, CALLER)
        assert time.monotonic() - started < 0.3
    assert (await world.directory.listing(A, CALLER)) == listing, "left alone for a moment"
    world.clock.advance(5)
    fresh = await world.directory.listing(A, CALLER)
    assert fresh is not None and fresh.failure is None


class Late:
    """A directory whose answers come when they are let go."""

    def __init__(self) -> None:
        self.answers: dict[str, asyncio.Future[Listing]] = {}

    async def listing(self, did: str, caller: str) -> Listing:
        self.answers[caller] = asyncio.get_running_loop().create_future()
        return await self.answers[caller]

    async def holding(self, did: str) -> Any:
        raise DirectoryError("gone", "08006")


async def test_when_an_earlier_read_is_told_later_then_the_later_read_stays() -> None:
    late, clock = Late(), FixedClock()
    directory = CachedDirectory(late, late, clock)  # type: ignore[arg-type]
    former = Listing(A, "local", True, "tenant", GRACE, "church")
    first = asyncio.create_task(directory.listing(A, "first"))
    await asyncio.sleep(0)
    clock.advance(1)
    second = asyncio.create_task(directory.listing(A, "second"))
    await asyncio.sleep(0)
    late.answers["second"].set_result(replace(former, tenant_id=HARBOR))
    await second
    late.answers["first"].set_result(former)
    await first
    third = asyncio.create_task(directory.listing(A, "third"))
    await asyncio.sleep(0)
    late.answers["third"].set_exception(DirectoryError("gone", "08006"))
    listing = await third
    assert listing is not None and listing.tenant_id == HARBOR
