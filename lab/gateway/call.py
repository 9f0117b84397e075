"""A bridged call: audio and DTMF between a SIP leg and a room's participant, from the answer to the end."""

import asyncio
import time
from dataclasses import dataclass
from enum import StrEnum

from lab.gateway.room import RoomSide, silent_for
from lab.sip.stack import Leg
from shared.tasks import Backoff, Tasks, first

LONGEST_CALL_SECONDS = 24 * 3600.0
RINGING_SECONDS = 180.0
"""If the trunk or the request sets no other."""
_MEDIA_LOOK_SECONDS = 0.1
_FIRST_RTP_SECONDS = 1.0
"""Without RTP from the phone an answered inbound call becomes active after so long."""
_RESTART = Backoff(first_seconds=0.02, longest_seconds=1.0)


class End(StrEnum):
    """What ended a call, or prevented it."""

    PHONE = "phone"
    ROOM = "room"
    SILENCE = "silence"
    LIMIT = "limit"
    RINGING = "ringing"
    CLOSING = "closing"


@dataclass(frozen=True)
class Patience:
    """Seconds without RTP from the phone after which the gateway ends a call."""

    before_first: float = 30.0
    after: float = 15.0


async def talk(
    leg: Leg,
    side: RoomSide,
    patience: Patience,
    closing: asyncio.Event,
    *,
    over_at: float,
    active_at_once: bool,
) -> End:
    """Bridges an answered leg and a joined room until the end, and hangs up. Returns what ended the call.

    `over_at`: when the longest duration is over, by `time.monotonic()`. `active_at_once`: the status doesn't wait for
    RTP, as that of an outbound call doesn't.
    """
    async with Tasks(sip_call_id=leg.sip_call_id) as flows:
        flows.start("status of the phone", lambda: _active(side, active_at_once), restart=_RESTART)
        flows.start("audio of the phone", lambda: _bridge(leg, side), restart=_RESTART)
        flows.start("keys of the phone", lambda: _keys_in(leg, side), restart=_RESTART)
        flows.start("keys of the room", lambda: _keys_out(leg, side), restart=_RESTART)
        end = End(
            await first(
                phone=leg.ended(),
                room=side.closed.wait(),
                silence=_silence(leg, side, patience),
                limit=asyncio.sleep(over_at - time.monotonic()),
                closing=closing.wait(),
            )
        )
        if end is not End.PHONE:
            await leg.hang_up()
        return end


async def _active(side: RoomSide, at_once: bool) -> None:
    if not at_once:
        await first(rtp=side.heard.wait(), late=asyncio.sleep(_FIRST_RTP_SECONDS))
    await side.set_status("active")


async def _bridge(leg: Leg, side: RoomSide) -> None:
    await leg.connected.wait()
    side.bridge(leg)
    await side.carry(leg)


async def _keys_in(leg: Leg, side: RoomSide) -> None:
    async for digit in leg.digits():
        await side.publish_digit(digit)


async def _keys_out(leg: Leg, side: RoomSide) -> None:
    while True:
        await leg.press(await side.digits.get())


async def _silence(leg: Leg, side: RoomSide, patience: Patience) -> None:
    """Returns when the phone has sent no RTP for too long. A phone on hold needn't send any."""
    since = time.monotonic()
    while True:
        await asyncio.sleep(_MEDIA_LOOK_SECONDS)
        if leg.held:
            since = time.monotonic()
        seconds, ever = silent_for(side, since)
        if seconds > (patience.after if ever else patience.before_first):
            return
