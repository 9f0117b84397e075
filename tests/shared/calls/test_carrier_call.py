"""A call at the carrier, from its first ring to its record: on real stores, with a carrier that remembers."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from shared.adapters.memory import FixedClock, MemoryCarrier
from shared.calls.admit import Ringing
from shared.calls.carrier_call import CarrierCalls
from shared.calls.carrier_end import CarrierEnd
from shared.calls.leg_commands import LegCommands
from shared.calls.voicemail import VoicemailFetcher
from shared.domain.call import CallEvent, CallRecord
from shared.domain.routing import Admit
from shared.domain.telephony.legs import (
    Answer,
    CarrierEvent,
    Command,
    Hangup,
    LegNote,
    Play,
    Record,
    Reject,
    Say,
    Transfer,
)
from shared.domain.telephony.numbers import comparing_key
from shared.domain.telephony.rooms import CALL_HEADER, SipLogin
from shared.errors import CarrierError, StoreError
from shared.ports import Calls, Receipt, WorkerBeat
from shared.services import Services
from shared.tokens import LIFETIMES, CallToken, StageTokens

GRACE, HARBOR, FULL_HOUSE, NOWHERE = "+12065550100", "+12075550110", "+13125550130", "+12065550177"
CALLER = "+12065550142"
ROBIN = "+12065550162"
"""A private line; the caller is its owner."""
TOKENS = StageTokens("local", ("only for this test",))
LOGIN = SipLogin("carrier", "only-for-these-tests-here")


def say(text: str, note: LegNote) -> Play | Say:
    return Say(text, note.language, note)


@dataclass
class Line:
    """What the carrier tells of one call, by our test's hand."""

    services: Services
    carrier: MemoryCarrier = field(default_factory=MemoryCarrier)
    clock: FixedClock = field(default_factory=lambda: FixedClock(datetime.now(UTC)))
    session: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        of = self.services
        self.bridge = CarrierCalls(
            tokens=TOKENS,
            sip_host="127.0.0.1:5060",
            sip_login=LOGIN,
            admit=of.admit_call,
            end=CarrierEnd("local", of.calls, of.records, of.alerts, of.sessions, self.clock),
            directory=of.directory,
            calls=of.calls,
            records=of.records,
            workers=of.workers,
            requests=of.requests,
            recordings=of.recordings,
            commands=LegCommands(self.carrier, of.calls, of.alerts, self.clock, say),
            clock=self.clock,
        )
        self.leg = f"leg-{self.session}"

    def event(self, name: str, note: LegNote | None = None, **told: Any) -> CarrierEvent:
        known: dict[str, Any] = {"leg_id": self.leg, "direction": "incoming" if note is None else None} | told
        return CarrierEvent(uuid.uuid4().hex, name, self.clock.now(), session_id=self.session, note=note, **known)

    def initiated(self, did: str = GRACE, caller: str = CALLER, mark: str = "") -> CarrierEvent:
        self.carrier.ring(self.leg)
        return self.event("call.initiated", caller=caller, dialled=did, synthetic_mark=mark)

    async def ring(self, did: str = GRACE, caller: str = CALLER, mark: str = "") -> None:
        await self.bridge.handle(self.initiated(did, caller, mark))

    async def handle(self, name: str, note: LegNote | None = None, **told: Any) -> None:
        await self.bridge.handle(self.event(name, note, **told))

    @property
    def done(self) -> list[Any]:
        return [command for _, command in self.carrier.done]

    async def record(self) -> CallRecord:
        found = await self.services.records.find(self.event("").call_id)
        assert found is not None
        return found

    async def work(self, calls: int = 0) -> None:
        beat = WorkerBeat("w1", "local", "test", calls, 4, datetime.now(UTC))
        await self.services.workers.beat(beat)


@pytest.fixture
async def line(services: Services) -> AsyncIterator[Line]:
    made = Line(services)
    await made.work()
    yield made


async def test_when_a_call_is_admitted_then_it_is_passed_on_with_its_id_for_eight_seconds(line: Line) -> None:
    await line.ring()
    (transfer,) = line.done
    assert isinstance(transfer, Transfer)
    assert (transfer.to, transfer.caller, transfer.ring_seconds) == (f"sip:{GRACE}@127.0.0.1:5060", CALLER, 8)
    record = await line.record()
    assert TOKENS.verify_call(transfer.headers[CALL_HEADER], line.clock.now()) == CallToken(record.call_id)
    assert (transfer.leg_note.role, transfer.leg_note.fallback) == ("agent", "voicemail")
    assert (record.decision["kind"], record.did, record.caller) == ("admit", GRACE, CALLER)


