"""Calls that nobody can take, as there is no worker: they ring no longer than they should, and one record says why."""

import asyncio
import io
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
    left = await system.told_by_carrier("+12065550120")
    assert (left.disposition, left.outcome) == ("NO_ANSWER", "VOICEMAIL")
    audio = Path(message["path"]).read_bytes()
    assert audio[:4] == b"RIFF" and message["seconds"] > 1
    assert "chairs" in (await words_in(system, audio)).lower()
    passed_on = await system.told_by_carrier("+12065550121")
    assert (passed_on.disposition, passed_on.outcome) == ("NO_ANSWER", "FORWARDED")
    await system.until_alert("not_answered")


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
