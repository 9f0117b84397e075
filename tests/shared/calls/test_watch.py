"""The watchdog's passes over real stores; LiveKit is the memory's, and time passes when told to."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
from conversations import a_conversation
from structlog.testing import capture_logs

from shared.adapters.memory import FixedClock, MemorySwitchboard
from shared.calls.arrival import Arrivals
from shared.calls.carrier_end import CarrierEnd
from shared.calls.complete import complete_call
from shared.calls.room_call import RoomCalls
from shared.calls.watch import Healer
from shared.domain.call import CallEvent, CallFacts, CallOpening, CallRecord
from shared.domain.telephony.rooms import Participant, RoomEvent, agent_name, call_id_of, room_prefix
from shared.domain.watch import Complete, Dispatch, End
from shared.errors import StoreUnavailable, SwitchboardError
from shared.ports import WorkerBeat
from shared.services import Services
from shared.tokens import LIFETIMES, StageTokens

CALLER = Participant("sip_1", "caller", {"sip.phoneNumber": "+12065550142", "sip.trunkPhoneNumber": "+12065550100"})
AGENT = Participant("agent-AJ_1", "agent")
TOKENS = StageTokens("local", ("only for this test",))


class NoLeases:
    """Redis is away."""

    async def holder(self, call_id: str) -> str | None:
        raise StoreUnavailable("no Redis", "timeout")


@dataclass
class World:
    services: Services
    switchboard: MemorySwitchboard = field(default_factory=MemorySwitchboard)
    clock: FixedClock = field(default_factory=lambda: FixedClock(datetime.now(UTC)))
    direct: bool = True

    def __post_init__(self) -> None:
        services = self.services
        self.rooms = RoomCalls(
            stage="local",
            arrivals=Arrivals(TOKENS, direct=self.direct),
            admit=services.admit_call,
            calls=services.calls,
            records=services.records,
            alerts=services.alerts,
            workers=services.workers,
            leases=services.leases,
            sessions=services.sessions,
            switchboard=self.switchboard,
        )
        self.healer = self.new_healer()

    def new_healer(self, **changes: Any) -> Healer:
        of = self.services
        return Healer(
            stage="local",
            rooms=replace(self.rooms, **changes),
            carrier_end=CarrierEnd("local", of.calls, of.records, of.alerts, of.sessions, self.clock),
            calls=of.calls,
            records=of.records,
            switchboard=self.switchboard,
            clock=self.clock,
        )

    async def ring(self, *, told: bool = True, caller: Participant = CALLER) -> str:
        """A caller comes into a room; the room's name."""
        room = f"{room_prefix('local')}_+12065550100_{uuid.uuid4().hex[:8]}"
        self.switchboard.join(room, caller, self.clock.now())
        if told:
            await self.tell("participant_joined", room, caller)
        return room

    async def tell(self, name: str, room: str, who: Participant | None = None, reason: str = "") -> None:
        await self.rooms.handle(RoomEvent(uuid.uuid4().hex, name, room, self.clock.now(), who, reason))

    async def answer(self, room: str) -> None:
        self.switchboard.join(room, AGENT)
        call_id = call_id_of(room)
        await self.services.calls.note(CallEvent(call_id, "agent:0001", "answered", self.clock.now()))

    async def work(self, calls: int = 0, capacity: int = 6) -> None:
        await self.services.workers.beat(WorkerBeat("w1", "local", "test", calls, capacity, self.clock.now()))

    async def passes(self, *seconds: float) -> list[Any]:
        """What is done after each of these waits."""
        done: list[Any] = []
        for wait in seconds:
            self.clock.advance(wait)
            done += [healed.healing for healed in await self.healer.heal()]
        return done

    async def record(self, room: str) -> CallRecord:
        record = await self.services.records.find(call_id_of(room))
        assert record is not None
        return record

    async def alerts(self) -> list[tuple[str, str]]:
        return [(alert.key, alert.severity) for alert in await self.services.alerts.open_alerts()]


@pytest.fixture
async def world(services: Services) -> AsyncIterator[World]:
    yield World(services)


# ---- it rings


