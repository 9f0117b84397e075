"""An inbound call, from the INVITE to the end, in the order of LiveKit's SIP service."""

import asyncio
import logging
import time
from datetime import timedelta
from typing import Any

from lab.gateway import messages
from lab.gateway.attributes import CALL_TAG, FULL_CALL_ID, header_attributes, tag_of
from lab.gateway.bus import BusError
from lab.gateway.call import LONGEST_CALL_SECONDS, RINGING_SECONDS, End, talk
from lab.gateway.room import STATUS, RoomError, RoomSide
from lab.gateway.screening import REQUEST_SECONDS, Screened
from lab.gateway.service import Service
from lab.gateway.transfer import transferable
from lab.sip.stack import Leg
from shared.tasks import first

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.02
_EMPTIED_SECONDS = 0.5
_HUNG_UP = (End.PHONE, End.LIMIT, End.SILENCE)
"""Ends for which the participant's status becomes `hangup`; a call that rang out leaves with the status `ringing`."""


class Inbound:
    """One call from a phone."""

    def __init__(self, leg: Leg, screened: Screened, service: Service) -> None:
        self.leg = leg
        self.call_id: str = screened.call.lk_call_id
        self._screened = screened
        self._service = service
        self._invite = screened.invite
        self._side = RoomSide()

    async def run(self) -> None:
        """Runs the whole call; afterwards the leg has ended and the participant has left."""
        end: End | None = None
        try:
            if dispatch := await self._dispatched():
                end = await self._serve(dispatch)
        finally:
            try:
                await self.leg.hang_up()
            finally:
                await self._side.leave("hangup" if end in _HUNG_UP else "")

    async def _dispatched(self) -> Any:
        """The server's dispatch for the call (a `DispatchResponse`); None if the call was refused."""
        leg, call = self.leg, self._screened.call
        try:
            dispatch = await self._service.bus.request(
                "IOInfo",
                "EvaluateSIPDispatchRules",
                messages.DispatchRequest(
                    call=call,
                    sip_trunk_id=self._screened.trunk_id,
                    calling_number=leg.caller or "",
                    called_number=leg.dialled,
                ),
                messages.DispatchResponse,
                seconds=REQUEST_SECONDS,
            )
        except BusError as error:
            return await self._refuse(503, f"livekit-server doesn't answer: {error}")
        match dispatch.result:
            case messages.Dispatch.ACCEPT:
                return dispatch
            case messages.Dispatch.DROP:
                # no answer at all, so that number scans learn nothing; the phone gives up by itself
                log.info("no rule for %s", leg)
                closing = self._service.closing
                await first(phone=leg.ended(), late=asyncio.sleep(RINGING_SECONDS), closing=closing.wait())
                return await self._refuse(486, "no rule")
            case messages.Dispatch.REJECT:
                return await self._refuse(404, "refused by the rules")
            case _:
                return await self._refuse(501, "rules with a PIN aren't served")

    async def _serve(self, dispatch: Any) -> End:
        """Rings until a participant of the room publishes audio, then bridges the call. Returns what ended it."""
        leg, side, service = self.leg, self._side, self._service
        room, identity = dispatch.room_name, dispatch.participant_identity
        # from before the room is joined: the ringing counts
        over_at = time.monotonic() + longest_of(dispatch.max_call_duration)
        async with transferable(self.call_id, leg, service.bus), service.bus.emptied(room) as emptied:
            try:
                outcome = await first(
                    phone=leg.ended(),
                    room=self._room_lost(room, identity, emptied),
                    closing=service.closing.wait(),
                    answer=self._audio_in_room(dispatch),
                    limit=asyncio.sleep(over_at - time.monotonic()),
                    ringing=asyncio.sleep(seconds_of(dispatch.ringing_timeout) or RINGING_SECONDS),
                )
            except RoomError as error:
                log.warning("%s: %s", leg, error)
                outcome = End.ROOM
            if outcome != "answer":
                await self._refuse(486, f"unanswered: {outcome}")
                return End(outcome)
            if not await leg.answer():
                return End.PHONE
            end = await talk(leg, side, service.patience, service.closing, over_at=over_at, active_at_once=False)
            log.info("%s ended by %s", leg, end)
            return end

    async def _audio_in_room(self, dispatch: Any) -> None:
        """Joins the room, and waits until a participant publishes audio. Raises RoomError."""
        side, server = self._side, self._service.server
        attributes = dict(dispatch.participant_attributes)
        attributes |= header_attributes(self._invite.headers, dispatch.headers_to_attributes, dispatch.include_headers)
        attributes |= {FULL_CALL_ID: self.leg.sip_call_id, STATUS: "ringing"}
        attributes |= {CALL_TAG: tag} if (tag := tag_of(self._invite.header("From"))) else {}
        token = dispatch.token or server.token(
            room=dispatch.room_name,
            identity=dispatch.participant_identity,
            name=dispatch.participant_name,
            metadata=dispatch.participant_metadata,
            attributes=attributes,
            room_preset=dispatch.room_preset,
            room_config=dispatch.room_config if dispatch.HasField("room_config") else None,
        )
        await side.join(dispatch.ws_url or server.url, token)
        side.subscribe()
        await side.subscribed.wait()

    async def _room_lost(self, room: str, identity: str, emptied: asyncio.Event) -> None:
        """Waits until the room is gone or the participant was removed. While it is connecting only the server knows."""
        side, bus = self._side, self._service.bus
        listed, emptied_at = False, float("inf")
        while not side.joined and not side.closed.is_set():
            if emptied.is_set():
                emptied_at = min(emptied_at, time.monotonic())
            was_listed, listed = listed, await bus.in_room(room, identity)
            # other participants may have left just before this one joins
            if not listed and (was_listed or time.monotonic() - emptied_at > _EMPTIED_SECONDS):
                return
            await asyncio.sleep(_POLL_SECONDS)
        await side.closed.wait()

    async def _refuse(self, code: int, why: str) -> None:
        log.info("%s refused with %d: %s", self.leg, code, why)
        await self.leg.refuse(code)


def longest_of(limit: Any) -> float:
    """The longest duration of a call by the `max_call_duration` of its trunk or request, in seconds."""
    return min(seconds_of(limit) or LONGEST_CALL_SECONDS, LONGEST_CALL_SECONDS)


def seconds_of(duration: Any) -> float:
    """Seconds of a protobuf Duration; 0 if there is none."""
    length: timedelta = duration.ToTimedelta()
    return length.total_seconds()
