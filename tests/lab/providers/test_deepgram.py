"""Deepgram's wire, through the unchanged plugin."""

import asyncio
import itertools
import re
import uuid
from collections.abc import Sequence

import pytest
from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, APIStatusError, stt
from livekit.plugins import deepgram

from lab.base.sound import from_pcm, resample, to_pcm
from lab.providers.control import LabControl

pytestmark = pytest.mark.usefixtures("plugins")

RATE = 16_000
ONCE = APIConnectOptions(max_retry=0, timeout=2.0)
SILENCE = b"\0\0" * RATE
Kind = stt.SpeechEventType


def recogniser(lab: LabControl, key: str = "any", **more: object) -> deepgram.STT:
    return deepgram.STT(base_url=f"{lab.url}/v1/listen", api_key=key, **more)  # type: ignore[arg-type]


async def spoken(lab: LabControl, text: str, voice: str = "alloy") -> bytes:
    return to_pcm(resample(from_pcm(await lab.say(text, voice)), 24_000, RATE))


async def heard(
    lab: LabControl, pcm: bytes, *, speed: float = 8.0, finish: bool = True, key: str = "any", call: str = ""
) -> list[stt.SpeechEvent]:
    """The events of a stream into which `pcm` is spoken at `speed` × real time; unless `finish`, until it breaks.

    (The plugin's own end comes late: its keep-alive notices it after 5 s. So the lab is asked.)
    """
    call = call or uuid.uuid4().hex
    stream = recogniser(lab, key, tags=[call]).stream(conn_options=ONCE)
    events: list[stt.SpeechEvent] = []

    async def listen() -> None:
        async for event in stream:
            events.append(event)

    async def speak() -> None:
        for at in range(0, len(pcm) - 639, 640):
            try:
                stream.push_frame(rtc.AudioFrame(pcm[at : at + 640], RATE, 1, 320))
            except RuntimeError:
                # it has broken, and whoever listens is told of what
                await listening
                raise
            await asyncio.sleep(0.02 / speed)
        if not finish:
            await listening
        while call not in await open_calls(lab):
            await asyncio.sleep(0.02)
        stream.end_input()
        while call in await open_calls(lab):
            await asyncio.sleep(0.02)

    listening, speaking = asyncio.create_task(listen()), asyncio.create_task(speak())
    try:
        async with asyncio.timeout(30):
            done, _ = await asyncio.wait((listening, speaking), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        return events
    finally:
        for task in (listening, speaking):
            task.cancel()
        await asyncio.gather(listening, speaking, return_exceptions=True)
        await stream.aclose()


async def open_calls(lab: LabControl) -> set[str]:
    return {name for stream in await lab.streams() for name in stream["names"]}


def finals(events: Sequence[stt.SpeechEvent]) -> list[str]:
    return [e.alternatives[0].text for e in events if e.type == Kind.FINAL_TRANSCRIPT]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def errors(want: str, got: str) -> int:
    """Words that were inserted, left out or changed."""
    a, b = words(want), words(got)
    row = list(range(len(b) + 1))
    for i, word in enumerate(a, 1):
        above, row = row, [i]
        for j, other in enumerate(b, 1):
            row.append(min(row[-1] + 1, above[j] + 1, above[j - 1] + (word != other)))
    return row[-1]


async def test_given_sentences_of_any_words_when_spoken_then_hardly_a_word_is_wrong(lab: LabControl) -> None:
    texts = [
        "I would like to know when the Sunday service starts.",
        "Could you please pray for my brother Daniel because he has surgery on Friday.",
        "My tomatoes were eaten by a very hungry raccoon last night.",
        "Please tell the landlord that the kitchen sink is leaking again.",
    ]
    wrong = total = 0
    for text, voice in zip(texts, ("alloy", "caller-1", "caller-2", "caller-3"), strict=True):
        events = await heard(lab, await spoken(lab, text, voice) + SILENCE)
        wrong += errors(text, " ".join(finals(events)))
        total += len(words(text))
    assert wrong / total < 0.1


async def test_given_speech_when_it_goes_on_then_interims_come_and_the_end_is_told(lab: LabControl) -> None:
    pcm = await spoken(lab, "Please tell the landlord that the kitchen sink is leaking again.")
    events = await heard(lab, SILENCE + pcm + SILENCE, speed=2.0)
    kinds = [e.type for e in events if e.type != Kind.RECOGNITION_USAGE]
    assert kinds[0] == Kind.START_OF_SPEECH
    assert kinds[-1] == Kind.END_OF_SPEECH
    assert kinds.count(Kind.INTERIM_TRANSCRIPT) >= 2
    assert kinds.index(Kind.INTERIM_TRANSCRIPT) < kinds.index(Kind.FINAL_TRANSCRIPT)


async def test_given_a_final_then_its_words_have_times_that_lie_within_the_speech(lab: LabControl) -> None:
    pcm = await spoken(lab, "The choir practises on Wednesday evenings.")
    events = await heard(lab, SILENCE + pcm + SILENCE)
    final = next(e for e in events if e.type == Kind.FINAL_TRANSCRIPT).alternatives[0]
    times = [(float(w.start_time), float(w.end_time)) for w in final.words or []]  # type: ignore[arg-type]
    assert len(times) == len(final.text.split())
    assert all(start < end for start, end in times)
    assert all(before[1] <= after[0] + 1e-6 for before, after in itertools.pairwise(times))
    assert 0.8 < times[0][0] < 1.2
    assert abs(times[-1][1] - (1 + len(pcm) / 2 / RATE)) < 0.3
    assert final.confidence > 0.5


async def test_given_two_utterances_then_two_finals_in_their_order(lab: LabControl) -> None:
    first, second = await spoken(lab, "I come from Portland."), await spoken(lab, "I live in Seattle now.")
    got = finals(await heard(lab, first + SILENCE + second + SILENCE))
    assert len(got) == 2
    assert "portland" in got[0].lower()
    assert "seattle" in got[1].lower()


async def test_given_speech_that_was_not_followed_by_quiet_when_finalised_then_its_words_come(lab: LabControl) -> None:
    pcm = await spoken(lab, "Is anybody there today?")
    # The input ends right after the last word: the plugin sends Finalize, then CloseStream.
    assert "anybody" in " ".join(finals(await heard(lab, pcm))).lower()


async def test_given_audio_faster_than_real_time_then_nothing_is_lost(lab: LabControl) -> None:
    pcm = await spoken(lab, "When does the office open on Monday?")
    got = finals(await heard(lab, (pcm + SILENCE) * 3, speed=1000.0))
    assert len(got) == 3
    assert all("monday" in text.lower() for text in got)


async def test_given_several_streams_at_once_then_each_hears_its_own(lab: LabControl) -> None:
    texts = ["The roses are red.", "The violets are blue.", "The sugar is sweet."]
    voices = [await spoken(lab, text) for text in texts]
    all_heard = await asyncio.gather(*(heard(lab, pcm + SILENCE, speed=4.0) for pcm in voices))
    for text, events in zip(texts, all_heard, strict=True):
        assert errors(text, " ".join(finals(events))) <= 1


async def test_given_silence_or_noise_or_a_dial_tone_then_no_words_are_invented(lab: LabControl) -> None:
    import numpy as np

    times = np.arange(2 * RATE) / RATE
    noise = np.random.default_rng(1).normal(0, 0.06, 2 * RATE).astype(np.float32)
    tone = (0.2 * np.sin(2 * np.pi * 697 * times) + 0.2 * np.sin(2 * np.pi * 1209 * times)).astype(np.float32)
    sounds = SILENCE + to_pcm(noise) + SILENCE + to_pcm(tone) + SILENCE
    events = await heard(lab, sounds + await spoken(lab, "Hello there.") + SILENCE, speed=20.0)
    assert [words(text)[0] for text in finals(events)] == ["hello"]


async def test_given_words_told_beforehand_when_something_is_spoken_then_they_are_the_result(lab: LabControl) -> None:
    pcm = await spoken(lab, "One thing. And another.")
    await lab.expect(["Quite different words"], seconds=[len(pcm) / 2 / RATE])
    events = await heard(lab, pcm + SILENCE)
    assert finals(events) == ["Quite different words"]


async def test_given_words_told_for_a_stream_then_only_it_takes_them(lab: LabControl) -> None:
    pcm = await spoken(lab, "Good morning.")
    await lab.expect(["for the other"], stream="other-call")
    assert "morning" in finals(await heard(lab, pcm + SILENCE, call="this-call"))[0].lower()
    assert finals(await heard(lab, pcm + SILENCE, call="other-call")) == ["for the other"]


async def test_given_a_bad_key_then_the_plugin_sees_a_401(lab: LabControl) -> None:
    with pytest.raises(APIStatusError) as error:
        await heard(lab, SILENCE, key="bad")
    assert error.value.status_code == 401


async def test_given_a_status_fault_then_the_plugin_sees_it(lab: LabControl) -> None:
    async with lab.faulty("stt", "status", status=429):
        with pytest.raises(APIStatusError) as error:
            await heard(lab, SILENCE)
    assert error.value.status_code == 429


@pytest.mark.parametrize("kind", ["refuse", "hang"])
async def test_given_no_answer_then_the_plugin_cannot_connect(lab: LabControl, kind: str) -> None:
    async with lab.faulty("stt", kind, seconds=4):  # type: ignore[arg-type]
        with pytest.raises(APIConnectionError):
            await heard(lab, SILENCE)


async def test_given_a_cut_then_the_plugin_loses_the_open_stream(lab: LabControl) -> None:
    pcm = await spoken(lab, "You will not hear this.")
    async with lab.faulty("stt", "cut"):
        with pytest.raises((APIStatusError, APIConnectionError)):
            await heard(lab, pcm + SILENCE, finish=False)


@pytest.mark.parametrize("kind", ["silent", "blank"])
async def test_given_a_lifeless_recogniser_then_its_stream_stands_and_gives_no_words(
    lab: LabControl, kind: str
) -> None:
    pcm = await spoken(lab, "You will not hear this.")
    async with lab.faulty("stt", kind):  # type: ignore[arg-type]
        events = await heard(lab, pcm + SILENCE * 2)
    assert not any(each.text for event in events for each in event.alternatives)


async def test_given_a_cut_at_once_then_an_open_stream_breaks_while_nobody_speaks(lab: LabControl) -> None:
    listening = asyncio.create_task(heard(lab, SILENCE * 8, speed=4.0, finish=False))
    while not await lab.streams():
        await asyncio.sleep(0.02)
    await lab.fault("stt", "cut", now=True)
    with pytest.raises((APIStatusError, APIConnectionError)):
        await listening


async def test_given_a_recording_when_posted_whole_then_its_words_are_answered(lab: LabControl) -> None:
    pcm = await spoken(lab, "The meeting is in the library.")
    event = await recogniser(lab).recognize(rtc.AudioFrame(pcm, RATE, 1, len(pcm) // 2), conn_options=ONCE)
    assert "library" in event.alternatives[0].text.lower()