@pytest.mark.requirement("DU-26")
async def test_given_a_call_that_rings_without_an_agent_when_a_worker_has_room_then_one_is_asked_for(
    world: World,
) -> None:
    await world.work()
    room = await world.ring()
    assert await world.passes(0.5, 1.0) == []
    assert await world.passes(1.0, 1.0, 1.0) == [Dispatch(room)]
    assert world.switchboard.dispatched == [(room, agent_name("local"))]
    assert await world.passes(1.0) == [Dispatch(room)], "it didn't come"
    world.switchboard.join(room, AGENT)
    assert await world.passes(4.0, 4.0) == []
    assert "dispatched" in {event.kind for event in (await world.record(room)).events}


async def test_given_a_call_that_rings_when_no_worker_is_there_then_it_rings_out_and_is_told_so(world: World) -> None:
    room = await world.ring()
    assert await world.passes(2.0, 2.0, 2.0) == []
    assert await world.passes(9.0) == [End(room, "no_worker")]
    assert world.switchboard.ended == [room]
    record = await world.record(room)
    assert (record.disposition, record.end_reason) == ("NO_ANSWER", "no_worker")
    assert await world.alerts() == [("not_answered", "page")]


@pytest.mark.requirement("DU-64")
@pytest.mark.parametrize("held", ["room", "carrier"])
async def test_given_a_synthetic_call_in_direct_mode_or_by_the_carrier_when_it_rings_out_then_nobody_is_paged(
    world: World, held: str
) -> None:
    for told in (True, False):
        now, call_id = world.clock.now(), str(uuid.uuid4())
        signed = {
            "room": {"sip.h.x-pickup-synthetic": TOKENS.sign_synthetic("+12065550100", now, "m")},
            "carrier": {"sip.h.x-pickup-call": TOKENS.sign_call(call_id, now, synthetic=True)},
        }
        caller = replace(CALLER, attributes={**CALLER.attributes, **signed[held]})
        room = await world.ring(told=told, caller=caller)
        assert await world.passes(2.0, 2.0, 2.0, 9.0, 9.0) == [End(room, "no_worker")]
        record = await world.record(room)
        assert (record.synthetic, record.disposition) == (True, "NO_ANSWER")
        assert not any("eyJ" in str(event.fields) for event in record.events), "a token was stored"
    assert await world.alerts() == []


@pytest.mark.requirement("DU-64")
async def test_given_a_forged_mark_in_direct_mode_when_it_rings_out_then_it_pages(world: World) -> None:
    forged = StageTokens("local", ("another key",)).sign_synthetic("+12065550100", world.clock.now(), "m")
    caller = replace(CALLER, attributes={**CALLER.attributes, "sip.h.x-pickup-synthetic": forged})
    room = await world.ring(caller=caller)
    await world.passes(2.0, 2.0, 2.0, 9.0)
    assert not (await world.record(room)).synthetic
    assert await world.alerts() == [("not_answered", "page")]


async def test_given_all_workers_are_full_when_it_rings_on_then_the_end_says_so(world: World) -> None:
    await world.work(calls=6)
    room = await world.ring()
    assert await world.passes(2.0, 14.0) == [End(room, "at_capacity")]


async def test_given_a_rejected_call_that_rings_on_when_found_then_it_is_ended(world: World) -> None:
    room = f"{room_prefix('local')}_+12065550100_rejected"
    rejection = {"kind": "reject", "reason": "AT_CAPACITY", "tenant_id": None}
    await world.services.sessions.decide_once(call_id_of(room), rejection)
    world.switchboard.fault = SwitchboardError("away when the webhook came")
    await world.tell("participant_joined", room, CALLER)
    world.switchboard.fault = None
    world.switchboard.join(room, CALLER)
    assert await world.passes(1.0) == [End(room, "rejected")]
    record = await world.record(room)
    assert (record.disposition, record.outcome, record.end_reason) == ("BUSY", "REJECTED", "at_capacity")


async def test_given_a_caller_whom_nobody_announced_when_found_then_the_call_is_decided_and_recorded(
    world: World,
) -> None:
    await world.work()
    room = await world.ring(told=False)
    assert await world.passes(0.0, 2.0) == []
    record = await world.record(room)
    assert (record.did, record.decision["reason"]) == ("+12065550100", "NUMBER_BOUND")
    assert await world.passes(1.0) == [Dispatch(room)]


# ---- it was answered