@pytest.mark.requirement("DU-54")
@pytest.mark.parametrize(("vouched", "wanted", "tier"), [(False, "guest", "guest"), (True, "guest", "private")])
async def test_given_a_number_that_wants_attestation_when_its_owner_rings_then_the_carriers_word_makes_the_tier(
    line: Line, database_url: str, vouched: bool, wanted: str, tier: str
) -> None:
    sql = await asyncpg.connect(database_url)
    await sql.execute("update numbers set unattested_callers = $1 where did = $2", wanted, ROBIN)
    await sql.close()
    line.carrier.ring(line.leg)
    await line.bridge.handle(line.event("call.initiated", caller=CALLER, dialled=ROBIN, attested=vouched))
    assert (await line.record()).decision["tier"] == tier
    # the agent that takes the call asks as well, and knows nothing of the attestation
    asked_again = Ringing(line.event("").call_id, ROBIN, CALLER, line.clock.now())
    decision = (await line.services.admit_call(asked_again)).decision
    assert isinstance(decision, Admit) and decision.tier == tier


async def test_when_fifty_tell_of_the_same_call_at_once_then_it_is_one_row_and_one_effect(line: Line) -> None:
    event = line.initiated()
    await asyncio.gather(*(line.bridge.handle(event) for _ in range(50)))
    assert len(line.done) == 1
    assert len([e for e in (await line.record()).events if e.kind == "carrier.initiated"]) == 1


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
@pytest.mark.requirement("PT-06")
@pytest.mark.parametrize(
    ("did", "caller", "reason"),
    [
        (NOWHERE, CALLER, "NUMBER_UNKNOWN"),
        ("+12065550101", CALLER, "NUMBER_INACTIVE"),
        ("+12265550123", CALLER, "WRONG_STAGE"),
        (GRACE, "+12065550166", "CALLER_BLOCKED"),
        (FULL_HOUSE, CALLER, "OVER_LIMIT"),
    ],
)
async def test_when_a_call_is_not_admitted_then_the_carrier_says_why_and_hangs_up(
    line: Line, did: str, caller: str, reason: str
) -> None:
    await line.ring(did, caller)
    (answer,) = line.done
    assert isinstance(answer, Answer) and answer.note.reason == reason
    await line.handle("call.answered", answer.note)
    assert isinstance(line.done[-1], Say)
    await line.handle("call.speak.ended", answer.note, status="completed")
    assert isinstance(line.done[-1], Hangup)
    await line.handle("call.hangup", answer.note, hangup_cause="normal_clearing", hangup_source="callee")
    record = await line.record()
    assert (record.disposition, record.outcome, record.end_reason) == ("ANSWERED", "ANNOUNCED", "announcement")


async def test_when_a_call_is_transferred_then_the_agents_sip_side_gets_the_login_and_a_forwarded_phone_none(
    line: Line,
) -> None:
    await line.ring()
    (to_agent,) = line.done
    assert isinstance(to_agent, Transfer) and to_agent.login == LOGIN
    assert LOGIN.password not in repr(to_agent)
    forwarded = replace(to_agent.leg_note, fallback="forward", forward_to="+12065550188")
    await line.handle("call.hangup", forwarded, leg_id="leg-2", hangup_cause="timeout")
    to_phone = line.done[-1]
    assert isinstance(to_phone, Transfer) and (to_phone.to, to_phone.login) == ("+12065550188", None)


async def test_given_full_workers_when_nobody_takes_it_then_the_caller_hears_that_and_is_asked_for_a_message(
    line: Line,
) -> None:
    await line.work(calls=4)
    await line.ring()
    await line.handle("call.hangup", line.done[0].leg_note, leg_id="leg-2", hangup_cause="user_busy")
    answer = line.done[-1]
    assert isinstance(answer, Answer)
    assert (answer.note.step, answer.note.reason) == ("asking_voicemail", "AT_CAPACITY")
    await line.handle("call.answered", answer.note)
    assert "lines are busy" in line.done[-1].text


