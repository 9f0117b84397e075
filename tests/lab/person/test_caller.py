"""The simulated caller against a desk that answers by energy alone; both live by the wire's ticks, so time is fast."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from livekit import rtc

from lab.base import sound
from lab.person.caller import CallerReport, SimulatedCaller
from lab.person.line import EmbeddedLine
from lab.person.scenario import Scenario
from lab.person.wire import Wire

FAST = 0.001
GREETING = 0.6


def voice(seconds: float, rate: int = 24000) -> bytes:
    return sound.to_pcm((0.2 * np.sin(2 * np.pi * 300 * np.arange(round(seconds * rate)) / rate)).astype(np.float32))


async def speech(text: str, voice_name: str) -> bytes:
    """A tone of 0.1 s a word, with silence around it as a synthesiser has."""
    quiet = bytes(24000)
    return quiet + voice(0.1 * len(text.split())) + quiet


@dataclass
class Desk:
    """Greets, and answers each line of the caller `delay_frames` after its end with the next reply (seconds)."""

    wire: Wire
    line: EmbeddedLine
    greeting: Sequence[float] = (GREETING,)
    """Seconds of sound and of silence, by turns."""
    replies: Sequence[float] = (0.5,) * 9
    delay_frames: int = 15
    yields: bool = True
    heard: bytearray = field(default_factory=bytearray)

    async def run(self) -> None:
        self.wire.connect()
        for index, seconds in enumerate(self.greeting):
            await self._say(seconds, 300 if index % 2 == 0 else 0)
        replies, spoken, quiet = list(self.replies), 0, 0
        async for frame in self.line.audio_input:
            self.heard += bytes(frame.data)
            if sound.level(sound.from_pcm(bytes(frame.data))) > sound.VOICED:
                spoken, quiet = spoken + 1, 0
                if spoken == 10 and self.yields:
                    self.line.audio_output.clear_buffer()
            elif spoken:
                quiet += 1
                if quiet == self.delay_frames:
                    spoken = 0
                    if replies:
                        await self._say(replies.pop(0), 300)
                    else:
                        await self.line.hang_up("goodbye")

    async def _say(self, seconds: float, level: int) -> None:
        pcm = voice(seconds) if level else bytes(round(seconds * 24000) * 2)
        await self.line.audio_output.capture_frame(rtc.AudioFrame(pcm, 24000, 1, len(pcm) // 2))
        self.line.audio_output.flush()


@dataclass
class Call:
    report: CallerReport
    desk: Desk
    caller: SimulatedCaller


@asynccontextmanager
async def desk_of(scenario: Scenario, **settings: Any) -> AsyncIterator[Desk]:
    async with Wire(scenario.codec, tick_seconds=FAST) as wire:
        desk = Desk(wire, EmbeddedLine(wire, did=scenario.did, caller=scenario.caller), **settings)
        running = asyncio.create_task(desk.run())
        try:
            yield desk
        finally:
            wire.end("caller", "test_over")
            await running


async def call(steps: list[Any], *, desk: dict[str, Any] | None = None, caller: Any = None, **fields: Any) -> Call:
    scenario = Scenario.model_validate({"name": "test", "description": "", "steps": steps, **fields})
    async with desk_of(scenario, **(desk or {})) as answering, asyncio.timeout(20):
        simulated = SimulatedCaller(scenario, answering.wire, speech, **(caller or {}))
        return Call(await simulated.run(), answering, simulated)


async def test_given_two_lines_when_called_then_each_waits_for_the_agent_and_its_latency_is_heard() -> None:
    made = await call([{"say": "one two three four five"}, {"say": "six seven eight"}], desk={"replies": (0.5,)})
    report = made.report
    assert report.greeting_first_sound_after_answer_ms is not None
    assert report.greeting_first_sound_after_answer_ms < 60
    assert [line.text for line in report.lines] == ["one two three four five", "six seven eight"]
    first, second = report.lines
    assert first.started_ms == pytest.approx(600 + 800, abs=80)
    assert first.ended_ms - first.started_ms == pytest.approx(500, abs=10)
    assert report.turn_latencies_ms == (pytest.approx(320, abs=40),)
    assert second.started_ms - report.agent_spoke_ms[1][1] == pytest.approx(800, abs=80)
    assert (report.ended_by, report.end_reason) == ("agent", "goodbye")


async def test_given_a_pause_within_the_greeting_when_called_then_the_caller_waits_for_its_end() -> None:
    made = await call([{"say": "hello"}], desk={"greeting": (0.5, 0.6, 0.5)})
    assert made.report.lines[0].started_ms == pytest.approx(1600 + 800, abs=80)


async def test_given_an_interruption_when_the_agent_speaks_then_it_comes_so_far_into_it() -> None:
    made = await call(
        [{"interrupt": {"say": "stop stop stop stop stop", "after_seconds": 1.0}}], desk={"greeting": (9.0,)}
    )
    line = made.report.lines[0]
    assert line.started_ms == pytest.approx(1000, abs=80)
    assert line.yielded_ms == pytest.approx(200, abs=60)
    assert line.latency_ms == pytest.approx(320, abs=40)


async def test_given_an_agent_that_does_not_yield_when_interrupted_then_no_latency_is_claimed() -> None:
    made = await call([{"interrupt": "stop"}], desk={"greeting": (3.0,), "yields": False, "replies": ()})
    assert made.report.lines[0].latency_ms is None
    assert made.report.lines[0].yielded_ms == pytest.approx(2000, abs=80)


@pytest.mark.parametrize(
    ("step", "ends_ms"),
    [
        ("hang_up", 0),
        ({"hang_up": {"after_seconds": 0.3}}, 300),
        ({"hang_up": {"when": "agent_speaking", "after_seconds": 0.3}}, 300),
    ],
)
async def test_given_a_hang_up_when_its_time_comes_then_the_caller_is_gone(step: Any, ends_ms: float) -> None:
    report = (await call([step])).report
    assert report.duration_seconds * 1000 == pytest.approx(ends_ms, abs=80)
    assert (report.ended_by, report.end_reason) == ("caller", "caller_hung_up")


async def test_given_a_line_when_hung_up_soon_after_it_then_it_ends_within_the_agents_thinking() -> None:
    report = (await call([{"say": "one two three"}, {"hang_up": {"after_seconds": 0.1}}])).report
    assert report.duration_seconds * 1000 - report.lines[0].ended_ms == pytest.approx(120, abs=60)
    assert report.turn_latencies_ms == ()


async def test_given_nobody_answers_when_the_patience_is_over_then_the_call_is_abandoned() -> None:
    scenario = Scenario.model_validate(
        {"name": "t", "description": "", "steps": [{"hang_up": {"when": "ringing", "after_seconds": 0.1}}]}
    )
    async with Wire() as wire:
        report = await SimulatedCaller(scenario, wire, speech).run()
    assert (report.answered_after_seconds, report.ended_by, report.wav) == (None, "caller", b"")


async def test_given_a_refusal_when_called_then_its_code_is_reported() -> None:
    scenario = Scenario.model_validate({"name": "t", "description": "", "steps": [{"say": "hello"}]})
    async with Wire() as wire:
        calling = asyncio.create_task(SimulatedCaller(scenario, wire, speech).run())
        await asyncio.sleep(0.05)
        await EmbeddedLine(wire, did="1", caller=None).reject(486)
        report = await calling
    assert (report.ended_by, report.sip_code, report.lines) == ("system", 486, ())


async def test_given_a_silent_agent_when_the_patience_is_over_then_the_caller_goes_on_and_gives_up() -> None:
    made = await call(
        [{"say": "hello"}], desk={"greeting": (), "delay_frames": 9999}, patience_seconds=2, linger_seconds=3
    )
    assert made.report.lines[0].started_ms == pytest.approx(2000, abs=80)
    assert made.report.greeting_first_sound_after_answer_ms is None
    assert made.report.ended_by == "caller"
    assert made.report.duration_seconds == pytest.approx(5.2, abs=0.2)


async def test_given_silence_when_it_is_over_then_the_caller_speaks_on() -> None:
    made = await call([{"silence": 5}, {"say": "sorry"}])
    assert made.report.lines[0].started_ms == pytest.approx(5000, abs=80)


async def test_given_keys_when_pressed_then_the_agent_gets_them_after_its_turn() -> None:
    made = await call([{"press": "42#"}, "hang_up"])
    assert [digit async for digit in made.desk.line.digits()] == ["4", "2", "#"]
    assert made.report.duration_seconds * 1000 == pytest.approx(600 + 800 + 600, abs=100)


async def test_given_an_answer_to_what_was_heard_when_asked_then_it_comes_before_the_next_line() -> None:
    asked = iter(["How can I help?", "And what is your name, please?", "Thank you. Goodbye."])
    turns: list[bytes] = []

    async def hear(pcm: bytes) -> str:
        turns.append(pcm)
        return next(asked)

    made = await call(
        [{"say": "one two"}, {"say": "three"}],
        answers=[{"heard": "your NAME", "say": "it is Maria"}],
        desk={"replies": (0.4, 0.4)},
        caller={"hear": hear},
    )
    assert [line.text for line in made.report.lines] == ["one two", "it is Maria", "three"]
    seconds = [len(sound.trimmed(sound.from_pcm(turn), 16000)) / 16000 for turn in turns]
    assert seconds[:2] == [pytest.approx(GREETING + 0.04, abs=0.04), pytest.approx(0.44, abs=0.04)]


async def test_given_lines_when_announced_then_each_comes_with_its_length_before_it_is_spoken() -> None:
    announced: list[tuple[str, float]] = []

    async def announce(text: str, seconds: float) -> None:
        announced.append((text, seconds))

    await call([{"say": "one two three"}, "hang_up"], caller={"announce": announce})
    assert announced == [("one two three", pytest.approx(0.34, abs=0.03))]


@pytest.mark.parametrize("codec", ["wideband", "g711"])
async def test_given_a_call_when_kept_as_wav_then_both_are_on_their_side_at_their_time(
    codec: str, tmp_path: Path
) -> None:
    made = await call([{"say": "one two three four five"}], codec=codec, desk={"replies": ()})
    made.caller.write_wav(tmp_path / "call.wav")
    assert (tmp_path / "call.wav").read_bytes() == made.report.wav
    with wave.open(io.BytesIO(made.report.wav)) as file:
        both = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
    line, agent = made.report.lines[0], made.report.agent_spoke_ms
    for side, start, end in ((0, line.started_ms, line.ended_ms), (1, agent[0][0], agent[-1][1])):
        span = sound.voiced_span(sound.from_pcm(both[:, side].tobytes()), 16000)
        assert span is not None
        # the wav begins a frame before the answer: with what was said until the first moment
        assert span[0] / 16 - 20 == pytest.approx(start, abs=12)
        assert span[1] / 16 - 20 == pytest.approx(end, abs=12)


async def test_given_noise_when_speaking_and_silent_then_it_stands_so_far_below_the_voice() -> None:
    made = await call(
        [{"say": "one two three four five"}], noise_snr_db=15, desk={"delay_frames": 9999}, linger_seconds=1
    )
    heard = sound.from_pcm(bytes(made.desk.heard))
    loudest = max(sound.level_db(frame) for frame in sound.frames_of(heard, 320))
    assert loudest - sound.level_db(heard[: round(16000 * 0.8)]) == pytest.approx(15, abs=1.5)


async def test_given_a_call_without_an_end_when_its_limit_is_over_then_the_caller_hangs_up() -> None:
    made = await call([{"listen": 9}], max_seconds=3)
    assert made.report.duration_seconds == pytest.approx(3, abs=0.1)


async def test_given_a_call_when_the_caller_is_cancelled_then_it_hangs_up() -> None:
    scenario = Scenario.model_validate({"name": "t", "description": "", "steps": [{"silence": 60}]})
    async with desk_of(scenario) as desk:
        calling = asyncio.create_task(SimulatedCaller(scenario, desk.wire, speech).run())
        await asyncio.sleep(0.2)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert (await desk.line.ended()).by == "caller"
