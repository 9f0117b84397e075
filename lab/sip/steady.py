"""A leg's received audio as a stream without gaps: silence replaces lost packets and holds, a burst is cut."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import numpy as np

from lab.base import sound
from lab.person.wire import FRAME, RATE
from lab.sip.leg import Leg

_GAP_SECONDS = 0.06
"""After that long without a packet, silence is inserted."""
_HELD_BACK_SECONDS = 0.04
"""Silence not inserted yet, so that a late packet still fits."""
_AHEAD_SECONDS = 0.2
"""Audio of a burst beyond this is dropped: silence was already inserted in its place."""


async def steady(leg: Leg, on_gap: Callable[[float], None] = lambda _: None) -> AsyncIterator[bytes]:
    """Frames of 320 samples, s16le at 16 kHz, at the pace of the clock, from now until the leg ends.

    `on_gap` gets the least number of seconds that can lie between each packet and the one before: this process's own
    delay isn't part of it.
    """
    loop = asyncio.get_running_loop()
    begun, last = loop.time(), time.monotonic()
    resampler, rate = sound.Resampler(RATE, RATE), RATE
    held, count = sound.from_pcm(b""), 0
    while True:
        try:
            async with asyncio.timeout(_GAP_SECONDS):
                piece = await leg.next_piece()
        except TimeoutError:
            # on a busy event loop the time-out fires although audio has arrived
            if leg.listen():
                continue
            more = np.zeros(max(0, _missing(begun, count) - round(_HELD_BACK_SECONDS * RATE)), dtype=np.float32)
        else:
            if piece is None:
                return
            if piece.rate != rate:
                resampler, rate = sound.Resampler(piece.rate, RATE), piece.rate
            on_gap(max(0.0, piece.since - last))
            last = piece.at
            more = resampler.push(sound.from_pcm(piece.pcm))
            more = more[: max(0, _missing(begun, count) + round(_AHEAD_SECONDS * RATE))]
        count += len(more)
        held = np.concatenate([held, more])
        while len(held) >= FRAME:
            yield sound.to_pcm(held[:FRAME])
            held = held[FRAME:]


def _missing(begun: float, count: int) -> int:
    """Samples by which the stream is behind the clock; negative when it is ahead."""
    return round((asyncio.get_running_loop().time() - begun) * RATE) - count