async def test_when_nobody_answers_then_a_message_is_taken_and_kept_and_fetched(line: Line) -> None:
    await line.ring()
    agents = line.done[0].leg_note
    line.clock.advance(8)
    await line.handle("call.hangup", agents, leg_id="leg-2", hangup_cause="timeout")
    note = line.done[-1].note
    await line.handle("call.answered", note)
    await line.handle("call.speak.ended", note, status="completed")
    recording = line.done[-1]
    assert isinstance(recording, Record)
    url = "https://carrier.example/message.wav"
    line.carrier.recordings[url] = b"RIFF and so on"
    began, ended = line.clock.now() - timedelta(seconds=6), line.clock.now()
    await line.handle("call.recording.saved", recording.note, recording_url=url, started_at=began, ended_at=ended)
    await line.handle("call.hangup", recording.note, hangup_cause="normal_clearing", hangup_source="callee")
    record = await line.record()
    assert (record.disposition, record.outcome, record.end_reason) == ("NO_ANSWER", "VOICEMAIL", "voicemail")
    of = line.services
    assert await VoicemailFetcher(of.recordings, line.carrier, of.files).fetch() == 1
    (voicemail,) = (await line.record()).recordings
    assert (voicemail["kind"], voicemail["seconds"], voicemail["call_id"]) == ("voicemail", 6.0, record.call_id)
    assert of.settings.recordings_dir.joinpath(f"voicemail-{record.call_id}.wav").read_bytes() == b"RIFF and so on"
    assert "not_answered" in {alert.key for alert in await of.alerts.open_alerts()}


async def test_given_a_number_that_forwards_when_nobody_answers_then_that_is_rung(line: Line) -> None:
    await line.ring(HARBOR)
    await line.handle("call.hangup", line.done[0].leg_note, leg_id="leg-2", hangup_cause="user_busy", caller=CALLER)
    forward = line.done[-1]
    assert isinstance(forward, Transfer) and forward.to == "+12075550111"


async def test_when_the_events_of_a_call_come_in_reverse_then_the_record_is_the_same(line: Line) -> None:
    initiated = line.initiated()
    await line.bridge.handle(initiated)
    agents = line.done[0].leg_note
    ringing = line.done[0].note
    line.clock.advance(0.5)
    bridged = line.event("call.bridged", agents, leg_id="leg-2")
    line.clock.advance(20)
    hung_up = line.event("call.hangup", ringing, hangup_cause="normal_clearing", hangup_source="caller", sip_code=200)
    for event in (hung_up, bridged, hung_up):
        await line.bridge.handle(event)
    record = await line.record()
    assert (record.disposition, record.ended_by, record.end_reason) == ("ANSWERED", "caller", "caller_hung_up")
    assert record.answered_at == bridged.at and record.ended_at == hung_up.at


async def test_given_a_carrier_that_fails_when_it_is_told_again_then_it_is_done(line: Line) -> None:
    event = line.initiated()
    line.carrier.fault = CarrierError("no answer", 503)
    with pytest.raises(CarrierError):
        await line.bridge.handle(event)
    line.carrier.fault = None
    await line.bridge.handle(event)
    (transfer,) = line.done
    assert transfer.leg_note.fallback == "voicemail", "known to who asks again, too"


@pytest.mark.parametrize("status", [401, 403, 404, 422])
async def test_given_a_carrier_that_refuses_the_transfer_for_good_then_the_fallback_follows_and_operators_know(
    line: Line, status: int
) -> None:
    line.carrier.refuses[Transfer] = status
    event = line.initiated()
    await line.bridge.handle(event)
    # a second delivery changes nothing
    await line.bridge.handle(event)
    (answer,) = line.done
    assert isinstance(answer, Answer) and answer.note.step == "asking_voicemail"
    (kept,) = [each for each in (await line.record()).events if each.kind == "command_refused"]
    assert (kept.fields["command"], kept.fields["status"]) == ("transfer", status)
    (alert,) = [one for one in await line.services.alerts.open_alerts() if one.key == "carrier_failed:transfer"]
    assert alert.severity == "page" and "transfer" in alert.title


async def test_given_a_forward_that_is_refused_then_a_message_can_be_left(line: Line) -> None:
    line.carrier.refuses[Transfer] = 403
    await line.ring(HARBOR)
    (answer,) = line.done
    assert isinstance(answer, Answer) and answer.note.step == "asking_voicemail"
    refusals = [each for each in (await line.record()).events if each.kind == "command_refused"]
    assert len(refusals) == 2, "the transfer to an agent, and the forward"


@pytest.mark.parametrize(("refuses", "done"), [(Answer, "Reject"), (Reject, "Hangup")])
async def test_given_a_ringing_leg_that_takes_nothing_then_it_ends_with_a_busy_tone_or_a_hangup(
    line: Line, refuses: type[Command], done: str
) -> None:
    line.carrier.refuses |= {Transfer: 422, Answer: 422, refuses: 422}
    await line.ring()
    assert [type(command).__name__ for command in line.done] == [done]


