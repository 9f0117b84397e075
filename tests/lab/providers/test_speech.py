"""OpenAI's speech, through the unchanged plugin."""

import time

import httpx
import pytest
from livekit.agents import APIConnectionError, APIConnectOptions, APIStatusError
from livekit.plugins import openai

from lab.base.sound import from_pcm
from lab.providers.control import LabControl
from lab.providers.voice import VOICES

pytestmark = pytest.mark.usefixtures("plugins")

ONCE = APIConnectOptions(max_retry=0, timeout=2.0)


def speaker(lab: LabControl, key: str = "any", voice: str = "alloy") -> openai.TTS:
    return openai.TTS(model="tts-1", voice=voice, response_format="pcm", base_url=f"{lab.url}/v1", api_key=key)


async def seconds_of(lab: LabControl, text: str, key: str = "any") -> float:
    tts = speaker(lab, key)
    try:
        async with tts.synthesize(text, conn_options=ONCE) as stream:
            return sum([event.frame.duration async for event in stream])
    finally:
        await tts.aclose()


async def test_given_a_sentence_then_the_plugin_gets_its_sound(lab: LabControl) -> None:
    assert 1.5 < await seconds_of(lab, "Our Sunday service starts at ten o'clock.") < 5


async def test_given_a_spoken_sentence_when_listened_to_then_it_can_be_understood(lab: LabControl) -> None:
    for voice in VOICES:
        if voice.startswith(("caller", "espeak", "alloy")):
            text = await lab.hear(await lab.say("The service starts at ten in the morning.", voice), rate=24_000)
            assert "morning" in text.lower(), voice


async def test_given_callers_then_their_voices_differ(lab: LabControl) -> None:
    names = ["alloy", "caller-1", "caller-2", "caller-3", "caller-4", "espeak-us", "espeak-gb"]
    assert len({await lab.say("Hello.", name) for name in names}) == len(names)


async def test_given_any_sentence_then_it_begins_at_once(lab: LabControl) -> None:
    samples = from_pcm(await lab.say("Hello, how can I help you?", "alloy"))
    assert abs(samples[: 24 * 60]).max() > 0.01  # within 60 ms


async def test_given_the_same_words_twice_then_they_are_the_same_sound_and_come_faster(lab: LabControl) -> None:
    text = "This sentence has not been spoken before, and it is quite a long one, so that it takes a while."
    started = time.perf_counter()
    first = await lab.say(text)
    between = time.perf_counter()
    assert await lab.say(text) == first
    assert time.perf_counter() - between < between - started


async def test_given_wav_is_asked_for_then_a_wav_comes(lab: LabControl) -> None:
    body = {"model": "tts-1", "input": "Hello.", "voice": "alloy", "response_format": "wav"}
    headers = {"authorization": "Bearer any"}
    async with httpx.AsyncClient(base_url=lab.url, trust_env=False) as client:
        answer = await client.post("/v1/audio/speech", json=body, headers=headers)
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["x-request-id"]
    assert answer.content[:4] == b"RIFF"
    assert answer.content[44:] == await lab.say("Hello.", "alloy")


@pytest.mark.parametrize(
    "wrong", [{"voice": "nobody"}, {"input": ""}, {"input": "a" * 5000}, {"response_format": "mp3"}, {"speed": 9}]
)
async def test_given_input_that_cannot_be_spoken_then_a_400_says_why(lab: LabControl, wrong: dict[str, object]) -> None:
    body = {"model": "tts-1", "input": "Hello.", "voice": "alloy", "response_format": "pcm", **wrong}
    async with httpx.AsyncClient(base_url=lab.url, trust_env=False) as client:
        answer = await client.post("/lab/say", json=body)
    assert answer.status_code == 400
    assert next(iter(wrong)) in answer.json()["error"]["message"]


async def test_given_a_bad_key_then_the_plugin_sees_a_401(lab: LabControl) -> None:
    with pytest.raises(APIStatusError) as error:
        await seconds_of(lab, "Hello.", key="bad")
    assert error.value.status_code == 401


@pytest.mark.parametrize("status", [401, 429, 503])
async def test_given_a_status_fault_then_the_plugin_sees_it(lab: LabControl, status: int) -> None:
    async with lab.faulty("tts", "status", status=status):
        with pytest.raises(APIStatusError) as error:
            await seconds_of(lab, "Hello.")
    assert error.value.status_code == status


async def test_given_a_refusal_then_the_plugin_cannot_connect(lab: LabControl) -> None:
    async with lab.faulty("tts", "refuse"):
        with pytest.raises(APIConnectionError):
            await seconds_of(lab, "Hello.")


async def test_given_a_cut_then_the_plugin_loses_the_rest(lab: LabControl) -> None:
    async with lab.faulty("tts", "cut", at=3):
        with pytest.raises(APIConnectionError):
            await seconds_of(lab, "This is a sentence of which only the beginning is ever heard.")


async def test_given_a_delay_then_the_first_sound_is_late(lab: LabControl) -> None:
    await seconds_of(lab, "Hello.")
    async with lab.faulty("tts", "delay", seconds=0.4):
        started = time.perf_counter()
        await seconds_of(lab, "Hello.")
        assert time.perf_counter() - started >= 0.4


async def test_given_a_hang_then_nothing_comes_until_it_is_over(lab: LabControl) -> None:
    async with lab.faulty("tts", "hang", seconds=0.5):
        started = time.perf_counter()
        with pytest.raises(APIConnectionError):
            await seconds_of(lab, "Hello.")
        assert time.perf_counter() - started >= 0.5
