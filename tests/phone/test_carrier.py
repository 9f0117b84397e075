"""Calls that come by the telephone company: what the caller meets, and what the one record says."""

import asyncio
from typing import Any

import pytest
from telephone import Telephone

from lab.carrier.control import CarrierControl
from shared.domain.telephony.legs import call_id_of_session

pytestmark = pytest.mark.timeout(240)

GREETED = r"thank you for calling"
HARBOR = "+12075550110"


def carriers(record: Any) -> dict[str, Any]:
    """The facts that the carrier told of the call's end."""
    (told,) = [event.fields["facts"] for event in record.events if event.key == "completion:carrier"]
    return told


@pytest.mark.requirement("RP-50")
async def test_when_a_customer_calls_then_the_church_answers_and_one_record_has_what_both_know(
    system: Any, carrier_phone: Telephone
) -> None:
    caller = "+12065550110"
    async with carrier_phone.call(caller=caller) as call:
        await call.answered()
        await call.hears(GREETED)
        assert call.first_sound_seconds < 2
    record = await system.told_by_carrier(caller)
    assert (record.disposition, record.ended_by) == ("ANSWERED", "caller")
    facts = carriers(record)
    assert (facts["hangup_cause"], facts["ended_by"]) == ("normal_clearing", "caller")
    assert 1 < facts["carrier_seconds"] < 60
    kinds = {event.kind for event in record.events}
    assert {"carrier.initiated", "carrier.bridged", "carrier.hangup", "caller_joined", "answered"} <= kinds
    assert len(record.room_ids) == 1, "the room's id is another name of the same call"


@pytest.mark.requirement("PT-06", "PT-15", "PT-18")
async def test_when_calls_are_not_admitted_then_each_caller_hears_why_from_the_carrier_alone(
    system: Any, carrier_phone: Telephone, desk: CarrierControl
) -> None:
    told = {
        ("+12065550100", "+12065550166"): r"not accepting calls",
        ("+13125550130", "+12065550111"): r"can.t take any more calls.*(988|nine eighty.?eight|nine eight eight)",
        ("+12065550177", "+12065550112"): r"not in service here",
    }
    # ours at the carrier, and bound to nobody here
    url = f"{system.ready['webhooks']}/telnyx"
    # set as it must be: the watchdog looks at it too
    application = {"webhook_url": url, "failover_url": f"{url}?again", "first_command_timeout_secs": 15}
    await desk.routes({"did": "+12065550177", "mode": "call_control", **application})

    async def one(did: str, caller: str, words: str) -> None:
        async with carrier_phone.call(did, caller=caller) as call:
            await call.answered()
            await call.hears(words, 25)
            await call.ended()
        record = await system.told_by_carrier(caller)
        assert (record.disposition, record.outcome) == ("ANSWERED", "ANNOUNCED")
        assert not any(event.kind == "caller_joined" for event in record.events), "no agent was asked"

    await asyncio.gather(*(one(did, caller, words) for (did, caller), words in told.items()))


async def test_when_a_caller_gives_up_then_the_carrier_says_so(system: Any, carrier_phone: Telephone) -> None:
    caller = "+12065550113"
    async with carrier_phone.call(HARBOR, caller=caller) as call:
        async with asyncio.timeout(5):
            await call.leg.ringing.wait()
    record = await system.told_by_carrier(caller)
    assert (record.disposition, record.outcome) == ("ABANDONED", "NOT_ANSWERED")


async def test_given_webhooks_that_come_twice_late_and_in_disorder_then_the_call_and_its_record_are_as_ever(
    system: Any, carrier_phone: Telephone, desk: CarrierControl
) -> None:
    await desk.faults(duplicate=2, delay_ms=(0, 400), reorder=True)
    caller = "+12065550114"
    async with carrier_phone.call(caller=caller) as call:
        await call.answered()
        await call.hears(GREETED)
    record = await system.told_by_carrier(caller)
    assert (record.disposition, record.ended_by) == ("ANSWERED", "caller")
    began = [event.fields["role"] for event in record.events if event.kind == "carrier.initiated"]
    assert sorted(began) == ["agent", "caller"], "each leg once"


async def test_given_the_end_that_is_never_told_then_the_others_tell_it(
    system: Any, carrier_phone: Telephone, desk: CarrierControl
) -> None:
    await desk.faults(lose=["call.hangup", "call.bridged"])
    caller = "+12065550115"
    async with carrier_phone.call(caller=caller) as call:
        await call.answered()
        await call.hears(GREETED)
    record = await system.record_of(caller)
    assert (record.disposition, record.ended_by) == ("ANSWERED", "caller")


async def test_given_webhooks_that_die_when_a_call_comes_then_the_failover_has_it_answered(
    system: Any, carrier_phone: Telephone, desk: CarrierControl
) -> None:
    caller = "+12065550116"
    system.kill("webhooks")
    async with carrier_phone.call(caller=caller) as call:
        await call.answered(5)
        await call.hears(GREETED)
    record = await system.told_by_carrier(caller)
    assert record.disposition == "ANSWERED"
    (first,) = [
        one
        for one in await desk.webhooks()
        if one["event"]["event_type"] == "call.initiated" and one["event"]["payload"]["from"] == caller
        if one["event"]["payload"]["direction"] == "incoming"
    ]
    assert first["statuses"] == [None, 200]


async def test_given_a_caller_who_withholds_their_number_then_the_church_answers_and_the_record_has_none(
    system: Any, carrier_phone: Telephone, desk: CarrierControl
) -> None:
    async with carrier_phone.call(caller="anonymous") as call:
        await call.answered()
        await call.hears(GREETED)
        session = (await desk.calls())[-1]["call_session_id"]
    async with asyncio.timeout(15):
        while not (record := await system.services.records.find(call_id_of_session(session))).disposition:
            await asyncio.sleep(0.2)
    assert (record.disposition, record.caller, record.did) == ("ANSWERED", None, "+12065550100")
    assert "carrier_setup" not in await system.alerts(), "the watchdog finds the failover that there is"
