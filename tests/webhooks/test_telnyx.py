"""Telnyx's webhooks over HTTP: what is kept, what the carrier is told to do, what becomes of the call."""

import asyncio
import json
import random
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest
from telnyx_world import (
    CALLER,
    NUMBER,
    PUBLIC_URL,
    SIP_HOST,
    Legs,
    Telnyx,
    carrier_environment,
    client_state,
    record_of,
)
from webhooks_world import TOKENS, Process, Webhooks, caller, event, room_name

from shared.calls.complete import complete_call
from shared.config import overrides_of
from shared.domain.call import CallFacts
from shared.domain.telephony.legs import LegNote
from shared.domain.telephony.rooms import CALL_HEADER, SYNTHETIC_HEADER, call_id_of
from shared.services import Services
from shared.tokens import CallToken

UNKNOWN = "+12065550177"


async def facts_of(services: Services, legs: Legs) -> dict[str, Any]:
    """What all witnesses together told of the call's end."""
    connection = await asyncpg.connect(overrides_of(services.settings)["database_url"])
    try:
        return json.loads(await connection.fetchval("select facts from calls where call_id = $1", legs.call_id))
    finally:
        await connection.close()


# ---- the call


async def test_given_a_call_when_the_carrier_tells_of_it_then_it_is_passed_on_to_the_agents(
    telnyx: Telnyx, services: Services
) -> None:
    legs = Legs()
    answer = await telnyx.tell(legs.initiated())
    assert (answer.status_code, answer.json()["kept"]) == (200, True)
    (command,) = telnyx.api.done
    assert (command.leg, command.action) == (legs.leg, "transfer")
    told = command.fields
    assert (told["to"], told["from"], told["timeout_secs"]) == (f"sip:{NUMBER}@{SIP_HOST}", CALLER, 8)
    headers = {header["name"]: header["value"] for header in told["custom_headers"]}
    assert TOKENS.verify_call(headers[CALL_HEADER], services.clock.now()) == CallToken(legs.call_id)
    record = await record_of(services, legs)
    assert (record.did, record.caller, record.decision["kind"]) == (NUMBER, CALLER, "admit")
    assert (record.ringing_at, record.disposition) == (legs.at(0), None)


@pytest.mark.requirement("DU-64")
@pytest.mark.parametrize("signed", [True, False])
async def test_given_a_mark_among_the_custom_headers_when_it_is_signed_then_the_call_is_synthetic(
    telnyx: Telnyx, services: Services, signed: bool
) -> None:
    mark = TOKENS.sign_synthetic(NUMBER, services.clock.now(), "m")
    headers = [
        {"name": "X-Other", "value": None},
        {"name": None},
        {"name": SYNTHETIC_HEADER.lower(), "value": mark if signed else mark[:-2]},
    ]
    legs = Legs()
    assert (await telnyx.tell(legs.initiated(headers))).status_code == 200
    assert (await record_of(services, legs)).synthetic == signed


async def test_given_a_caller_who_gives_up_when_it_still_rings_then_the_call_was_abandoned(
    telnyx: Telnyx, services: Services
) -> None:
    legs = Legs()
    await telnyx.all(legs.initiated())
    telnyx.note(legs)
    await telnyx.all(
        legs.hangup("originator_cancel", after=3), legs.hangup("originator_cancel", after=3, leg=legs.agent_leg)
    )
    record = await record_of(services, legs)
    assert (record.disposition, record.ended_by, record.ended_at) == ("ABANDONED", "caller", legs.at(3))
    assert telnyx.api.of(legs.leg) == ["transfer"]


async def test_given_the_hangup_comes_before_the_call_when_told_then_nothing_is_done_to_a_leg_that_ended(
    telnyx: Telnyx, services: Services
) -> None:
    legs = Legs()
    telnyx.api.end(legs.leg)
    await telnyx.all(legs.hangup("originator_cancel", after=2), legs.initiated())
    assert telnyx.api.done == []
    record = await record_of(services, legs)
    assert (record.did, record.disposition, record.ended_at) == (NUMBER, "ABANDONED", legs.at(2))