async def test_given_an_answered_call_whose_agent_is_gone_when_none_comes_then_it_is_ended_and_a_person_is_paged(
    world: World,
) -> None:
    room = await world.ring()
    await world.answer(room)
    await world.services.leases.take(call_id_of(room), "w1", 60)
    assert await world.passes(5.0, 60.0) == []
    # its process died: the lease ran out, LiveKit lists it on
    await world.services.leases.release(call_id_of(room), "w1")
    assert await world.passes(1.0, 1.0, 2.0) == []
    await world.work()
    assert await world.passes(1.0, 1.0) == [Dispatch(room)], "a successor"
    await world.services.workers.gone("w1")
    assert await world.passes(3.0, 6.0) == [], "fifteen seconds aren't over"
    assert await world.passes(1.0) == [End(room, "agent_lost")]
    record = await world.record(room)
    assert (record.disposition, record.outcome) == ("ANSWERED", "ERROR")
    assert (record.ended_by, record.end_reason) == ("system", "agent_lost")
    assert await world.alerts() == [("agent_lost", "page")]


async def test_given_redis_was_away_when_the_agent_has_its_lease_again_soon_then_its_call_goes_on(
    world: World,
) -> None:
    room = await world.ring()
    await world.answer(room)
    for _ in range(3):
        await world.services.leases.release(call_id_of(room), "w1")
        assert await world.passes(0.0, 3.0) == []
        await world.services.leases.take(call_id_of(room), "w1", 60)
        assert await world.passes(1.0) == []


async def test_given_leases_that_cannot_be_read_when_calls_are_alone_then_none_is_ended(world: World) -> None:
    room, gone = await world.ring(), await world.ring()
    await world.answer(room)
    world.switchboard.leave(room, AGENT.identity)
    await world.switchboard.end(gone)
    blind = world.new_healer(leases=NoLeases())
    for _ in range(5):
        world.clock.advance(60)
        assert await blind.heal() == []
    assert world.switchboard.ended == [gone]
    assert (await world.record(room)).disposition is None


# ---- its room is gone


@pytest.mark.requirement("PT-67")
@pytest.mark.parametrize("answered", [True, False])
async def test_given_the_end_of_a_room_was_never_told_when_found_then_the_record_is_completed(
    world: World, answered: bool
) -> None:
    room = await world.ring()
    if answered:
        await world.answer(room)
    world.clock.advance(3)
    await world.tell("participant_left", room, CALLER, "CLIENT_INITIATED")
    left_at = world.clock.now()
    await world.switchboard.end(room)
    assert await world.passes(1.0, 1.0) == []
    assert await world.passes(9.0, 5.0) == [Complete("room_gone")], "once"
    record = await world.record(room)
    assert (record.disposition, record.ended_at) == ("ANSWERED" if answered else "ABANDONED", left_at)
    assert (record.ended_by, record.end_reason) == ("caller", "caller_hung_up")
    assert await world.alerts() == ([("agent_lost", "page")] if answered else [])


async def test_given_a_call_that_was_completed_from_afar_when_its_agent_tells_later_then_that_stands(
    world: World,
) -> None:
    room = await world.ring()
    await world.answer(room)
    await world.switchboard.end(room)
    assert await world.passes(20.0) == [Complete("room_gone")]
    facts = CallFacts(True, answered_at=world.clock.now(), ended_by="agent", end_reason="goodbye", caller_turns=1)
    await complete_call(call_id_of(room), "agent", facts, calls=world.services.calls)
    assert (await world.record(room)).end_reason == "goodbye"


