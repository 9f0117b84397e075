"""Somebody is called: a participant is made for a phone that doesn't know of it yet (CreateSIPParticipant)."""

import asyncio
import logging
from typing import Any

from lab.gateway import messages
from lab.gateway.attributes import FULL_CALL_ID, header_attributes
from lab.gateway.bus import BusError
from lab.gateway.call import RINGING_SECONDS, talk
from lab.gateway.inbound import seconds_of
from lab.gateway.room import STATUS, RoomError, RoomSide
from lab.gateway.service import Service
from lab.gateway.status import refused, why_left
from lab.gateway.transfer import transferable
from lab.sip.stack import Leg, SipError
from shared.tasks import first

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5
"""A `w` among the keys."""


class Outbound:
    """One call to a phone. `join`, then `run`; `answered` tells those who wait for it."""

    def __init__(self, request: Any, service: Service) -> None:
        """`request` is a `DialRequest`. Raises BusError when it can't be understood."""
        _check(request)
        self.call_id: str = request.sip_call_id
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the phone was picked up; BusError says why it was not."""
        self.given_up = asyncio.Event()
        """Whoever asked no longer waits for the answer."""
        self._request = request
        self._service = service
        self._side = RoomSide()

    async def join(self) -> Any:
        """Makes the participant; returns the `DialResponse`. Raises BusError."""
        request, server = self._request, self._service.server
        token = request.token or server.token(
            room=request.room_name,
            identity=request.participant_identity,
            name=request.participant_name,
            metadata=request.participant_metadata,
            attributes={**request.participant_attributes, STATUS: "dialing"},
        )
        try:
            joined = self._side.join(request.ws_url or server.url, token)
            if await first(joined=joined, closed=self._side.closed.wait()) == "closed":
                raise RoomError("it was closed")
        except RoomError as error:
            await self._side.leave()
            raise BusError("internal", f"update room failed: {error}") from error
        return messages.DialResponse(
            participant_id=self._side.participant_id,
            participant_identity=request.participant_identity,
            sip_call_id=self.call_id,
        )

    async def run(self) -> None:
        """The whole call; the participant has left afterwards."""
        request = self._request
        leg: Leg | None = None
        try:
            leg = await self._service.stack.dial(
                f"sip:{request.call_to}@{request.address}", caller=request.number, headers=dict(request.headers)
            )
            async with transferable(self.call_id, leg, self._service.bus):
                await self._serve(leg)
        except SipError as error:
            self._fail(BusError("invalid_argument", str(error)))
        finally:
            self._fail(BusError("canceled", "the call was given up"))
            try:
                if leg:
                    await leg.hang_up()
            finally:
                await self._side.leave("hangup")

    async def _serve(self, leg: Leg) -> None:
        side, service, request = self._side, self._service, self._request
        came = await first(
            answer=leg.established.wait(),
            phone=leg.ended(),
            room=side.closed.wait(),
            closing=service.closing.wait(),
            given_up=self.given_up.wait(),
            ringing=asyncio.sleep(seconds_of(request.ringing_timeout) or RINGING_SECONDS),
        )
        if came != "answer":
            await self._unanswered(leg, came)
            return
        arrived = service.stack.arrived(leg)
        headers = header_attributes(
            arrived.headers if arrived else (), request.headers_to_attributes, request.include_headers
        )
        await side.tell(**headers, **{FULL_CALL_ID: leg.sip_call_id})
        if request.dtmf:
            await side.tell_status("automation")
            await _dial_on(leg, request.dtmf)
        if not self.answered.done():
            self.answered.set_result(None)
        side.subscribe()
        longest = seconds_of(request.max_call_duration)
        end = await talk(leg, side, service.patience, service.closing, seconds=longest)
        log.info("%s ended by %s", leg, end)

    async def _unanswered(self, leg: Leg, came: str) -> None:
        code = leg.ending.sip_code if leg.ending else None
        log.info("%s wasn't answered: %s %s", leg, came, code or "")
        await leg.hang_up()
        if came == "ringing":
            self._fail(refused(408))
        elif code is not None:
            self._fail(refused(code, leg.ending.text.partition(" ")[2] if leg.ending else ""))
        elif came == "phone":
            self._fail(refused(408, "no answer"))
        await self._side.leave(reason=why_left(code))

    def _fail(self, error: BusError) -> None:
        if not self.answered.done():
            self.answered.set_exception(error)
            # whoever didn't wait for the answer isn't told
            self.answered.exception()


async def _dial_on(leg: Leg, keys: str) -> None:
    """Presses keys once the phone was picked up; `w` pauses."""
    await first(sound=leg.connected.wait(), end=leg.ended())
    for key in keys:
        if key in "wW":
            await asyncio.sleep(PAUSE_SECONDS)
        elif key in "0123456789*#ABCDabcd":
            await leg.press(key.upper())


def _check(request: Any) -> None:
    """Raises BusError for what can't be called."""
    for given, problem in (
        (request.call_to, "call-to number must be set"),
        (request.address, "trunk address must be set"),
        (request.number, "trunk outbound number must be set"),
        (request.room_name, "room name must be set"),
    ):
        if not given:
            raise BusError("invalid_argument", problem)
    if "@" in request.call_to:
        raise BusError("invalid_argument", "call_to should be a phone number or SIP user, not a full SIP URI")
    if request.address.startswith(("sip:", "sips:")) or any(sign in request.address for sign in ";="):
        raise BusError("invalid_argument", "address must be a host name without 'sip:' prefix and parameters")