async def test_given_fifty_duplicates_of_each_event_when_told_at_once_then_there_is_one_row_and_one_effect(
    telnyx: Telnyx, services: Services
) -> None:
    # a number of nobody's raises an alert, which counts how often it is raised
    legs = Legs(dialled=UNKNOWN)

    async def tell(event: dict[str, Any]) -> None:
        answers = await asyncio.gather(*(telnyx.tell(event) for _ in range(50)))
        assert {answer.status_code for answer in answers} == {200}
        telnyx.note(legs)

    await tell(legs.initiated())
    await tell(legs.event("call.answered", after=0.5))
    await tell(legs.event("call.playback.ended", after=5, status="completed"))
    await tell(legs.hangup("normal_clearing", after=5.2, source="callee"))
    assert telnyx.api.of(legs.leg) == ["answer", "playback_start", "hangup"]
    (record,) = await services.records.recent("local", 100)
    assert record.call_id == legs.call_id
    told = (await record_of(services, legs)).events
    assert len(told) == len({each.key for each in told}) == 5, "one of each, and the completion"
    alerts = {alert.key: alert.raised for alert in await services.alerts.open_alerts()}
    assert alerts[f"number_unknown:{UNKNOWN}"] == 1


async def test_given_two_processes_when_both_are_told_the_same_then_there_is_one_row_and_one_effect(
    telnyx: Telnyx, webhooks: Webhooks, serve: Callable[..., Process], services: Services
) -> None:
    other = serve(**carrier_environment(telnyx.api.url))
    legs, room = Legs(), room_name()
    by_carrier, by_livekit = legs.initiated(), event("participant_joined", room, participant=caller())
    async with httpx.AsyncClient(base_url=other.ready["url"], timeout=20, trust_env=False) as client:
        carriers = (telnyx, Telnyx(client, telnyx.api))
        livekits = (webhooks, Webhooks(other, client))
        answers = await asyncio.gather(
            *(each.tell(by_carrier) for _ in range(25) for each in carriers),
            *(each.tell(by_livekit) for _ in range(25) for each in livekits),
        )
    assert {answer.status_code for answer in answers} == {200}
    assert telnyx.api.of(legs.leg) == ["transfer"]
    assert telnyx.api.asked == 2, "each process asked once, by the same id"
    rows = {record.call_id for record in await services.records.recent("local", 100)}
    assert rows == {legs.call_id, call_id_of(room)}
    for call_id in rows:
        record = await services.records.find(call_id)
        assert record is not None
        assert (record.did, len(record.events)) == (NUMBER, 1)


async def test_given_the_agent_told_the_end_when_the_carrier_tells_it_too_then_its_facts_fill_the_gaps(
    telnyx: Telnyx, services: Services
) -> None:
    legs = Legs()
    await telnyx.all(legs.initiated())
    telnyx.note(legs)
    ended = CallFacts(admitted=True, answered_at=legs.at(2), ended_at=legs.at(30), ended_by="agent", end_reason="done")
    await complete_call(legs.call_id, "agent", ended, calls=services.calls)
    await telnyx.all(legs.hangup("normal_clearing", after=30.4, source="callee"))
    record = await record_of(services, legs)
    assert (record.disposition, record.ended_by, record.ended_at) == ("ANSWERED", "agent", legs.at(30))
    facts = await facts_of(services, legs)
    assert (facts["hangup_cause"], facts["carrier_session"]) == ("normal_clearing", legs.session)


async def test_given_a_call_that_ended_when_its_answer_is_told_late_then_it_was_answered(
    telnyx: Telnyx, services: Services
) -> None:
    legs = Legs()
    await telnyx.all(legs.initiated())
    telnyx.note(legs)
    state = telnyx.api.done[0].fields["target_leg_client_state"]
    await telnyx.all(legs.hangup("normal_clearing", after=30, source="caller"))
    assert (await record_of(services, legs)).answered_at is None
    await telnyx.all(
        legs.event("call.bridged", after=2, leg=legs.agent_leg, client_state=state),
        legs.event("call.answered", after=2.1),
        legs.event("call.answered", after=2, leg=legs.agent_leg, client_state=state),
    )
    record = await record_of(services, legs)
    assert (record.disposition, record.answered_at, record.ended_at) == ("ANSWERED", legs.at(2), legs.at(30))
    assert (await facts_of(services, legs))["carrier_seconds"] == pytest.approx(27.9)