async def test_given_a_carrier_that_refuses_every_rung_then_the_event_is_not_handled_and_the_failover_gets_it(
    line: Line,
) -> None:
    line.carrier.refuses |= dict.fromkeys((Transfer, Answer, Reject, Hangup), 401)
    with pytest.raises(CarrierError) as caught:
        await line.ring()
    assert caught.value.status == 401
    kept = [each.fields["command"] for each in (await line.record()).events if each.kind == "command_refused"]
    assert kept == ["transfer", "answer", "reject", "hangup"]


async def test_given_an_announcement_that_fails_then_it_is_said_otherwise_and_then_hung_up(line: Line) -> None:
    await line.ring(NOWHERE)
    note = line.done[0].note
    await line.handle("call.answered", note)
    await line.handle("call.playback.ended", note, status="file_not_found")
    said = line.done[-1]
    assert isinstance(said, Say) and "not in service" in said.text
    await line.handle("call.speak.ended", note, status="cancelled_amd")
    assert line.done[-1] == Hangup()
    kept = {each.kind: each.fields.get("status") for each in (await line.record()).events}
    assert (kept["carrier.playback.ended"], kept["carrier.speak.ended"]) == ("file_not_found", "cancelled_amd")
    keys = {alert.key for alert in await line.services.alerts.open_alerts()}
    assert {"carrier_failed:playback.ended", "carrier_failed:speak.ended"} <= keys


async def test_given_a_voicemail_when_the_carrier_takes_no_more_commands_then_it_is_kept_all_the_same(
    line: Line,
) -> None:
    line.carrier.ring(line.leg)
    line.carrier.fault = CarrierError("no answer", 503)
    note = LegNote("caller", "voicemail", caller_leg=line.leg)
    with pytest.raises(CarrierError):
        await line.handle("call.recording.saved", note, recording_url="https://carrier.example/message.wav")
    (voicemail,) = await line.services.recordings.unfetched()
    assert voicemail.call_id == line.event("").call_id


@pytest.mark.parametrize("shown", [GRACE, "anonymous", ""])
async def test_given_a_withheld_caller_when_the_agent_asks_too_then_nobody_takes_the_number_called_for_theirs(
    line: Line, shown: str
) -> None:
    await line.ring(caller=shown)
    (transfer,) = line.done
    assert isinstance(transfer, Transfer) and transfer.caller == ""
    # what LiveKit's participant shows, where the carrier put the number called in its From
    arrived = Ringing(line.event("").call_id, did_raw=GRACE, caller_raw=GRACE, ringing_at=line.clock.now())
    admission = await line.services.admit_call(arrived)
    assert admission.caller is None
    assert (await line.record()).caller is None


