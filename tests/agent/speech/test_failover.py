"""One provider fails and the next one serves the same request: real clients against the lab's providers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from livekit import rtc
from livekit.agents import APIError, APIStatusError, llm, stt
from pydantic import SecretStr
from speech_settings import speech_settings

from agent.businesses.business import business_of
from agent.speech import chain as chain_module
from agent.speech.chain import Switch
from agent.speech.engines import Voices, connections, open_engines, voices_for
from agent.speech.providers import probed
from lab.providers.control import LabControl
from shared.config import needed

FAULTS: dict[str, dict[str, Any]] = {
    "refuse": {"kind": "refuse"},
    "429": {"kind": "status", "status": 429},
    "503": {"kind": "status", "status": 503},
    "hang": {"kind": "hang", "seconds": 60.0},
    "cut": {"kind": "cut"},
}
LIFELESS: dict[str, dict[str, Any]] = {
    "blanks": {"kind": "blank", "seconds": 60.0},
    "nothing": {"kind": "silent", "seconds": 60.0},
}
"""Of a model that reports no failure."""
PATIENCE_SECONDS = 30.0
SENTENCE = "The office is open on Monday, Wednesday and Friday, from nine to five o'clock."


def _some(*names: str) -> list[tuple[str, dict[str, Any]]]:
    """For those that need sound, which takes its time; `bench.failover` runs all."""
    return [(name, FAULTS[name]) for name in names]


class Served:
    """The engines of one call, and what they report."""

    def __init__(self, voices: Voices) -> None:
        self.voices = voices
        self.switches: list[Switch] = []
        self.models: list[str] = []
        """Of the usage: each names the model that has served."""
        voices.trust.on_switch = self.switches.append
        for each in (voices.ears, voices.mind, voices.mouth):
            each.on("metrics_collected", lambda metrics: self.models.append(metrics.metadata.model_name))


@pytest.fixture
async def ear() -> Any:
    from agent.speech.engines import load_ear

    return await asyncio.to_thread(load_ear)


@asynccontextmanager
async def serving(folder: Path, lab: LabControl, ear: Any, **changes: Any) -> AsyncIterator[Served]:
    settings = needed(speech_settings(folder, "postgresql://u@127.0.0.1:1/d", "redis://127.0.0.1:1", lab.url, 1).speech)
    patient = {"llm_silence_seconds": PATIENCE_SECONDS, "tts_silence_seconds": 3.0, "switch_seconds": 1.0}
    settings = settings.model_copy(update=patient | changes)
    template = business_of("church").template
    async with (
        connections(),
        open_engines(settings, ear) as engines,
        voices_for(settings, template, engines) as voices,
        asyncio.timeout(PATIENCE_SECONDS * 2),
    ):
        yield Served(voices)


async def answer(mind: llm.LLM, words: str = "When is your Sunday service?") -> str:
    context = llm.ChatContext()
    context.add_message(role="system", content="You answer the telephone of a church.")
    context.add_message(role="user", content=words)
    async with mind.chat(chat_ctx=context) as stream:
        return "".join([(chunk.delta and chunk.delta.content) or "" async for chunk in stream])


@pytest.mark.requirement("OP-87", "OP-88", "OP-89", "OP-57")
async def test_given_each_fault_of_the_model_then_the_next_one_answers_and_repeats_no_word(
    tmp_path: Path, lab: LabControl, ear: Any
) -> None:
    async with serving(tmp_path, lab, ear) as served:
        expected = await answer(served.voices.mind)
    misses: list[Any] = []
    for name, fault in {**FAULTS, **LIFELESS}.items():
        async with serving(tmp_path, lab, ear) as served, lab.faulty("llm", **fault, model="gpt-4o-mini"):
            said = await answer(served.voices.mind)
            [switch] = served.switches
            # a model that sent blanks is paid for them
            row = (said, switch.source, switch.target, served.models[-1:])
            if row != (expected, "openai/gpt-4o-mini", "openai/gpt-4.1-mini", ["gpt-4.1-mini"]) or not switch.error:
                misses.append((name, row))
            await answer(served.voices.mind)
            if len(served.switches) > 1:
                misses.append((name, "the next turn tried the dead one again"))
    assert misses == [] and expected


@pytest.mark.requirement("OP-87", "OP-89")
@pytest.mark.requirement("OP-94", part="to a word or two, by the voice's pace")
async def test_given_each_fault_of_the_synthesiser_then_the_next_one_says_the_rest(
    tmp_path: Path, lab: LabControl, ear: Any
) -> None:
    misses: list[Any] = []
    lifeless = [("digital silence", {"kind": "zeros"}), ("no sound", {"kind": "silent"})]
    for name, fault in (*_some("hang", "cut", "503"), *lifeless):
        at = {"at": 15} if name == "cut" else {}
        async with serving(tmp_path, lab, ear) as served, lab.faulty("tts", **fault, **at, model="tts-1"):
            frame = await served.voices.mouth.synthesize(SENTENCE).collect()
            heard = (await lab.hear(bytes(frame.data), frame.sample_rate)).lower()
            [switch] = served.switches
            once = [heard.count(word) for word in ("office", "wednesday", "friday")]
            row = (switch.source, switch.target, served.models[-1:])
            if row != ("openai/tts-1", "deepgram/aura-2", ["aura-2-thalia-en"]) or once != [1, 1, 1]:
                misses.append((name, row, heard))
    assert misses == []


async def recognised(ears: stt.STT, pcm: bytes, rate: int, after_half: Any) -> str:
    """The final words of an utterance, of which the second half comes after `after_half`."""
    step = rate // 50
    frames = [
        rtc.AudioFrame(pcm[at : at + step * 2].ljust(step * 2, b"\0"), rate, 1, step)
        for at in range(0, len(pcm), step * 2)
    ]
    quiet = rtc.AudioFrame(bytes(step * 2), rate, 1, step)
    words: list[str] = []
    async with ears.stream() as stream:

        async def speak() -> None:
            for at, frame in enumerate(frames):
                if at == len(frames) // 2:
                    await after_half()
                stream.push_frame(frame)
                await asyncio.sleep(0.005)
            while True:
                stream.push_frame(quiet)
                await asyncio.sleep(0.02)

        speaking = asyncio.create_task(speak())
        try:
            async for event in stream:
                if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT:
                    words.append(event.alternatives[0].text)
                    if "sunday" in " ".join(words).lower():
                        return " ".join(words)
        finally:
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)
    return " ".join(words)


@pytest.mark.requirement("OP-87", "OP-89")
async def test_given_each_fault_of_the_recogniser_then_the_next_one_gets_the_whole_utterance(
    tmp_path: Path, lab: LabControl, ear: Any
) -> None:
    pcm, rate = await lab.say("When is your service on Sunday?"), 24_000
    misses: list[Any] = []
    for name, fault in _some("hang", "cut", "503"):
        async with serving(tmp_path, lab, ear) as served:

            async def nothing() -> None:
                pass

            async def cut(served: Served = served) -> None:
                await lab.fault("stt", "refuse", model="nova-3")
                await lab.fault("stt", "cut", now=True, model="nova-3")
                while not served.switches:
                    await asyncio.sleep(0.01)

            if name != "cut":
                await lab.fault("stt", **fault, model="nova-3")
            heard = await recognised(served.voices.ears, pcm, rate, cut if name == "cut" else nothing)
            await lab.clear("stt")
            [switch] = served.switches
            row = (switch.source, switch.target, served.models[-1:])
            if "service" not in heard.lower() or row != ("deepgram/nova-3", "openai/whisper-1", ["whisper-1"]):
                misses.append((name, row, heard))
    assert misses == []


async def test_given_every_recogniser_down_then_the_stream_fails_once_each_has_met_the_utterance(
    tmp_path: Path, lab: LabControl, ear: Any
) -> None:
    pcm = await lab.say("When is your service on Sunday?")

    async def nothing() -> None:
        pass

    async with serving(tmp_path, lab, ear) as served, lab.faulty("stt", "status", status=429):
        with pytest.raises(APIError):
            await recognised(served.voices.ears, pcm, 24_000, nothing)
        assert [switch.target for switch in served.switches] == ["openai/whisper-1", None] * 2


async def test_given_the_first_recogniser_back_then_the_call_returns_to_it_after_the_next_words(
    tmp_path: Path, lab: LabControl, ear: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain_module, "HOLD_SECONDS", 0.0)
    pcm, served_by = await lab.say("When is your service on Monday?"), []
    async with serving(tmp_path, lab, ear) as served:
        await lab.fault("stt", "refuse", model="nova-3")
        served.voices.ears.on("metrics_collected", lambda metrics: served_by.append(metrics.metadata.model_name))

        async def nothing() -> None:
            pass

        listening = asyncio.create_task(recognised(served.voices.ears, pcm, 24_000, nothing))
        while not served.switches:
            await asyncio.sleep(0.01)
        await lab.clear("stt")
        while "whisper-1" not in served_by or served_by[-1] != "nova-3":
            await asyncio.sleep(0.05)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


@pytest.mark.requirement("OP-92")
async def test_given_a_request_that_is_our_own_fault_then_no_other_provider_is_asked(
    tmp_path: Path, lab: LabControl, ear: Any
) -> None:
    async with serving(tmp_path, lab, ear) as served, lab.faulty("llm", "status", status=400, model="gpt-4o-mini"):
        with pytest.raises(APIStatusError):
            await answer(served.voices.mind)
        assert served.switches == []


@pytest.mark.requirement("OP-93", part="a call leaves out what has failed it")
async def test_given_a_provider_that_is_of_no_use_then_a_call_to_distrust_switches_its_running_request(
    tmp_path: Path, lab: LabControl, ear: Any
) -> None:
    async with (
        serving(tmp_path, lab, ear, switch_seconds=PATIENCE_SECONDS) as served,
        lab.faulty("llm", "hang", seconds=60.0, model="gpt-4o-mini"),
    ):
        reply = asyncio.create_task(answer(served.voices.mind))
        while not served.voices.mind.chain.busy:
            await asyncio.sleep(0.01)
        assert served.voices.distrust("llm")
        assert await reply
        [switch] = served.switches
        assert (switch.source, switch.target) == ("openai/gpt-4o-mini", "openai/gpt-4.1-mini")
        assert served.voices.distrust("llm") is False, "both are left out now"


@pytest.mark.requirement("OP-93", part="each kind of provider is probed")
async def test_given_each_kind_of_provider_then_a_small_probe_tells_whether_it_serves(
    tmp_path: Path, lab: LabControl, ear: Any
) -> None:
    names = ("stt:deepgram/nova-3", "stt:openai/whisper-1", "llm:openai/gpt-4.1-mini", "llm:other/llama")
    names = (*names, "tts:openai/tts-1", "tts:deepgram/aura-2")
    other = {"other_llm_base_url": f"{lab.url}/v1", "other_llm_api_key": SecretStr("lab"), "other_llm_model": "llama"}
    async with serving(tmp_path, lab, ear, **other) as served:
        speech, http = served.voices.speech, served.voices.engines.talking
        assert [link.name for link in served.voices.mind.chain.links][-1] == "other/llama"
        for name in names:
            await probed(name, speech=speech, http=http)
        for kind in ("stt", "llm", "tts"):
            await lab.fault(kind, "status", status=503)  # type: ignore[arg-type]
        for name in names:
            with pytest.raises(APIError):
                await probed(name, speech=speech, http=http)
