"""The SIP line under a real AgentSession: what the phone at the other end hears, and what the session is told of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import Agent, AgentSession
from livekit.agents.utils import http_context
from livekit.agents.voice.io import PlaybackFinishedEvent
from unforeseen import Breaking, reported

from lab.base import sound
from lab.sip import line as lines
from lab.sip.line import SipLine
from lab.sip.stack import Leg, SipError, SipStack
from lab.sip.steady import steady


async def tone(seconds: float, rate: int = 24_000) -> AsyncIterator[rtc.AudioFrame]:
    count = rate // 100
    pcm = sound.to_pcm((0.3 * np.sin(2 * np.pi * 400 * np.arange(count) / rate)).astype(np.float32))
    for _ in range(round(seconds * 100)):
        yield rtc.AudioFrame(pcm, rate, 1, count)


@asynccontextmanager
async def ringing(peer: Any, **options: Any) -> AsyncIterator[SipLine]:
    """The peer calls; what it hears comes back as an echo."""
    legs = asyncio.Queue[Leg]()
    async with http_context.open(), SipStack(on_call=legs.put_nowait) as stack:
        peer.order("dial", uri=f"sip:+12065550100@{stack.address}", **options)
        async with asyncio.timeout(5):
            leg = await legs.get()
        async with SipLine(leg) as line:
            yield line


@asynccontextmanager
async def talking(line: SipLine) -> AsyncIterator[AgentSession[Any]]:
    session: AgentSession[Any] = AgentSession(vad=None, aec_warmup_duration=None, session_close_transcript_timeout=0.2)
    try:
        assert await line.answer(session, Agent(instructions="", id="test"))
        yield session
    finally:
        await session.aclose()


async def test_given_a_phone_when_it_rings_then_the_line_tells_the_numbers_as_they_came(peer: Any) -> None:
    async with ringing(peer, caller="+12065550142") as line:
        assert (line.did_raw, line.caller_raw, line.synthetic) == ("+12065550100", "+12065550142", False)


async def test_given_a_withheld_number_when_it_rings_then_there_is_none(peer: Any) -> None:
    async with ringing(peer, caller="anonymous") as line:
        assert line.caller_raw is None


async def test_given_a_rejection_when_ringing_then_the_phone_is_told_its_code_and_nothing_is_answered(
    peer: Any,
) -> None:
    async with ringing(peer) as line:
        await line.reject(486)
        ending = await line.ended()
    assert await peer.told("ended") == ["peer", "refused", 486]
    assert (ending.by, ending.reason, ending.sip_code) == ("system", "rejected", 486)


async def test_given_a_caller_who_is_gone_when_answering_then_that_is_told(peer: Any) -> None:
    async with ringing(peer) as line:
        peer.order("hang_up")
        ending = await line.ended()
        session: AgentSession[Any] = AgentSession(vad=None)
        assert await line.answer(session, Agent(instructions="", id="test")) is False
        await session.aclose()
    assert (ending.by, ending.reason, ending.sip_code) == ("caller", "caller_hung_up", 487)


async def test_given_last_words_when_the_agent_hangs_up_then_the_phone_heard_them_to_the_end(peer: Any) -> None:
    async with ringing(peer) as line, talking(line) as session:
        session.say("Goodbye.", audio=tone(1.0))
        async with asyncio.timeout(3):
            while line.audio_output.silent.is_set():
                await asyncio.sleep(0.01)
        await line.hang_up("goodbye")
        await line.hang_up("again")
        ending = await line.ended()
    assert (ending.by, ending.reason) == ("agent", "goodbye")
    assert await peer.told("loud_seconds") == pytest.approx(1.0, abs=0.05)


async def test_given_agent_speech_when_interrupted_then_it_ends_where_the_phone_heard_it(peer: Any) -> None:
    finished = list[PlaybackFinishedEvent]()
    async with ringing(peer) as line, talking(line) as session:
        line.audio_output.on("playback_finished", finished.append)
        speech = session.say("A long story.", audio=tone(5.0))
        await asyncio.sleep(1.2)
        await session.interrupt(force=True)
        await speech.wait_for_playout()
        await asyncio.sleep(0.3)
        await line.hang_up("over")
    heard = await peer.told("loud_seconds")
    assert [event.interrupted for event in finished] == [True]
    assert 0.5 < heard < 1.5
    assert finished[0].playback_position == pytest.approx(heard, abs=0.06)


async def test_given_keys_when_pressed_then_the_line_tells_them(peer: Any) -> None:
    async with ringing(peer) as line, talking(line):
        peer.order("press", digits="4#")
        digits = aiter(line.digits())
        async with asyncio.timeout(5):
            assert [await anext(digits), await anext(digits)] == ["4", "#"]


async def test_given_a_transfer_when_the_phone_refuses_then_the_call_goes_on(peer: Any) -> None:
    async with ringing(peer) as line, talking(line):
        asked = asyncio.create_task(line.transfer("+12065550199"))
        assert (await peer.told("referred")).startswith("sip:+12065550199@127.0.0.1:")
        peer.order("refuse_transfer", code=603)
        with pytest.raises(SipError, match="603"):
            await asked
        peer.order("hang_up")
        assert (await line.ended()).by == "caller"


async def test_given_a_caller_who_has_hung_up_when_transferred_then_it_fails(peer: Any) -> None:
    async with ringing(peer) as line, talking(line):
        peer.order("hang_up")
        await line.ended()
        with pytest.raises(SipError, match="ended before"):
            await line.transfer("+12065550199")


async def test_given_a_transfer_when_the_caller_hangs_up_before_its_outcome_then_it_has_failed(peer: Any) -> None:
    async with ringing(peer) as line, talking(line):
        asked = asyncio.create_task(line.transfer("+12065550199"))
        await peer.told("referred")
        peer.order("hang_up")
        with pytest.raises(SipError):
            await asyncio.wait_for(asked, 5)
        assert (await line.ended()).by == "caller"


async def test_given_the_task_that_receives_audio_is_killed_then_it_is_reported_and_the_session_gets_more(
    peer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "steady", Breaking(steady))
    async with reported("audio from the caller"), ringing(peer) as line, asyncio.timeout(10):
        assert await line._leg.answer()
        # a task that ends the session's input when it breaks would raise StopAsyncIteration here
        for _ in range(5):
            await anext(line.audio_input)


async def test_given_the_task_that_sends_audio_is_killed_then_it_is_reported_and_later_speech_reaches_the_phone(
    peer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reported("audio to the caller"), ringing(peer) as line:
        take = Breaking(line.audio_output.take)
        monkeypatch.setattr(line.audio_output, "take", take)
        async with talking(line) as session, asyncio.timeout(10):
            while take.calls < 2:
                await asyncio.sleep(0.01)
            session.say("Hello.", audio=tone(0.5))
            while line.audio_output.silent.is_set():
                await asyncio.sleep(0.01)
            await line.hang_up("over")
    assert await peer.told("loud_seconds") == pytest.approx(0.5, abs=0.06)
