"""An inbound call, from the INVITE to the end, in the order of LiveKit's SIP service."""

import asyncio
import logging
import secrets
import string
import time
from datetime import timedelta
from typing import Any

from lab.gateway import messages
from lab.gateway.attributes import FULL_CALL_ID, header_attributes, host_of
from lab.gateway.bus import BusError
from lab.gateway.call import RINGING_SECONDS, talk
from lab.gateway.room import STATUS, RoomError, RoomSide
from lab.gateway.service import Service
from lab.gateway.transfer import transferable
from lab.sip.stack import Leg, SipMessage
from shared.tasks import first

log = logging.getLogger(__name__)

REQUEST_SECONDS = 3.0
_POLL_SECONDS = 0.02
_EMPTIED_SECONDS = 0.5
_LETTERS = string.ascii_letters + string.digits


def new_call_id() -> str:
    """A new id like those of LiveKit's SIP service: `SCL_…`."""
    return "SCL_" + "".join(secrets.choice(_LETTERS) for _ in range(12))


class Inbound:
    """One call from a phone."""

    def __init__(self, leg: Leg, service: Service) -> None:
        self.leg = leg
        self.call_id = new_call_id()
        self._service = service
        self._invite = service.stack.message_of(leg) or SipMessage("", "", ())
        self._side = RoomSide()

    async def run(self) -> None:
        """Runs the whole call; afterwards the leg has ended and the participant has left."""
        try:
            if dispatch := await self._dispatched():
                await self._serve(dispatch)
        finally:
            try:
                await self.leg.hang_up()
            finally:
                await self._side.leave("hangup")

    async def _dispatched(self) -> Any:
        """The server's dispatch for the call (a `DispatchResponse`); None if the call was refused."""
        leg, request = self.leg, self._service.bus.request
        call = messages.SIPCall(
            lk_call_id=self.call_id,
            source_ip=self._invite.source,
            sip_call_id=leg.sip_call_id,
            to={"user": leg.dialled, "host": host_of(self._invite.header("To"))},
            **{"from": {"user": leg.caller or "", "host": host_of(self._invite.header("From"))}},
        )
        try:
            trunk = await request(
                "IOInfo",
                "GetSIPTrunkAuthentication",
                messages.AuthenticationRequest(call=call),
                messages.AuthenticationResponse,
                seconds=REQUEST_SECONDS,
            )
            if not trunk.sip_trunk_id:
                return await self._refuse(404, "no trunk has this number")
            if trunk.username or trunk.password:
                return await self._refuse(403, "trunks with a password aren't served")
            dispatch = await request(
                "IOInfo",
                "EvaluateSIPDispatchRules",
                messages.DispatchRequest(
                    call=call,
                    sip_trunk_id=trunk.sip_trunk_id,
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

    async def _serve(self, dispatch: Any) -> None:
        """Rings until a participant of the room publishes audio, then bridges the call."""
        leg, side, service = self.leg, self._side, self._service
        room, identity = dispatch.room_name, dispatch.participant_identity
        async with transferable(self.call_id, leg, service.bus), service.bus.emptied(room) as emptied:
            try:
                outcome = await first(
                    phone=leg.ended(),
                    room=self._room_lost(room, identity, emptied),
                    closing=service.closing.wait(),
                    answer=self._audio_in_room(dispatch),
                    ringing=asyncio.sleep(seconds_of(dispatch.ringing_timeout) or RINGING_SECONDS),
                )
            except RoomError as error:
                outcome = str(error)
            if outcome != "answer":
                await self._refuse(486, f"unanswered: {outcome}")
            elif await leg.answer():
                longest = seconds_of(dispatch.max_call_duration)
                end = await talk(leg, side, service.patience, service.closing, seconds=longest)
                log.info("%s ended by %s", leg, end)

    async def _audio_in_room(self, dispatch: Any) -> None:
        """Joins the room, and waits until a participant publishes audio. Raises RoomError."""
        side, server = self._side, self._service.server
        attributes = dict(dispatch.participant_attributes)
        attributes |= header_attributes(self._invite.headers, dispatch.headers_to_attributes, dispatch.include_headers)
        attributes |= {FULL_CALL_ID: self.leg.sip_call_id, STATUS: "ringing"}
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


def seconds_of(duration: Any) -> float:
    """Seconds of a protobuf Duration; 0 if there is none."""
    length: timedelta = duration.ToTimedelta()
    return length.total_seconds()