async def test_given_a_calls_events_when_told_in_any_order_and_twice_then_the_record_is_the_same(
    telnyx: Telnyx, services: Services
) -> None:
    chance, ends = random.Random(5), set[Any]()
    for turn in range(8):
        # long ago, so that nothing is done about it; by now it is all the same when it was
        legs = Legs(began=1_795_000_000.0, note=client_state(LegNote("caller", step="ringing")))
        agent = {"leg": legs.agent_leg, "client_state": client_state(LegNote("agent", caller_leg=legs.leg))}
        told = [
            legs.event("call.initiated", client_state=None),
            legs.event("call.initiated", after=0.1, **agent),
            legs.event("call.answered", after=2, **agent),
            legs.event("call.answered", after=2.1),
            legs.event("call.bridged", after=2.1, **agent),
            legs.event("call.bridged", after=2.1),
            legs.hangup("normal_clearing", after=30),
            legs.hangup("normal_clearing", after=30.1, **agent),
        ]
        told += told
        if turn:
            chance.shuffle(told)
        await telnyx.all(*told)
        record = await record_of(services, legs)
        assert len(record.events) == 9, "one of each, and the completion"
        facts = await facts_of(services, legs)
        ends.add((record.did, record.disposition, record.ringing_at, record.answered_at, record.ended_at,
                  record.ended_by, record.end_reason, facts["carrier_seconds"]))  # fmt: skip
    assert telnyx.api.asked == 0
    ((did, disposition, ringing_at, answered_at, ended_at, *_),) = ends
    assert (did, disposition) == (NUMBER, "ANSWERED")
    assert (ringing_at, answered_at, ended_at) == (legs.at(0), legs.at(2.1), legs.at(30))


# ---- nobody answers


async def test_given_no_agent_answers_when_that_is_told_then_the_caller_is_asked_for_a_message(
    telnyx: Telnyx, services: Services
) -> None:
    legs = Legs()
    await telnyx.all(legs.initiated())
    telnyx.note(legs)
    failed = legs.hangup("timeout", after=8, source="callee", leg=legs.agent_leg)
    failed["data"]["payload"]["client_state"] = telnyx.api.done[0].fields["target_leg_client_state"]
    await telnyx.all(failed)
    telnyx.note(legs)
    await telnyx.all(legs.event("call.answered", after=8.2))
    telnyx.note(legs)
    assert telnyx.api.of(legs.leg) == ["transfer", "answer", "playback_start"]
    url = telnyx.api.done[-1].fields["audio_url"]
    assert url.startswith(f"{PUBLIC_URL}/lines/")
    heard = await telnyx.client.get(url.removeprefix(PUBLIC_URL))
    assert (heard.status_code, heard.headers["content-type"]) == (200, "audio/wav")
    await telnyx.all(legs.event("call.playback.ended", after=13, status="completed"))
    telnyx.note(legs)
    times = {"recording_started_at": legs.at(13.5).isoformat(), "recording_ended_at": legs.at(21).isoformat()}
    saved = legs.event("call.recording.saved", after=21, recording_urls={"wav": "https://store.example/1"}, **times)
    await telnyx.all(saved)
    telnyx.note(legs)
    await telnyx.all(legs.hangup("normal_clearing", after=21.3, source="callee"))
    assert telnyx.api.of(legs.leg)[3:] == ["record_start", "hangup"]
    (voicemail,) = await services.recordings.unfetched()
    assert (voicemail.call_id, voicemail.source_url) == (legs.call_id, "https://store.example/1")
    assert (voicemail.started_at, voicemail.seconds) == (legs.at(13.5), 7.5)
    record = await record_of(services, legs)
    assert (record.disposition, record.ended_at) == ("NO_ANSWER", legs.at(21.3))


async def test_given_a_number_that_forwards_when_nobody_answers_then_it_is_forwarded(telnyx: Telnyx) -> None:
    legs = Legs(dialled="+12075550110")
    await telnyx.all(legs.initiated())
    failed = legs.hangup("timeout", after=8, source="callee", leg=legs.agent_leg)
    failed["data"]["payload"]["client_state"] = telnyx.api.done[0].fields["target_leg_client_state"]
    await telnyx.all(failed)
    forward = telnyx.api.done[-1]
    assert (forward.leg, forward.action, forward.fields["to"]) == (legs.leg, "transfer", "+12075550111")
    assert (forward.fields["from"], forward.fields["diversion"]) == (CALLER, "+12075550110")


async def test_given_a_withheld_caller_when_passed_on_and_forwarded_then_no_word_stands_for_a_number(
    telnyx: Telnyx,
) -> None:
    legs = Legs(dialled="+12075550110", caller="anonymous")
    await telnyx.all(legs.initiated())
    failed = legs.hangup("timeout", after=8, source="callee", leg=legs.agent_leg)
    failed["data"]["payload"]["client_state"] = telnyx.api.done[0].fields["target_leg_client_state"]
    # Telnyx shows the number called as that of a caller who withholds theirs
    failed["data"]["payload"]["from"] = "+12075550110"
    await telnyx.all(failed)
    for transfer in telnyx.api.done:
        assert transfer.action == "transfer"
        assert not {"from", "diversion"} & set(transfer.fields)
        assert transfer.fields["privacy"] == "id"
    assert len(telnyx.api.done) == 2
