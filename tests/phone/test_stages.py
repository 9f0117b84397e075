"""Production and a preview on one LiveKit: no call, row, key, recording or log line of one is in the other."""

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis.asyncio as redis
from livekit import api
from spooled import dead_letters
from telephone import Telephone

from lab.sip.stack import SipStack
from lab.stack.operator import bind_number
from lab.stack.stack import StackAddresses, joined_stack
from shared.config import pg_bin, redis_bin
from shared.domain.call import CallRecord
from shared.domain.telephony.rooms import agent_name, room_prefix, stage_of

pytestmark = pytest.mark.timeout(600)

REAL, GRACE = "00000000-0000-4000-b000-0000000000aa", "00000000-0000-4000-a000-000000000001"
OF_STAGES = ("workers", "copy", "circuits", "generations")
"""The nouns of keys that belong to a stage, and to no call of it."""
NAMED_SECONDS = 3.0
"""By then a greeting has said whose it is."""


@dataclass(frozen=True)
class Side:
    """One of the two stages, as its callers know it."""

    stage: str
    did: str
    tenant_id: str
    greeted: str
    """What the greeting says of whom was called."""
    callers: str
    """The first digits of its callers' numbers, which nobody else has."""


PRODUCTION = Side("production", "+12075550114", REAL, r"harbou?r|light|chapel", "+121255501")
PREVIEW = Side("preview-demo", "+12265550123", GRACE, r"grace|community", "+130355501")
SIDES = (PRODUCTION, PREVIEW)


@dataclass
class Town:
    """A running system of both stages, its stores, and the two ways to call it: by the carrier, and past it."""

    system: Any
    stack: StackAddresses
    phones: tuple[Telephone, Telephone]
    sql: Any

    def of(self, stage: str) -> Path:
        """The stage's own folder."""
        return self.stack.folder / "stages" / stage

    async def records(self, stage: str, number: int) -> list[CallRecord]:
        """All calls of a stage, once so many are complete."""
        rows: list[Any] = []
        async with asyncio.timeout(40):
            while len(rows) < number or not all(row["completed_at"] for row in rows):
                await asyncio.sleep(0.2)
                rows = await self.sql.fetch("select call_id, completed_at from calls where stage = $1", stage)
        return [await self.system.services.records.find(row["call_id"]) for row in rows]


@pytest.fixture
async def town(tmp_path: Path, started: Callable[..., AbstractAsyncContextManager[Any]]) -> AsyncIterator[Town]:
    folder = tmp_path / "data"
    async with joined_stack(folder, pg_bin=pg_bin(), redis_bin=redis_bin()) as stack, _asked(stack) as sql:
        await sql.execute(
            "insert into tenants (id, name, timezone, phone, facts) "
            "select $1, name, timezone, phone, facts from tenants where name = 'Harbor Light Chapel'",
            REAL,
        )
        await bind_number(stack.postgres_url, PRODUCTION.did, PRODUCTION.stage, REAL, "church")
        stages = [f"--stage={side.stage}" for side in SIDES]
        async with started(*stages) as system, SipStack() as sip:
            ways = (system.ready["carrier"], system.sip)
            yield Town(system, stack, tuple(Telephone(sip, way, system.lab) for way in ways), sql)


@asynccontextmanager
async def _asked(stack: StackAddresses) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(stack.postgres_url)
    try:
        yield connection
    finally:
        await connection.close()


async def ring(town: Town, side: Side, number: int) -> str:
    """A call to the side's own number, judged by its greeting; the first of each side agrees to be recorded."""
    phone = town.phones[number % 2]
    async with phone.call(side.did, caller=f"{side.callers}{number:02}") as call:
        await call.answered()
        # the recogniser works for the agents too: it is asked when there is enough to hear
        await asyncio.sleep(NAMED_SECONDS)
        heard = await call.hears(side.greeted)
        if number == 0:
            await call.hears("record")
            await call.quiet(1.5)
            call.forget()
            await call.say("Yes, that's fine.")
            await call.hears("help|thank")
        return heard


async def both_ring(town: Town, times: int, at_once: int) -> None:
    """So many calls to each number, in turns, and nobody is greeted by the other."""
    free = asyncio.Semaphore(at_once)

    async def one(side: Side, other: Side, number: int) -> None:
        async with free:
            heard = await ring(town, side, number)
        assert not re.search(other.greeted, heard, re.IGNORECASE), (side.stage, heard)

    async with asyncio.TaskGroup() as group:
        for number, (side, other) in itertools.product(range(times), itertools.permutations(SIDES)):
            group.create_task(one(side, other, number), name=f"call {number} to {side.stage}")


async def assert_kept_apart(town: Town, times: int) -> None:
    """Rows, keys, recordings, alerts and logs: what of each stage is there is in its own place, and nowhere else."""
    own = {side.stage: await town.records(side.stage, times) for side in SIDES}
    for side in SIDES:
        records = own[side.stage]
        assert sorted(record.caller or "" for record in records) == [f"{side.callers}{n:02}" for n in range(times)]
        assert {(record.disposition, record.tenant_id, record.did) for record in records} == {
            ("ANSWERED", side.tenant_id, side.did)
        }
    calls = {
        stage: {name for record in records for name in (record.call_id, *record.room_ids)}
        for stage, records in own.items()
    }
    await _assert_rows_apart(town, calls)
    await _assert_keys_apart(town, calls)
    for side in SIDES:
        records = own[side.stage]
        recordings = [path.name for path in (town.of(side.stage) / "recordings").rglob("*") if path.is_file()]
        told = [recording["path"] for record in records for recording in record.recordings]
        assert [Path(path).name for path in told] == recordings and len(told) == 1, [
            record.events for record in records
        ]
        assert not [*(town.of(side.stage) / "spool").rglob("*corrupt*")]
        assert not [one for kept in (town.of(side.stage) / "spool").glob("*") for one in dead_letters(kept)]
    for side, other in itertools.permutations(SIDES):
        _assert_log_apart(town, side, other, calls[other.stage])
        _assert_log_without_numbers(town, side)


