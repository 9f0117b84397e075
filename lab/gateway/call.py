"""A leg and a participant put together: from the answer until one of them, or a limit, ends it."""

import asyncio
import logging
import time
from dataclasses import dataclass
from enum import StrEnum

from lab.gateway.room import RoomSide, silent_for
from lab.sip.stack import Leg
from shared.tasks import first

log = logging.getLogger(__name__)

LONGEST_CALL_SECONDS = 24 * 3600.0
RINGING_SECONDS = 180.0
"""Where the trunk or the request says nothing else."""
_MEDIA_LOOK_SECONDS = 0.1


class End(StrEnum):
    """What ended a call, or kept it from beginning."""

    PHONE = "phone"
    ROOM = "room"
    SILENCE = "silence"
    LIMIT = "limit"
    RINGING = "ringing"
    CLOSING = "closing"


@dataclass(frozen=True)
class Patience:
    """Seconds without RTP from the phone after which a call is ended."""

    before_first: float = 30.0
    after: float = 15.0


async def talk(leg: Leg, side: RoomSide, patience: Patience, closing: asyncio.Event, *, seconds: float) -> End:
    """Bridges an answered leg and a joined room until the end, and hangs up. Returns what ended it.

    `seconds` is the longest that the call may take, 0 for the service's own limit.
    """
    flows = [
        asyncio.create_task(flow, name=f"{name} of {leg}")
        for name, flow in (
            ("status", side.tell_status("active")),
            ("sound", _bridge(leg, side)),
            ("keys in", _keys_in(leg, side)),
            ("keys out", _keys_out(leg, side)),
        )
    ]
    longest = min(seconds or LONGEST_CALL_SECONDS, LONGEST_CALL_SECONDS)
    try:
        end = End(
            await first(
                phone=leg.ended(),
                room=side.closed.wait(),
                silence=_silence(leg, side, patience),
                limit=asyncio.sleep(longest),
                closing=closing.wait(),
            )
        )
        if end is not End.PHONE:
            await leg.hang_up()
        return end
    finally:
        for flow in flows:
            flow.cancel()
        for outcome in await asyncio.gather(*flows, return_exceptions=True):
            if isinstance(outcome, Exception):
                log.error("a flow of %s broke", leg, exc_info=outcome)


async def _bridge(leg: Leg, side: RoomSide) -> None:
    await leg.connected.wait()
    side.bridge(leg)
    await side.carry(leg)


async def _keys_in(leg: Leg, side: RoomSide) -> None:
    async for digit in leg.digits():
        await side.say_digit(digit)


async def _keys_out(leg: Leg, side: RoomSide) -> None:
    while True:
        await leg.press(await side.digits.get())


async def _silence(leg: Leg, side: RoomSide, patience: Patience) -> None:
    """Returns when the phone has sent nothing for too long. A phone that holds the line needn't send."""
    since = time.monotonic()
    while True:
        await asyncio.sleep(_MEDIA_LOOK_SECONDS)
        if leg.held:
            since = time.monotonic()
        seconds, ever = silent_for(side, since)
        if seconds > (patience.after if ever else patience.before_first):
            return
