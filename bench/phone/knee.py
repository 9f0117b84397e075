"""Measures how many calls at once stay intact: starts calls a second apart and measures the gaps in their sound."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.agents import Side
from bench.phone.rig import Rig
from lab.sip.stack import Leg
from shared.tasks import first

APART_SECONDS = 1.0
TALK_SECONDS = 8.0
"""How long all calls talk together, once the last has begun."""


@dataclass(frozen=True)
class Pile:
    """The measurements of `calls` calls at once."""

    calls: int
    answered: int
    slowest_answer_ms: float
    longest_gap_ms: float
    """Between two pieces of sound that a phone received, over all calls."""


async def pile_up(rig: Rig, side: Side, calls: int, progress: Callable[[str], None]) -> Pile:
    progress(f"{calls} phone calls at once, {side}")
    until = time.monotonic() + calls * APART_SECONDS + TALK_SECONDS
    taken = await asyncio.gather(*(_one(rig, side, number, number * APART_SECONDS, until) for number in range(calls)))
    answered = [one for one in taken if one is not None]
    return Pile(
        calls,
        len(answered),
        max((answer for answer, _ in answered), default=0.0),
        max((gap for _, gap in answered), default=0.0),
    )


async def _one(rig: Rig, side: Side, number: int, after_seconds: float, until: float) -> tuple[float, float] | None:
    """One call: its ms to the 200 OK and its longest gap in ms; None when not answered."""
    await asyncio.sleep(after_seconds)
    began = time.monotonic()
    leg = await rig.stack.dial(rig.uri(side), caller=f"+120655501{60 + number % 20}")
    try:
        await first(answered=leg.established.wait(), ended=leg.ended(), late=asyncio.sleep(15.0))
        if not leg.established.is_set():
            return None
        answer = (time.monotonic() - began) * 1000
        return answer, await _longest_gap(leg, until)
    finally:
        await leg.hang_up()


async def _longest_gap(leg: Leg, until: float) -> float:
    longest, last = 0.0, None
    try:
        async with asyncio.timeout(max(0.0, until - time.monotonic())):
            async for piece in leg.audio():
                if last is not None:
                    longest = max(longest, (piece.at - last) * 1000)
                last = piece.at
    except TimeoutError:
        pass
    return longest
