"""A caller is answered by the carrier itself: played and spoken to, recorded; keys are reported."""

import asyncio
import io
import wave

import httpx
import numpy as np
from carrier_world import WAV_HZ, Speaker, World
from sip_people import PHONE_HZ, Talk, loudest
from sip_world import until

HUM_HZ, BEEP_HZ = 300, 1000


async def test_given_several_things_to_say_then_they_are_heard_one_after_another(world: World) -> None:
    customer = world.customer
    phone, leg = await world.answered()
    async with Talk(phone) as caller:
        await customer.do(leg, "playback_start", audio_url=f"{customer.url}/tone.wav", client_state="b25l")
        await customer.do(leg, "speak", payload="Please leave a message after the tone.", voice="female")
        await until(lambda: abs(caller.hears - WAV_HZ) < 10, 3, "the caller hears the WAV")
        await until(lambda: abs(caller.hears - HUM_HZ) < 10, 3, "the caller hears the voice")
    ended = await customer.until("call.speak.ended")
    assert (ended.payload["status"], ended.payload["client_state"]) == ("completed", "b25l")
    assert customer.names[2:] == [
        "call.playback.started", "call.playback.ended", "call.speak.started", "call.speak.ended",
    ]  # fmt: skip
    await customer.do(leg, "playback_start", audio_url=f"{customer.url}/missing.wav")
    assert (await customer.until("call.playback.ended", status="file_not_found")).payload["media_url"]
    await customer.do(leg, "hangup")
    await asyncio.wait_for(phone.ended(), 2)
    end = await customer.until("call.hangup")
    assert (end.payload["hangup_cause"], end.payload["hangup_source"]) == ("normal_clearing", "callee")


async def test_given_a_recording_when_the_caller_falls_silent_then_what_they_said_can_be_fetched(world: World) -> None:
    customer = world.customer
    phone, leg = await world.answered()
    async with Speaker(phone) as caller:
        await customer.do(
            leg, "record_start", format="wav", channels="single", play_beep=True, timeout_secs=1, max_length=20
        )
        await until(lambda: abs(caller.hears - BEEP_HZ) < 10, 3, "the caller hears the beep")
        await asyncio.sleep(0.3)
        caller.hertz = PHONE_HZ
        await asyncio.sleep(1.0)
        caller.hertz = 0
        saved = await customer.until("call.recording.saved")
    assert phone.ending is None
    url = saved.payload["recording_urls"]["wav"]
    async with httpx.AsyncClient(trust_env=False) as client:
        data = (await client.get(url)).raise_for_status().content
        await world.control.expire_recordings()
        assert (await client.get(url)).status_code == 403
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getframerate()) == (1, phone.rate)
        samples, rate = np.frombuffer(file.readframes(file.getnframes()), np.int16), file.getframerate()
    assert 1.5 < len(samples) / rate < 3.5
    loud = np.flatnonzero(np.abs(samples) > 2000)
    assert 0.8 < (loud[-1] - loud[0]) / rate < 1.2
    assert abs(loudest(samples[loud[0] : loud[-1]], rate) - PHONE_HZ) < 10


async def test_given_a_recording_when_the_caller_hangs_up_then_it_is_saved_all_the_same(world: World) -> None:
    phone, leg = await world.answered()
    async with Talk(phone):
        await world.customer.do(leg, "record_start", format="wav", channels="single")
        await asyncio.sleep(0.5)
    await phone.hang_up()
    saved = await world.customer.until("call.recording.saved")
    assert saved.payload["recording_ended_at"] > saved.payload["recording_started_at"]
    assert (await world.customer.until("call.hangup")).payload["hangup_source"] == "caller"


async def test_given_a_recording_when_it_is_full_or_stopped_then_it_is_saved_and_the_call_goes_on(world: World) -> None:
    customer = world.customer
    phone, leg = await world.answered()
    await customer.do(leg, "record_start", format="wav", channels="single", max_length=1, client_state="Zmlyc3Q=")
    await customer.until("call.recording.saved", client_state="Zmlyc3Q=")
    await customer.do(leg, "record_start", format="wav", channels="dual", client_state="c2Vjb25k")
    await customer.do(leg, "record_stop")
    assert (await customer.until("call.recording.saved", client_state="c2Vjb25k")).payload["channels"] == "dual"
    assert phone.ending is None


async def test_given_an_answered_call_when_keys_are_pressed_then_a_webhook_reports_each(world: World) -> None:
    customer = world.customer
    phone, _ = await world.answered()
    await phone.press("12#")
    await customer.until("call.dtmf.received", digit="#")
    assert [event.payload["digit"] for event in customer.came if event.name == "call.dtmf.received"] == ["1", "2", "#"]