class Refusing:
    """Postgres refuses every event for good, as after a migration that went wrong."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        return getattr(self._calls, name)

    async def note(self, event: CallEvent) -> Receipt:
        raise StoreError("no such function: note_event_v1", "42883")


async def test_given_a_store_that_refuses_the_events_then_the_caller_is_served_and_the_failover_is_told_too(
    line: Line,
) -> None:
    line.bridge = replace(line.bridge, calls=Refusing(line.services.calls))  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        await line.ring()
    (transfer,) = line.done
    assert isinstance(transfer, Transfer)
    with pytest.raises(StoreError):
        await line.handle("call.hangup", transfer.leg_note, leg_id="leg-2", hangup_cause="timeout")
    assert isinstance(line.done[-1], Answer)


async def test_given_an_event_that_comes_late_then_it_is_kept_and_nothing_is_done(line: Line) -> None:
    event = line.initiated()
    line.clock.advance(31)
    assert await line.bridge.handle(event)
    assert line.done == []
    assert (await line.record()).did == GRACE


async def test_given_a_caller_who_has_gone_when_we_command_then_it_is_no_error(line: Line) -> None:
    event = line.initiated()
    line.carrier.hang_up(line.leg)
    await line.bridge.handle(event)
    assert line.done == []


@pytest.mark.requirement("DU-69")
async def test_when_a_caller_waits_long_and_gives_up_then_it_pages(line: Line) -> None:
    event = line.initiated()
    await line.bridge.handle(event)
    line.clock.advance(16)
    note = line.done[0].note
    await line.handle("call.hangup", note, hangup_cause="originator_cancel", hangup_source="caller", sip_code=487)
    record = await line.record()
    assert (record.disposition, record.outcome) == ("ABANDONED", "NOT_ANSWERED")
    (alert,) = [one for one in await line.services.alerts.open_alerts() if one.key == "abandoned"]
    assert alert.severity == "page" and alert.fields and alert.fields["rang_seconds"] == 16.0


@pytest.mark.requirement("DU-69")
async def test_when_three_callers_give_up_within_ten_minutes_then_the_third_pages(line: Line) -> None:
    async def gives_up() -> list[str]:
        one = Line(line.services, clock=line.clock)
        await one.ring()
        line.clock.advance(5)
        note = one.done[0].note
        await one.handle("call.hangup", note, hangup_cause="originator_cancel", hangup_source="caller", sip_code=487)
        return [alert.key for alert in await line.services.alerts.open_alerts()]

    assert [await gives_up() for _ in range(2)] == [[], []]
    line.clock.advance(10 * 60)
    assert [await gives_up() for _ in range(3)] == [[], [], ["abandoned"]], "those of earlier don't count"


MARKS: dict[str, Callable[[datetime], str]] = {
    "unsigned": lambda now: "yes",
    "forged": lambda now: StageTokens("local", ("another key",)).sign_synthetic(GRACE, now, "m"),
    "expired": lambda now: TOKENS.sign_synthetic(GRACE, now - LIFETIMES["synthetic"], "m"),
    "for another stage": lambda now: StageTokens("production", TOKENS.keys).sign_synthetic(GRACE, now, "m"),
    "for another number": lambda now: TOKENS.sign_synthetic(HARBOR, now, "m"),
    "a call's own token": lambda now: TOKENS.sign_call(str(uuid.uuid4()), now, synthetic=True),
}


@pytest.mark.requirement("PT-17", "DU-64")
async def test_given_a_signed_mark_when_a_number_is_over_its_limit_then_the_call_is_admitted_and_recorded_as_synthetic(
    line: Line,
) -> None:
    await line.ring(FULL_HOUSE, mark=TOKENS.sign_synthetic(FULL_HOUSE, line.clock.now(), "m"))
    (transfer,) = line.done
    record = await line.record()
    carried = TOKENS.verify_call(transfer.headers[CALL_HEADER], line.clock.now())
    assert carried == CallToken(record.call_id, synthetic=True)
    assert (record.synthetic, record.decision["kind"]) == (True, "admit")


@pytest.mark.requirement("DU-64")
async def test_given_a_synthetic_call_when_nobody_answers_or_its_caller_gives_up_then_nobody_is_paged(
    line: Line,
) -> None:
    await line.ring(mark=TOKENS.sign_synthetic(GRACE, line.clock.now(), "m"))
    line.clock.advance(50)
    await line.bridge.end.alert_missed(await line.record(), line.clock.now())
    note = line.done[0].note
    await line.handle("call.hangup", note, hangup_cause="originator_cancel", hangup_source="caller", sip_code=487)
    record = await line.record()
    assert (record.synthetic, record.disposition) == (True, "ABANDONED")
    assert [alert.key for alert in await line.services.alerts.open_alerts()] == []
    assert await line.services.records.abandonments("local", line.clock.now() - timedelta(hours=1)) == 0


@pytest.mark.requirement("DU-64")
@pytest.mark.parametrize("kind", MARKS)
async def test_given_a_mark_that_does_not_hold_when_it_is_called_then_the_call_counts_as_any_other(
    line: Line, kind: str
) -> None:
    with capture_logs() as logs:
        await line.ring(mark=MARKS[kind](line.clock.now()))
    (transfer,) = line.done
    record = await line.record()
    assert not record.synthetic
    assert TOKENS.verify_call(transfer.headers[CALL_HEADER], line.clock.now()) == CallToken(record.call_id)
    (ignored,) = [entry for entry in logs if entry["event"] == "synthetic mark ignored"]
    assert (ignored["log_level"], ignored["call_id"]) == ("info", record.call_id)


@pytest.mark.requirement("DU-67", "DU-70")
async def test_given_a_call_that_nothing_picks_up_when_the_watchdog_passes_often_then_it_pages_once(line: Line) -> None:
    await line.bridge.handle(line.initiated())
    end = line.bridge.end
    late = line.clock.now() + timedelta(seconds=46)
    for _ in range(3):
        await end.alert_missed(await line.record(), late)
    (alert,) = [one for one in await line.services.alerts.open_alerts() if one.key == "missed_call"]
    assert alert.severity == "page" and alert.fields
    assert (alert.fields["caller"], alert.raised) == (CALLER, 1)


async def test_given_another_stage_when_its_number_is_called_then_no_tenant_is_named(line: Line) -> None:
    await line.ring("+12265550123")
    record = await line.record()
    assert (record.tenant_id, record.template, comparing_key(record.caller)) == (None, None, "2065550142")


async def test_given_an_event_of_no_call_then_it_is_not_ours(line: Line) -> None:
    assert not await line.bridge.handle(replace(line.event("number.order.completed"), session_id=""))
