"""A phone calls: from the INVITE to the end, in the order in which LiveKit's SIP service does it."""

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

ASK_SECONDS = 3.0
_LOOK_SECONDS = 0.02
_EMPTIED_SECONDS = 0.5
_LETTERS = string.ascii_letters + string.digits


def new_call_id() -> str:
    """`SCL_…`, as LiveKit numbers the legs of its SIP service."""
    return "SCL_" + "".join(secrets.choice(_LETTERS) for _ in range(12))


class Inbound:
    """One call from a phone."""

    def __init__(self, leg: Leg, service: Service) -> None:
        self.leg = leg
        self.call_id = new_call_id()
        self._service = service
        self._invite = service.stack.arrived(leg) or SipMessage("", "", ())
        self._side = RoomSide()

    async def run(self) -> None:
        """The whole call. The leg has ended afterwards, and the participant has left."""
        try:
            if dispatch := await self._dispatched():
                await self._serve(dispatch)
        finally:
            try:
                await self.leg.hang_up()
            finally:
                await self._side.leave("hangup")

    async def _dispatched(self) -> Any:
        """What the server says where the call goes (a `DispatchResponse`); None when it was refused."""
        leg, ask = self.leg, self._service.bus.request
        call = messages.SIPCall(
            lk_call_id=self.call_id,
            source_ip=self._invite.source,
            sip_call_id=leg.sip_call_id,
            to={"user": leg.dialled, "host": host_of(self._invite.header("To"))},
            **{"from": {"user": leg.caller or "", "host": host_of(self._invite.header("From"))}},
        )
        try:
            trunk = await ask(
                "IOInfo",
                "GetSIPTrunkAuthentication",
                messages.AuthenticationRequest(call=call),
                messages.AuthenticationResponse,
                seconds=ASK_SECONDS,
            )
            if not trunk.sip_trunk_id:
                return await self._refuse(404, "no trunk has this number")
            if trunk.username or trunk.password:
                return await self._refuse(403, "trunks with a password aren't served")
            dispatch = await ask(
                "IOInfo",
                "EvaluateSIPDispatchRules",
                messages.DispatchRequest(
                    call=call,
                    sip_trunk_id=trunk.sip_trunk_id,
                    calling_number=leg.caller or "",
                    called_number=leg.dialled,
                ),
                messages.DispatchResponse,
                seconds=ASK_SECONDS,
            )
        except BusError as error:
            return await self._refuse(503, f"livekit-server doesn't answer: {error}")
        match dispatch.result:
            case messages.Dispatch.ACCEPT:
                return dispatch
            case messages.Dispatch.DROP:
                # not a word: whoever tries numbers learns nothing. Such a phone gives up by itself
                log.info("no rule for %s", leg)
                closing = self._service.closing
                await first(phone=leg.ended(), late=asyncio.sleep(RINGING_SECONDS), closing=closing.wait())
                return await self._refuse(486, "no rule")
            case messages.Dispatch.REJECT:
                return await self._refuse(404, "refused by the rules")
            case _:
                return await self._refuse(501, "rules with a PIN aren't served")

    async def _serve(self, dispatch: Any) -> None:
        """Rings until somebody in the room can be heard, then connects the two."""
        leg, side, service = self.leg, self._side, self._service
        room, identity = dispatch.room_name, dispatch.participant_identity
        async with transferable(self.call_id, leg, service.bus), service.bus.emptied(room) as emptied:
            try:
                came = await first(
                    phone=leg.ended(),
                    room=self._let_go(room, identity, emptied),
                    closing=service.closing.wait(),
                    answer=self._heard(dispatch),
                    ringing=asyncio.sleep(seconds_of(dispatch.ringing_timeout) or RINGING_SECONDS),
                )
            except RoomError as error:
                came = str(error)
            if came != "answer":
                await self._refuse(486, f"unanswered: {came}")
            elif await leg.answer():
                longest = seconds_of(dispatch.max_call_duration)
                end = await talk(leg, side, service.patience, service.closing, seconds=longest)
                log.info("%s ended by %s", leg, end)

    async def _heard(self, dispatch: Any) -> None:
        """Comes into the room, and waits for somebody who speaks. Raises RoomError."""
        side, server = self._side, self._service.server
        told = dict(dispatch.participant_attributes)
        told |= header_attributes(self._invite.headers, dispatch.headers_to_attributes, dispatch.include_headers)
        told |= {FULL_CALL_ID: self.leg.sip_call_id, STATUS: "ringing"}
        token = dispatch.token or server.token(
            room=dispatch.room_name,
            identity=dispatch.participant_identity,
            name=dispatch.participant_name,
            metadata=dispatch.participant_metadata,
            attributes=told,
            room_preset=dispatch.room_preset,
            room_config=dispatch.room_config if dispatch.HasField("room_config") else None,
        )
        await side.join(dispatch.ws_url or server.url, token)
        side.subscribe()
        await side.subscribed.wait()

    async def _let_go(self, room: str, identity: str, emptied: asyncio.Event) -> None:
        """Until the room is gone, or we are put out of it. While still connecting only the server knows."""
        side, bus = self._side, self._service.bus
        listed, emptied_at = False, float("inf")
        while not side.joined and not side.closed.is_set():
            if emptied.is_set():
                emptied_at = min(emptied_at, time.monotonic())
            was_listed, listed = listed, await bus.in_room(room, identity)
            # others may have emptied it just before we come
            if not listed and (was_listed or time.monotonic() - emptied_at > _EMPTIED_SECONDS):
                return
            await asyncio.sleep(_LOOK_SECONDS)
        await side.closed.wait()

    async def _refuse(self, code: int, why: str) -> None:
        log.info("%s refused with %d: %s", self.leg, code, why)
        await self.leg.refuse(code)


def seconds_of(duration: Any) -> float:
    """Of a protobuf Duration; 0 where there is none."""
    told: timedelta = duration.ToTimedelta()
    return told.total_seconds()
