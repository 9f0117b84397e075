"""Calls that nobody can take, as there is no worker: they ring no longer than they should, and one record says why."""

import asyncio
import io
import re
import shutil
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pickup_up import System, running
from sip_phones import sipp
from telephone import Telephone

from lab.carrier.control import CarrierControl
from lab.sip.stack import Leg, SipStack

pytestmark = pytest.mark.timeout(180)

HARBOR = "+12075550110"


@pytest.fixture(scope="module")
def running_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    yield from running(tmp_path_factory.mktemp("workerless") / "data", "--workers", "0")


async def test_given_no_worker_then_the_ringing_ends_after_eight_seconds_and_the_record_and_an_alert_say_why(
    system: System, phone: Telephone
) -> None:
    caller = "+12065550150"
    async with phone.call(caller=caller) as call:
        code, seconds = await call.refused()
    record = await system.record_of(caller)
    await system.until_alert("not_answered")

    assert code == 486
    assert 7.0 < seconds < 10.0
    assert (record.disposition, record.outcome) == ("NO_ANSWER", "NOT_ANSWERED")
    assert record.end_reason == "no_worker"
    assert record.answered_at is None


async def test_given_a_strict_phone_that_cancels_then_it_is_told_so_and_the_record_says_abandoned(
    system: System, tmp_path: Path
) -> None:
    if shutil.which("sipp") is None:
        pytest.skip("needs sipp: make phone-rig installs it")
    went = await sipp(system, "cancel", "+12065550100", tmp_path)
    record = await system.record_of("+15035550199")

    assert went.code == 0, went.said
    assert any("487" in line for line in went.received)
    assert (record.disposition, record.outcome) == ("ABANDONED", "NOT_ANSWERED")
    assert record.end_reason == "caller_hung_up"


@asynccontextmanager
async def a_phone_that_can_ring(system: System) -> AsyncIterator[tuple[Telephone, list[Leg], str]]:
    """It dials by the carrier, and keeps who calls it; and its own address."""
    rang: list[Leg] = []
    assert system.lab is not None
    async with SipStack(on_call=rang.append) as stack:
        yield Telephone(stack, system.ready["carrier"], system.lab), rang, stack.address


@pytest.mark.requirement("DU-26", "RP-07")
async def test_given_no_worker_then_callers_leave_a_message_or_are_passed_on(system: System) -> None:
    async with (
        CarrierControl(system.ready["carrier_desk"]) as desk,
        a_phone_that_can_ring(system) as (phone, rang, address),
    ):

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
            """Past our webhooks: LiveKit ends the ringing at 8 s, and for the carrier a phone that rang was reached."""
            async with phone.call(did, caller=caller) as call:
                code, seconds = await call.refused()
                assert (code, 7 < seconds < 11) == (486, True)
            assert not [leg for leg in rang if leg.caller == caller]

        direct = {"did": "+12065550102", "mode": "sip", "gateway": system.sip}
        await desk.routes({**direct, "forward_on_failure": "+12075550111"}, phones={"+12075550111": address})
        waited, *_ = await asyncio.gather(
            leaves_a_message("+12065550120"),
            is_passed_on("+12065550121"),
            is_direct("+12065550102", "+12065550142"),
        )
        assert waited < 12

    message = await the_message(system, "+12065550120")
    left = await system.told_by_carrier("+12065550120")
    assert (left.disposition, left.outcome) == ("NO_ANSWER", "VOICEMAIL")
    audio = Path(message["path"]).read_bytes()
    assert audio[:4] == b"RIFF" and message["seconds"] > 1
    assert "chairs" in (await words_in(system, audio)).lower()
    passed_on = await system.told_by_carrier("+12065550121")
    assert (passed_on.disposition, passed_on.outcome) == ("NO_ANSWER", "FORWARDED")
    await system.until_alert("not_answered")


