"""Calls that come by the telephone company: what the caller meets, and what the one record says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from telephone import Telephone, telephone

from lab.carrier.control import CarrierControl
from lab.sip.stack import Leg, SipStack

pytestmark = pytest.mark.timeout(240)

GREETED = r"thank you for calling"
HARBOR = "+12075550110"


@pytest.fixture
async def phone(system: Any) -> AsyncIterator[Telephone]:
    async with telephone(system.ready["carrier"], system.lab) as made:
        yield made


@pytest.fixture
async def desk(system: Any) -> AsyncIterator[CarrierControl]:
    async with CarrierControl(system.ready["carrier_desk"]) as control:
        await control.clear()
        yield control
        await control.clear()


def carriers(record: Any) -> dict[str, Any]:
    """The facts that the carrier told of the call's end."""
    (told,) = [event.fields["facts"] for event in record.events if event.key == "completion:carrier"]
    return told


async def told_by_carrier(system: Any, caller: str, seconds: float = 15.0) -> Any:
    """The caller's one record, once the carrier has told its end."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        record = await system.record_of(caller, seconds)
        if any(event.key == "completion:carrier" for event in record.events):
            return record
        assert asyncio.get_running_loop().time() < deadline, [event.kind for event in record.events]
        await asyncio.sleep(0.2)


@pytest.mark.requirement("RP-50")
async def test_when_a_customer_calls_then_the_church_answers_and_one_record_has_what_both_know(
    system: Any, phone: Telephone
) -> None:
    caller = "+12065550110"
    async with phone.call(caller=caller) as call:
        await call.answered()
        await call.hears(GREETED)
        assert call.first_sound_seconds < 2
    record = await told_by_carrier(system, caller)
    assert (record.disposition, record.ended_by) == ("ANSWERED", "caller")
    facts = carriers(record)
    assert (facts["hangup_cause"], facts["ended_by"]) == ("normal_clearing", "caller")
    assert 1 < facts["carrier_seconds"] < 60
    kinds = {event.kind for event in record.events}
    assert {"carrier.initiated", "carrier.bridged", "carrier.hangup", "caller_joined", "answered"} <= kinds
    assert len(record.room_ids) == 1, "the room's id is another name of the same call"


@pytest.mark.requirement("PT-06", "PT-15", "PT-18")
async def test_when_calls_are_not_admitted_then_each_caller_hears_why_from_the_carrier_alone(
    system: Any, phone: Telephone, desk: CarrierControl
) -> None:
    told = {
        ("+12065550100", "+12065550166"): r"not accepting calls",
        ("+13125550130", "+12065550111"): r"can.t take any more calls.*(988|nine eighty.?eight|nine eight eight)",
        ("+12065550177", "+12065550112"): r"not in service here",
    }
    # ours at the carrier, and bound to nobody here
    url = f"{system.ready['webhooks']}/telnyx"
    await desk.routes({"did": "+12065550177", "mode": "call_control", "webhook_url": url})

    async def one(did: str, caller: str, words: str) -> None:
        async with phone.call(did, caller=caller) as call:
            await call.answered()
            await call.hears(words, 25)
            await call.ended()
        record = await told_by_carrier(system, caller)
        assert (record.disposition, record.outcome) == ("ANSWERED", "ANNOUNCED")
        assert not any(event.kind == "caller_joined" for event in record.events), "no agent was asked"

    await asyncio.gather(*(one(did, caller, words) for (did, caller), words in told.items()))


async def test_when_a_caller_gives_up_then_the_carrier_says_so(system: Any, phone: Telephone) -> None:
    caller = "+12065550113"
    async with phone.call(HARBOR, caller=caller) as call:
        async with asyncio.timeout(5):
            await call.leg.ringing.wait()
    record = await told_by_carrier(system, caller)
    assert (record.disposition, record.outcome) == ("ABANDONED", "NOT_ANSWERED")


async def test_given_webhooks_that_come_twice_late_and_in_disorder_then_the_call_and_its_record_are_as_ever(
    system: Any, phone: Telephone, desk: CarrierControl
) -> None:
    await desk.faults(duplicate=2, delay_ms=(0, 400), reorder=True)
    caller = "+12065550114"
    async with phone.call(caller=caller) as call:
        await call.answered()
        await call.hears(GREETED)
    record = await told_by_carrier(system, caller)
    assert (record.disposition, record.ended_by) == ("ANSWERED", "caller")
    began = [event.fields["role"] for event in record.events if event.kind == "carrier.initiated"]
    assert sorted(began) == ["agent", "caller"], "each leg once"


async def test_given_the_end_that_is_never_told_then_the_others_tell_it(
    system: Any, phone: Telephone, desk: CarrierControl
) -> None:
    await desk.faults(lose=["call.hangup", "call.bridged"])
    caller = "+12065550115"
    async with phone.call(caller=caller) as call:
        await call.answered()
        await call.hears(GREETED)
    record = await system.record_of(caller)
    assert (record.disposition, record.ended_by) == ("ANSWERED", "caller")


async def test_given_webhooks_that_die_when_a_call_comes_then_it_is_answered_once_they_are_back(
    system: Any, phone: Telephone
) -> None:
    caller = "+12065550116"
    system.kill("webhooks")
    async with phone.call(caller=caller) as call:
        await call.answered(20)
        await call.hears(GREETED)
    assert (await told_by_carrier(system, caller)).disposition == "ANSWERED"


async def test_given_webhooks_that_die_in_a_call_then_it_goes_on_and_its_record_is_whole(
    system: Any, phone: Telephone
) -> None:
    caller = "+12065550117"
    async with phone.call(caller=caller) as call:
        await call.answered()
        await call.hears(GREETED)
        system.kill("webhooks")
        await call.quiet(1.5)
        await call.say("No thank you, please don't record this.")
        call.forget()
        await call.hears(r"won.t|not record|no problem|fine|okay")
    record = await told_by_carrier(system, caller, 20)
    assert (record.disposition, record.ended_by) == ("ANSWERED", "caller")


@asynccontextmanager
async def a_phone_that_can_ring(system: Any) -> AsyncIterator[tuple[Telephone, list[Leg], str]]:
    """It dials by the carrier, and keeps who calls it; and its own address."""
    rang: list[Leg] = []
    async with SipStack(on_call=rang.append) as stack:
        yield Telephone(stack, system.ready["carrier"], system.lab), rang, stack.address


async def test_given_no_worker_then_callers_leave_a_message_or_are_passed_on(started: Any, tmp_path: Path) -> None:
    async with started("--workers", "0") as system, CarrierControl(system.ready["carrier_desk"]) as desk:
        async with a_phone_that_can_ring(system) as (phone, rang, address):
            await desk.routes(phones={"+12075550111": address})

            async def leaves_a_message(caller: str) -> float:
                async with phone.call(caller=caller) as call:
                    await call.answered(12)
                    waited = (call.answered_at or 0) - call.began
                    await call.hears(r"nobody can take your call.*message after the tone")
                    await call.quiet(1.0)
                    await call.say("Please tell Ruth that the choir needs new chairs.")
                    await asyncio.sleep(0.5)
                return waited

            async def rung_by(caller: str) -> Leg:
                async with asyncio.timeout(14):
                    while not (found := [leg for leg in rang if leg.caller == caller]):
                        await asyncio.sleep(0.1)
                return found[0]

            async def is_passed_on(caller: str) -> None:
                async with phone.call(HARBOR, caller=caller) as call:
                    await (await rung_by(caller)).answer()
                    await call.answered(3)
                    await asyncio.sleep(0.5)

            async def is_direct(did: str, caller: str) -> None:
                """Past our webhooks: the ringing ends at 8 s, and the carrier does what its number is set to."""
                async with phone.call(did, caller=caller) as call:
                    await rung_by(caller)
                    seconds = asyncio.get_running_loop().time() - call.began
                    assert 7 < seconds < 11, "what LiveKit rings for"

            direct = {"did": "+12065550102", "mode": "sip", "gateway": system.sip}
            await desk.routes({**direct, "forward_on_failure": "+12075550111"}, phones={"+12075550111": address})
            waited, *_ = await asyncio.gather(
                leaves_a_message("+12065550120"),
                is_passed_on("+12065550121"),
                is_direct("+12065550102", "+12065550142"),
            )
            assert waited < 12

        message = await the_message(system, "+12065550120")
        left = await told_by_carrier(system, "+12065550120")
        assert (left.disposition, left.outcome) == ("NO_ANSWER", "VOICEMAIL")
        audio = Path(message["path"]).read_bytes()
        assert audio[:4] == b"RIFF" and message["seconds"] > 1
        assert "chairs" in (await heard(system, audio)).lower()
        passed_on = await told_by_carrier(system, "+12065550121")
        assert (passed_on.disposition, passed_on.outcome) == ("NO_ANSWER", "FORWARDED")
        assert "not_answered" in await system.alerts()


async def the_message(system: Any, caller: str) -> dict[str, Any]:
    """Once it lies here."""
    async with asyncio.timeout(15):
        while True:
            found = (await system.record_of(caller)).recordings
            if found and found[0]["path"]:
                return found[0]
            await asyncio.sleep(0.2)


async def heard(system: Any, wav: bytes) -> str:
    import io
    import wave

    with wave.open(io.BytesIO(wav)) as sound:
        return await system.lab.hear(sound.readframes(sound.getnframes()), sound.getframerate())


async def test_given_all_places_taken_then_one_more_caller_hears_that_and_can_leave_a_message(started: Any) -> None:
    async with started("--calls", "1") as system, telephone(system.ready["carrier"], system.lab) as phone:
        async with phone.call(caller="+12065550122") as talking:
            await talking.answered()
            async with phone.call(caller="+12065550123") as waiting:
                await waiting.answered(12)
                await waiting.hears(r"lines are busy.*message after the tone")
            assert talking.leg.ending is None
        one_too_many = await told_by_carrier(system, "+12065550123")
    assert (one_too_many.disposition, one_too_many.room_ids != ()) == ("NO_ANSWER", True)
