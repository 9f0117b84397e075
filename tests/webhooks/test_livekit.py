"""LiveKit's webhooks over HTTP: who may tell, what is kept, what becomes of the call."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from webhooks_world import AGENT, CALLER, FINISHED, JOINED, LEFT, NUMBER, Webhooks, caller, event, record_of, room_name

from shared.calls.complete import complete_call
from shared.calls.room_call import kind_of
from shared.domain.call import CallEvent, CallFacts, Disposition, Outcome
from shared.domain.telephony.rooms import call_id_of
from shared.ports import WorkerBeat
from shared.services import Services
from webhooks.livekit import WebhookEvent


async def alerts_of(services: Services) -> dict[str, Any]:
    return {alert.key: (alert.fields or {}) | {"raised": alert.raised} for alert in await services.alerts.open_alerts()}


def a_worker(calls: int, capacity: int = 6) -> WorkerBeat:
    return WorkerBeat("w1", "local", "test", calls, capacity, datetime.now(UTC))


# ---- the call


async def test_given_a_ringing_call_when_its_caller_is_told_of_then_it_is_decided_and_its_row_is_open(
    webhooks: Webhooks, services: Services
) -> None:
    room = room_name()
    answer = await webhooks.tell(event(JOINED, room, participant=caller(joinedAtMs="1795269600123")))
    assert (answer.status_code, answer.json()["kept"]) == (200, True)
    record = await record_of(services, room)
    assert (record.did, record.caller, record.tenant_name) == (NUMBER, CALLER, "Grace Community Church")
    assert record.ringing_at == datetime.fromtimestamp(1795269600.123, UTC)
    assert await services.sessions.decided(record.call_id) == record.decision
    assert record.disposition is None


async def test_given_a_decision_that_the_agent_made_when_the_caller_is_told_of_then_it_is_the_same(
    webhooks: Webhooks, services: Services
) -> None:
    room = room_name()
    earlier = {"kind": "announce", "reason": "CALLER_BLOCKED", "tenant_id": None}
    await services.sessions.decide_once(call_id_of(room), earlier)
    await webhooks.all(event(JOINED, room, participant=caller()))
    assert (await record_of(services, room)).decision == earlier


async def test_given_fifty_duplicates_at_once_when_told_then_there_is_one_row_and_one_effect(
    webhooks: Webhooks, services: Services
) -> None:
    room = room_name()
    # a number of nobody's raises an alert, which counts how often it is raised
    stranger = caller(attributes={"sip.phoneNumber": CALLER, "sip.trunkPhoneNumber": "+12065550177"})
    for told in (event(JOINED, room, participant=stranger), event(FINISHED, room)):
        answers = await asyncio.gather(*(webhooks.tell(told) for _ in range(50)))
        assert {answer.status_code for answer in answers} == {200}
    assert len(await services.records.recent("local", 100)) == 1
    record = await record_of(services, room)
    assert sorted(each.kind for each in record.events) == ["caller_joined", "completion", "room_finished"]
    counted = {key: fields["raised"] for key, fields in (await alerts_of(services)).items()}
    assert counted == {"number_unknown:+12065550177": 1, "not_answered": 1}


async def test_given_a_caller_who_gives_up_while_it_rings_when_the_room_ends_then_it_was_abandoned(
    webhooks: Webhooks, services: Services
) -> None:
    room = room_name()
    await webhooks.all(
        event(JOINED, room, participant=caller()),
        event(LEFT, room, participant=caller(disconnectReason="CLIENT_INITIATED")),
        event(FINISHED, room),
    )
    record = await record_of(services, room)
    assert (record.disposition, record.outcome) == ("ABANDONED", "NOT_ANSWERED")
    assert (record.ended_by, record.end_reason) == ("caller", "caller_hung_up")
    assert record.ended_at is not None and record.ended_at - record.ringing_at < timedelta(seconds=5)
    assert await alerts_of(services) == {}


@pytest.mark.parametrize(
    ("beat", "reason"), [(None, "no_worker"), (a_worker(6), "at_capacity"), (a_worker(2), "not_answered")]
)
async def test_given_a_ringing_that_ran_its_time_when_the_room_ends_then_it_is_said_why_and_a_person_is_paged(
    webhooks: Webhooks, services: Services, beat: WorkerBeat | None, reason: str
) -> None:
    if beat is not None:
        await services.workers.beat(beat)
    room, began = room_name(), int(time.time()) - 60
    await webhooks.all(
        event(JOINED, room, at=began, participant=caller(joinedAtMs=str(began * 1000))),
        event(LEFT, room, at=began + 8, participant=caller(disconnectReason="CLIENT_INITIATED")),
        event(FINISHED, room, at=began + 13),
    )
    record = await record_of(services, room)
    assert (record.disposition, record.outcome) == ("NO_ANSWER", "NOT_ANSWERED")
    assert (record.ended_by, record.end_reason) == ("system", reason)
    assert record.ended_at == datetime.fromtimestamp(began + 8, UTC)
    assert record.cost_usd == 0
    (alert,) = await services.alerts.open_alerts()
    assert (alert.key, alert.severity, alert.call_id) == ("not_answered", "page", record.call_id)


async def test_given_an_agent_that_came_and_never_answered_when_the_room_ends_then_it_was_lost(
    webhooks: Webhooks, services: Services
) -> None:
    room, began = room_name(), int(time.time()) - 60
    await webhooks.all(
        event(JOINED, room, at=began, participant=caller(joinedAtMs=str(began * 1000))),
        event(JOINED, room, at=began + 1, participant=AGENT),
        event(LEFT, room, at=began + 8, participant=caller(disconnectReason="CLIENT_INITIATED")),
        event(FINISHED, room, at=began + 13),
    )
    assert (await record_of(services, room)).end_reason == "agent_lost"


@pytest.mark.parametrize("told_by", ["agent", "livekit"])
async def test_given_an_answered_call_whose_agent_tells_no_end_when_the_room_ends_then_it_was_answered(
    webhooks: Webhooks, services: Services, told_by: str
) -> None:
    room, began = room_name(), int(time.time()) - 60
    answered_at = datetime.fromtimestamp(began + 1, UTC)
    await webhooks.all(
        event(JOINED, room, at=began, participant=caller()), event(JOINED, room, at=began + 1, participant=AGENT)
    )
    if told_by == "agent":
        await services.calls.note(CallEvent(call_id_of(room), "agent:0003", "answered", answered_at))
        await services.calls.note(CallEvent(call_id_of(room), "agent:0004", "caller_said", answered_at))
    else:
        # what tells of a track doesn't tell of what kind its owner is
        spoke = {"sid": "PA_2", "identity": AGENT["identity"]}
        await webhooks.all(event("track_published", room, at=began + 1, participant=spoke, track={"type": "AUDIO"}))
    await webhooks.all(
        event(LEFT, room, at=began + 20, participant=caller(disconnectReason="CLIENT_INITIATED")),
        event(FINISHED, room, at=began + 25),
    )
    record = await record_of(services, room)
    assert (record.disposition, record.answered_at) == ("ANSWERED", answered_at)
    assert (record.ended_by, record.end_reason) == ("caller", "caller_hung_up")
    assert record.cost_usd is None, "what an answered call used is known to its agent alone"
    assert set(await alerts_of(services)) == {"agent_lost"}


async def test_given_nobody_answered_before_when_a_call_is_answered_then_the_alert_closes(
    webhooks: Webhooks, services: Services
) -> None:
    missed, answered = room_name(), room_name()
    await webhooks.all(event(JOINED, missed, participant=caller()), event(FINISHED, missed))
    assert set(await alerts_of(services)) == {"not_answered"}
    spoke = {"sid": "PA_2", "identity": AGENT["identity"]}
    await webhooks.all(
        event(JOINED, answered, participant=caller()),
        event("track_published", answered, participant=spoke),
        event(FINISHED, answered),
    )
    assert "not_answered" not in await alerts_of(services)


@pytest.mark.parametrize("agent_first", [True, False])
async def test_given_the_agent_and_the_room_tell_the_end_when_in_any_order_then_the_agents_word_stands(
    webhooks: Webhooks, services: Services, agent_first: bool
) -> None:
    room, now = room_name(), datetime.now(UTC)
    await webhooks.all(event(JOINED, room, participant=caller()))
    facts = CallFacts(True, answered_at=now, ended_at=now, ended_by="agent", end_reason="goodbye", caller_turns=2,
                      agent_turns=3, questions_answered=1)  # fmt: skip

    async def agent() -> None:
        await complete_call(call_id_of(room), "agent", facts, calls=services.calls)

    left = caller(disconnectReason="ROOM_DELETED")
    told = [agent, lambda: webhooks.all(event(LEFT, room, participant=left), event(FINISHED, room))]
    for tell in told if agent_first else reversed(told):
        await tell()
    record = await record_of(services, room)
    assert (record.disposition, record.outcome) == (Disposition.ANSWERED, Outcome.QUESTION_ANSWERED)
    assert (record.ended_by, record.end_reason, record.ended_at) == ("agent", "goodbye", now)
    kinds = [each.kind for each in record.events]
    assert kinds.count("completion") == 2


async def test_given_the_end_is_told_before_the_beginning_when_all_is_told_then_the_record_is_whole(
    webhooks: Webhooks, services: Services
) -> None:
    room, began = room_name(), int(time.time()) - 60
    await webhooks.all(
        event(FINISHED, room, at=began + 13),
        event(LEFT, room, at=began + 8, participant=caller(disconnectReason="CLIENT_INITIATED")),
        event(JOINED, room, at=began, participant=caller(joinedAtMs=str(began * 1000))),
    )
    record = await record_of(services, room)
    assert (record.did, record.ringing_at) == (NUMBER, datetime.fromtimestamp(began, UTC))
    assert record.disposition == "NO_ANSWER"
    assert len(record.events) == 4


# ---- what may be told


NO_EVENTS = (
    b"", b"[]", b"null", b"{}", b"7", b"{", b"\xff\xfe", b'{"event": "room_started"}', b'{"event": 1, "id": "a"}',
    b'{"event": "room_started", "id": "EV_1", "room": "local.x"}',
    b'{"event": "participant_joined", "id": "EV_1", "participant": {"attributes": ["a"]}}',
    b'{"event": "room_started", "id": "EV_1", "createdAt": "soon"}',
    b'{"event": "room_started", "id": "EV_1", "createdAt": "99999999999999999"}', b"[" * 100_000, b'{"room":' * 30_000,
)  # fmt: skip


async def test_given_a_signed_body_that_is_no_event_when_told_then_it_is_refused_as_that(webhooks: Webhooks) -> None:
    for body in NO_EVENTS:
        answer = await webhooks.tell(body)
        assert (answer.status_code, answer.json()["code"]) == (400, "input_invalid"), body


async def test_given_an_event_of_a_kind_unknown_here_when_told_then_it_is_kept(
    webhooks: Webhooks, services: Services
) -> None:
    room = room_name()
    told = event("participant_levitated", room, participant=caller(), height=3)
    assert (await webhooks.tell(told)).json() == {"event": told["event"], "id": told["id"], "kept": True}
    (kept,) = (await record_of(services, room)).events
    assert (kept.kind, kept.key) == ("participant_levitated", f"livekit:{told['id']}")


async def test_given_a_room_that_isnt_ours_when_told_of_then_it_is_ignored(
    webhooks: Webhooks, services: Services
) -> None:
    for room in ("production._x", "local-b._x", "lobby", ""):
        answer = await webhooks.tell(event(JOINED, room, participant=caller()))
        assert (answer.status_code, answer.json()["kept"]) == (200, False)
        assert await services.records.find(call_id_of(room)) is None
    egress = {"event": "egress_started", "id": "EV_2", "egressInfo": {"egressId": "EG_1"}}
    assert (await webhooks.tell(egress)).json()["kept"] is False


def test_given_a_person_who_was_dialled_for_the_caller_then_their_events_are_never_taken_for_the_callers() -> None:
    at = datetime(2026, 5, 4, tzinfo=UTC)
    for name, kind in ((JOINED, "person_joined"), (LEFT, "person_left"), ("track_published", "person_published")):
        told = {"event": name, "id": "EV_1", "room": {"name": "local.x"}, "participant": caller(identity="person_1f2e")}
        assert kind_of(WebhookEvent.model_validate(told).room_event(at)) == kind
        told["participant"] = caller()
        assert kind_of(WebhookEvent.model_validate(told).room_event(at)).startswith("caller_")