async def test_given_postgres_was_away_at_a_calls_end_then_no_agent_counts_as_lost_whose_account_comes_from_the_spool(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await world.ring()
    await world.answer(room)
    await world.switchboard.end(room)
    with monkeypatch.context() as away:

        async def unreadable(*_: Any) -> Any:
            raise StoreUnavailable("no connection", "08001")

        away.setattr(world.services.records, "open_calls", unreadable)
        with pytest.raises(StoreUnavailable):
            await world.passes(20.0)
    # nor is a call missed whose answer comes from there (its carrier's side)
    calls, rang_at = world.services.calls, world.clock.now()
    missed = "63974873-fa0b-80d7-9499-459e001f73d9"
    await calls.open(CallOpening(missed, "local", "test", "phone", "1", "+1", "2", "+2", None, None, {}, rang_at))
    world.clock.advance(60)
    assert await world.passes(20.0, 10.0) == []
    assert await world.alerts() == []
    await calls.note(CallEvent(missed, "agent:0001", "answered", world.clock.now()))
    facts = CallFacts(True, answered_at=world.clock.now(), ended_by="agent", end_reason="goodbye", caller_turns=1)
    await complete_call(call_id_of(room), "agent", facts, calls=world.services.calls)
    assert await world.passes(20.0) == []
    assert await world.alerts() == []


async def test_given_the_room_is_told_to_be_over_when_its_agent_has_the_lease_then_the_end_is_the_agents_to_tell(
    world: World,
) -> None:
    room = await world.ring()
    call_id = call_id_of(room)
    await world.answer(room)
    await world.services.leases.take(call_id, "w1", 60)
    await world.tell("participant_left", room, CALLER, "ROOM_DELETED")
    await world.tell("room_finished", room)
    await world.switchboard.end(room)
    assert await world.passes(60.0) == []
    assert (await world.record(room)).disposition is None
    await world.services.sessions.save(a_conversation(call_id=call_id))
    # it never does
    await world.services.leases.release(call_id, "w1")
    assert await world.passes(1.0) == [Complete("room_gone")]
    assert await world.services.sessions.load(call_id) is None, "OP-23: with the transcript"
    record = await world.record(room)
    assert (record.disposition, record.outcome, record.end_reason) == ("ANSWERED", "ERROR", "agent_lost")
    assert await world.alerts() == [("agent_lost", "page")]


@pytest.mark.parametrize("told_first", [True, False])
async def test_given_no_agent_has_the_lease_when_the_room_is_told_to_be_over_then_an_untold_end_is_a_lost_agent(
    world: World, told_first: bool
) -> None:
    room = await world.ring()
    await world.answer(room)
    facts = CallFacts(True, answered_at=world.clock.now(), ended_by="agent", end_reason="goodbye", caller_turns=1)
    if told_first:
        await complete_call(call_id_of(room), "agent", facts, calls=world.services.calls)
    await world.tell("participant_left", room, CALLER, "ROOM_DELETED")
    await world.tell("room_finished", room)
    record = await world.record(room)
    assert record.end_reason == ("goodbye" if told_first else "agent_lost")
    assert await world.alerts() == ([] if told_first else [("agent_lost", "page")])


async def test_given_a_call_on_another_line_when_it_goes_on_for_long_then_it_is_left_until_it_must_be_lost(
    world: World,
) -> None:
    call_id = str(uuid.uuid4())
    await world.services.calls.note(CallEvent(call_id, "agent:0000", "ringing", world.clock.now()))
    assert await world.passes(3600.0) == []
    assert await world.passes(6 * 3600.0) == [Complete("lost")]
    record = await world.services.records.find(call_id)
    assert record is not None
    assert (record.end_reason, await world.alerts()) == ("lost", [])


async def test_given_a_room_that_stands_on_after_its_call_when_found_then_it_is_ended(world: World) -> None:
    room = await world.ring()
    await world.answer(room)
    facts = CallFacts(True, answered_at=world.clock.now(), ended_by="agent")
    await complete_call(call_id_of(room), "agent", facts, calls=world.services.calls)
    await world.services.leases.take(call_id_of(room), "w1", 60)
    await world.passes(1.0, 31.0)
    assert world.switchboard.ended == [], "its agent is there still"
    await world.services.leases.release(call_id_of(room), "w1")
    await world.passes(1.0, 29.0)
    assert world.switchboard.ended == []
    await world.passes(2.0)
    assert world.switchboard.ended == [room]


# ---- something is down


async def test_given_livekit_is_away_when_a_pass_is_made_then_nothing_is_done_and_it_is_said(world: World) -> None:
    room = await world.ring()
    world.switchboard.fault = SwitchboardError("no answer")
    world.clock.advance(3600)
    with pytest.raises(SwitchboardError):
        await world.healer.heal()
    assert (await world.record(room)).disposition is None


async def test_given_one_call_that_cannot_be_healed_when_a_pass_is_made_then_the_others_are(world: World) -> None:
    stuck, gone = await world.ring(), await world.ring()
    await world.switchboard.end(gone)
    end = world.switchboard.end

    async def refuse(room: str) -> None:
        raise SwitchboardError("refused", 500)

    world.switchboard.end = refuse
    assert await world.passes(2.0, 20.0) == [Complete("room_gone")]
    world.switchboard.end = end
    assert await world.passes(1.0) == [End(stuck, "no_worker")]


# ---- rows that break


@pytest.mark.parametrize("column", ["decision", "transcript", "cost_items"])
async def test_given_a_call_whose_row_is_malformed_when_a_pass_heals_then_it_is_reported_and_the_others_are_healed(
    world: World, database_url: str, column: str
) -> None:
    broken, whole = await world.ring(), await world.ring()
    async with connected(database_url) as sql:
        await sql.execute(f"update calls set {column} = '7' where call_id = $1", call_id_of(broken))
    with capture_logs() as logs:
        assert await world.passes(2.0, 14.0) == [End(whole, "no_worker")]
    reports = [entry for entry in logs if entry.get("action") == "read"]
    assert {(entry["call_id"], entry["code"]) for entry in reports} == {(call_id_of(broken), "store_refused")}


async def test_given_a_call_whose_event_is_malformed_when_a_pass_heals_then_the_others_are_healed(
    world: World, database_url: str
) -> None:
    broken, whole = await world.ring(), await world.ring()
    async with connected(database_url) as sql:
        await sql.execute("update call_events set fields = '[]' where call_id = $1", call_id_of(broken))
    assert await world.passes(2.0, 14.0) == [End(whole, "no_worker")]


async def test_given_one_call_breaks_the_healer_when_a_pass_heals_then_it_is_reported_and_the_others_are_healed(
    world: World,
) -> None:
    broken, whole = await world.ring(), await world.ring()
    holder = world.services.leases.holder

    async def breaking(call_id: str) -> str | None:
        if call_id == call_id_of(broken):
            raise KeyError("what nobody foresaw")
        return await holder(call_id)

    world.rooms = replace(world.rooms, leases=SimpleNamespace(holder=breaking))  # type: ignore[arg-type]
    world.healer = world.new_healer()
    with capture_logs() as logs:
        assert await world.passes(2.0, 14.0) == [End(whole, "no_worker")]
    assert {(e["call_id"], e["code"]) for e in logs if e["event"] == "error"} == {(call_id_of(broken), "KeyError")}


# ---- it came past the carrier


async def test_given_call_control_when_a_call_comes_unsigned_then_it_is_ended_and_recorded_and_nobody_is_paged(
    services: Services,
) -> None:
    world = World(services, direct=False)
    mark = {"sip.h.x-pickup-synthetic": TOKENS.sign_synthetic("+12065550100", world.clock.now(), "m")}
    rooms = [await world.ring(), await world.ring(caller=replace(CALLER, attributes={**CALLER.attributes, **mark}))]
    assert world.switchboard.ended == rooms
    for room in rooms:
        await world.tell("room_finished", room)
        record = await world.record(room)
        assert (record.disposition, record.outcome, record.end_reason) == ("BUSY", "REJECTED", "unsigned")
        assert (record.decision["reason"], record.tenant_id, record.synthetic) == ("UNSIGNED", None, False)
        assert not record.usage and not record.cost_usd and not record.transcript
    (alert,) = await services.alerts.open_alerts()
    assert (alert.key, alert.severity, alert.raised) == ("unsigned_call", "notice", 2)


async def test_given_call_control_when_the_carriers_caller_joins_again_later_then_the_call_goes_on(
    services: Services,
) -> None:
    world, call_id = World(services, direct=False), str(uuid.uuid4())
    signed = {"sip.h.x-pickup-call": TOKENS.sign_call(call_id, world.clock.now())}
    caller = replace(CALLER, attributes={**CALLER.attributes, **signed})
    room = await world.ring(caller=caller)
    world.clock.advance(LIFETIMES["call"].total_seconds() + 60)
    # LiveKit's server has started anew: the room is made again, and its caller joins it
    await world.tell("participant_joined", room, caller)
    assert world.switchboard.ended == []
    assert (await world.record(room)).call_id == call_id

    await world.ring(caller=caller)
    assert len(world.switchboard.ended) == 1, "the same header in another room is an expired one"


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()
