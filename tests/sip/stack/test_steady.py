"""A leg as a stream without gaps, whatever the network does."""

import asyncio
from typing import Any

import numpy as np
import pytest

from lab.base import sound
from lab.sip.stack import Leg, SipStack
from lab.sip.steady import steady


async def test_given_a_phone_that_is_put_on_hold_when_listened_to_then_frames_go_on_at_the_pace_of_the_clock(
    peer: Any,
) -> None:
    legs, frames, gaps = asyncio.Queue[Leg](), list[bytes](), list[float]()
    async with SipStack(on_call=legs.put_nowait) as stack:
        peer.order("dial", uri=f"sip:+12065550100@{stack.address}")
        async with asyncio.timeout(5):
            leg = await legs.get()
        await leg.answer()
        async with asyncio.timeout(5):
            await leg.connected.wait()

        async def listen() -> None:
            async for frame in steady(leg, gaps.append):
                frames.append(frame)

        loop = asyncio.get_running_loop()
        listening, began = asyncio.create_task(listen()), loop.time()
        leg.speak(sound.to_pcm((0.3 * np.sin(np.arange(leg.rate) * 0.3)).astype(np.float32)))
        await asyncio.sleep(1.2)
        peer.order("hold")
        await asyncio.sleep(1.0)
        peer.order("resume")
        await asyncio.sleep(0.8)
        seconds = loop.time() - began
        await leg.hang_up()
        await listening
    assert {len(frame) for frame in frames} == {640}
    assert len(frames) == pytest.approx(seconds * 50, abs=6)
    loud = sum(sound.level(sound.from_pcm(frame)) > 1000 for frame in frames)
    assert loud == pytest.approx(50, abs=4)
    assert 0.7 < max(gaps) < 2.0