BLOCKED, FULL_HOUSE, CHURCH = "+12065550166", "+13125550130", "+12065550100"
VOICEMAIL = r"nobody can take your call.*message after the tone"


async def test_given_a_carrier_that_refuses_or_fails_at_a_command_then_each_caller_hears_the_next_rung(
    system: System,
) -> None:
    def refuses(command: str, caller: str, status: int, code: str) -> dict[str, Any]:
        return {"command": command, "caller": caller, "status": status, "code": code}

    def fails(command: str, caller: str, outcome: str) -> dict[str, Any]:
        return {"command": command, "caller": caller, "outcome": outcome}

    faults = [
        refuses("transfer", "+12065550171", 422, "10016"),
        refuses("transfer", "+12065550172", 403, "10010"),
        fails("playback_start", "+12065550172", "failed"),
        fails("playback_start", BLOCKED, "file_not_found"),
        refuses("playback_start", "+12065550173", 422, "90033"),
        fails("playback_start", "+12065550174", "unknown"),
        refuses("speak", "+12065550174", 422, "10015"),
        refuses("transfer", "+12065550175", 422, "90033"),
        fails("record_start", "+12065550175", "Internal server error"),
        refuses("transfer", "+12065550176", 401, "10009"),
        refuses("answer", "+12065550176", 422, "90033"),
    ]
    async with (
        CarrierControl(system.ready["carrier_desk"]) as desk,
        a_phone_that_can_ring(system) as (phone, rang, _),
    ):
        await desk.faults(commands=faults)

        async def hears(did: str, caller: str, *words: str) -> None:
            async with phone.call(did, caller=caller) as call:
                await call.answered(6)
                for each in words:
                    await call.hears(each, 40)
                if VOICEMAIL not in words:
                    await call.ended(30)

        async def hears_nothing(did: str, caller: str) -> None:
            async with phone.call(did, caller=caller) as call:
                await call.answered(6)
                await call.ended(10)
                assert not re.search(r"\w{3}", await call.words())

        async def is_busy(caller: str) -> None:
            async with phone.call(CHURCH, caller=caller) as call:
                code, seconds = await call.refused(6)
                assert (code, seconds < 4) == (486, True)

        await asyncio.gather(
            hears(CHURCH, "+12065550171", VOICEMAIL),
            # both the agent's and the forward's transfer are refused
            hears(HARBOR, "+12065550172", VOICEMAIL),
            hears(CHURCH, BLOCKED, r"not accepting calls"),
            hears(FULL_HOUSE, "+12065550173", r"can.t take any more calls"),
            hears_nothing(FULL_HOUSE, "+12065550174"),
            hears(CHURCH, "+12065550175", r"message after the tone.*message could not be recorded"),
            is_busy("+12065550176"),
        )
        assert not rang
        spoken = {call["legs"][0]["from"]: call["legs"][0]["commands"] for call in await desk.calls()}
        await desk.clear()
    assert spoken[BLOCKED] == ["answer", "playback_start", "speak", "hangup"]
    record = await system.told_by_carrier("+12065550175")
    told = {event.kind: event.fields for event in record.events}
    assert told["command_refused"]["command"] == "transfer"
    assert told["carrier.recording.error"]["detail"] == "Internal server error"
    for what in ("transfer", "answer", "say", "playback.ended", "recording.error"):
        await system.until_alert(f"carrier_failed:{what}")


async def the_message(system: System, caller: str) -> dict[str, Any]:
    """The caller's voicemail, once its audio lies in the recordings' folder."""
    async with asyncio.timeout(15):
        while True:
            found = (await system.record_of(caller)).recordings
            if found and found[0]["path"]:
                return found[0]
            await asyncio.sleep(0.2)


async def words_in(system: System, wav: bytes) -> str:
    assert system.lab is not None
    with wave.open(io.BytesIO(wav)) as sound:
        return await system.lab.hear(sound.readframes(sound.getnframes()), sound.getframerate())
