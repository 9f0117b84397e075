"""Times phone calls at the caller's telephone: dial, answer, first sound, hang-up."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.agents import SIDES, Side
from bench.caller import CallFailed
from bench.phone.rig import Rig
from lab.base import sound
from lab.sip.stack import Leg

PATIENCE_SECONDS = 12.0
SOUND_SECONDS = 5.0
PAUSE_SECONDS = 1.0
"""Between two calls, so that the system can clear away the last one."""
BLOCK = 5
"""Calls of one side in a row, before the other side's turn."""


@dataclass
class Answers:
    """The answer times of one side, by block."""

    picked_up_ms: list[list[float]] = field(default_factory=list[list[float]])
    """From INVITE to 200 OK."""
    first_sound_ms: list[list[float]] = field(default_factory=list[list[float]])
    """From 200 OK to the agent's first voiced sound."""


async def compare_answers(rig: Rig, calls: int, progress: Callable[[str], None]) -> dict[Side, Answers]:
    """Times `calls` calls a side, one at a time, in alternating blocks; the first call of each side doesn't count."""
    answers: dict[Side, Answers] = {side: Answers() for side in SIDES}
    for side in SIDES:
        await timed(rig, side, "+12065550180")
    for block in range(-(-calls // BLOCK)):
        for side in SIDES if block % 2 == 0 else SIDES[::-1]:
            progress(f"phone calls {block * BLOCK + 1} to {min(calls, (block + 1) * BLOCK)}, {side}")
            taken = [await timed(rig, side, "+12065550180") for _ in range(min(BLOCK, calls - block * BLOCK))]
            answers[side].picked_up_ms.append([picked_up for picked_up, _ in taken])
            answers[side].first_sound_ms.append([first_sound for _, first_sound in taken])
    return answers


async def timed(rig: Rig, side: Side, caller: str) -> tuple[float, float]:
    """One call: ms to the 200 OK, and from there to the first voiced sound. Raises CallFailed."""
    began = time.monotonic()
    leg = await rig.stack.dial(rig.uri(side), caller=caller)
    try:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await leg.established.wait()
        except TimeoutError as error:
            raise CallFailed(f"the {side} worker didn't answer a phone call: {leg.ending}") from error
        picked_up = time.monotonic()
        first_sound = await _first_sound(leg, side)
        return (picked_up - began) * 1000, (first_sound - picked_up) * 1000
    finally:
        await leg.hang_up()
        await leg.ended()
        await asyncio.sleep(PAUSE_SECONDS)


async def _first_sound(leg: Leg, side: Side) -> float:
    try:
        async with asyncio.timeout(SOUND_SECONDS):
            async for piece in leg.audio():
                if sound.voiced_span(sound.from_pcm(piece.pcm), piece.rate):
                    return piece.at
    except TimeoutError:
        pass
    raise CallFailed(f"no sound came from the {side} worker after its 200 OK")
