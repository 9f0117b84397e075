"""A reply that is late begins with the holding sentence, and is otherwise left as it is."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from agent.conversation.holding import Holding, spoken_by


async def pieces(gate: asyncio.Event, *said: str, fails: bool = False) -> AsyncIterator[str]:
    await gate.wait()
    for each in said:
        yield each
    if fails:
        raise ConnectionError


async def moment() -> AsyncIterator[str]:
    yield "One moment, please."


async def collected(holding: Holding, source: AsyncIterator[str]) -> list[str]:
    return [each async for each in holding.before(source, moment)]


async def test_given_a_reply_in_time_then_nothing_is_put_before_it_and_no_later_call_to_hold_reaches_it() -> None:
    holding, gate = Holding(), asyncio.Event()
    gate.set()
    assert await collected(holding, pieces(gate, "We meet", "at nine.")) == ["We meet", "at nine."]
    assert not holding.waits
    assert not holding.begin(), "the sentence must be said by itself"


async def test_given_a_reply_that_is_late_then_it_begins_with_the_sentence_once() -> None:
    holding, gate = Holding(), asyncio.Event()
    reply = asyncio.create_task(collected(holding, pieces(gate, "We meet at nine.")))
    await asyncio.sleep(0)
    assert holding.waits and holding.begin()
    await asyncio.sleep(0)
    assert not holding.begin()
    gate.set()
    assert await reply == ["One moment, please.", "We meet at nine."]


async def test_given_a_reply_that_fails_or_is_cut_off_then_that_passes_unchanged_and_leaves_nothing_behind() -> None:
    holding, gate = Holding(), asyncio.Event()
    gate.set()
    with pytest.raises(ConnectionError):
        await collected(holding, pieces(gate, fails=True))
    assert await collected(holding, pieces(gate)) == []
    waiting = asyncio.create_task(collected(holding, pieces(asyncio.Event(), "never")))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not holding.waits


async def test_given_a_segment_that_is_the_sentence_then_its_prepared_audio_is_played() -> None:
    texts: list[str] = []

    async def prepared(text: str) -> AsyncIterator[str]:
        yield f"prepared {text}"

    async def synthesised(text: AsyncIterator[str]) -> AsyncIterator[str]:
        texts.append("".join([each async for each in text]))
        yield "synthesised"

    async def spoken(*said: str) -> list[str]:
        gate = asyncio.Event()
        gate.set()
        frames = spoken_by(pieces(gate, *said), "One moment, please.", prepared, synthesised)  # type: ignore[arg-type]
        return [str(each) async for each in frames]

    assert await spoken("One moment, please. ") == ["prepared One moment, please."]
    assert texts == []
    assert await spoken("We meet ", "at nine.") == ["synthesised"]
    assert texts == ["We meet at nine."]
    assert await spoken() == []