async def _assert_rows_apart(town: Town, calls: dict[str, set[str]]) -> None:
    """Every row that tells of a call or a stage tells of the right one; none tells of a call that wasn't made."""
    columns = await town.sql.fetch(
        "select table_name as table, array_agg(column_name::text) as names from information_schema.columns "
        "where table_schema = 'public' and table_name in (select relname from pg_class where relkind = 'r') group by 1"
    )
    told = {row["table"]: {*row["names"]} & {"stage", "call_id"} for row in columns}
    seen = 0
    for table, names in told.items():
        if names == {"stage", "call_id"}:
            rows = await town.sql.fetch(f"select stage, call_id from {table} where stage <> 'local'")
            assert all(row["call_id"] is None or row["call_id"] in calls[row["stage"]] for row in rows), table
            seen += len(rows)
        elif names == {"call_id"}:
            rows = await town.sql.fetch(f"select call_id from {table}")
            assert {row["call_id"] for row in rows} <= set().union(*calls.values()), table
    assert seen >= 5 * sum(map(len, calls.values())), "hardly a row was looked at"
    assert await town.sql.fetchval("select count(*) from calls where stage = 'local'") == 0


async def _assert_keys_apart(town: Town, calls: dict[str, set[str]]) -> None:
    async with redis.Redis.from_url(town.stack.redis_url, decode_responses=True) as client:
        keys = [key async for key in client.scan_iter("*pickup:*", count=1000)]
    assert keys
    for key in keys:
        stage, noun, what = re.fullmatch(r"pickup:([a-z-]+):(\w+):?(.*)", key).groups()  # type: ignore[union-attr]
        assert stage in calls, key
        if noun not in OF_STAGES:
            assert what in calls[stage], key


def _assert_log_without_numbers(town: Town, side: Side) -> None:
    """The logs of all its processes hold no number in full: its own, or a caller's."""
    logs = {path.name: path.read_text() for path in (town.stack.folder / "logs" / side.stage).glob("*.log")}
    assert len(logs) >= 3
    for name, log in logs.items():
        for number in (side.did, side.callers):
            assert number.removeprefix("+1") not in log, name
    assert re.search(r'"did": ?"\+\*+\d\d~[0-9a-f]{10}"', logs["worker-1.log"])


def _assert_log_apart(town: Town, side: Side, other: Side, others: set[str]) -> None:
    """The worker's log names nothing that is the other's."""
    log = (town.stack.folder / "logs" / side.stage / "worker-1.log").read_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {line["stage"] for line in lines if "stage" in line} == {side.stage}
    for foreign in (other.did, room_prefix(other.stage), agent_name(other.stage), other.tenant_id, *others):
        assert foreign not in log, foreign


async def assert_entrances_apart(town: Town) -> None:
    """Each stage has its own trunk, rule, agent and rooms; the trunks ask for the same: no password, and an address."""
    livekit = town.system.livekit
    async with api.LiveKitAPI(
        livekit["livekit_url"], livekit["livekit_api_key"], livekit["livekit_api_secret"]
    ) as client:
        trunks = {
            trunk.name: trunk for trunk in (await client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())).items
        }
        rules = {
            rule.name: rule for rule in (await client.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())).items
        }
    assert set(trunks) == set(rules) == {agent_name(side.stage) for side in SIDES}
    for side in SIDES:
        trunk, rule = trunks[agent_name(side.stage)], rules[agent_name(side.stage)]
        assert list(trunk.numbers) == [side.did]
        assert (trunk.auth_username, trunk.auth_password, list(trunk.allowed_addresses)) == ("", "", ["127.0.0.1/32"])
        assert list(rule.trunk_ids) == [trunk.sip_trunk_id]
        assert [agent.agent_name for agent in rule.room_config.agents] == [agent_name(side.stage)]
        prefix = rule.rule.dispatch_rule_callee.room_prefix
        assert stage_of(f"{prefix}x") == side.stage and prefix.startswith(side.stage)
        out = (town.stack.folder / "logs" / side.stage / "worker-1.out").read_text()
        assert json.loads(out.splitlines()[0])["ready"]["agent_name"] == agent_name(side.stage)


@pytest.mark.requirement("PT-36", part="two calls to each number")
@pytest.mark.requirement("PT-34", part="beside production, without touching it, on one machine")
@pytest.mark.requirement("PT-27", "PT-28", "PT-31", "PT-35", "PT-39", "PT-43", "PT-37")
@pytest.mark.requirement(
    "PT-30", part="the marks of rows and their deletion as one; the end of a preview doesn't begin it yet"
)
async def test_given_production_and_a_preview_side_by_side_when_both_are_called_then_nothing_of_one_is_in_the_other(
    town: Town,
) -> None:
    assert {name: stage["dids"] for name, stage in town.system.ready["stages"].items()} == {
        side.stage: [side.did] for side in SIDES
    }
    await assert_entrances_apart(town)
    await both_ring(town, 2, at_once=2)
    await assert_kept_apart(town, 2)


@pytest.mark.long
@pytest.mark.requirement("PT-28", "PT-31", "PT-36")
async def test_given_both_stages_when_each_number_is_called_twenty_times_interleaved_then_none_reaches_the_other(
    town: Town,
) -> None:
    await both_ring(town, 20, at_once=3)
    await assert_kept_apart(town, 20)
