"""An outbound call (CreateSIPParticipant): the participant joins the room before the phone is dialled."""

import asyncio
import logging
import time
from typing import Any

from lab.gateway import messages
from lab.gateway.attributes import CALL_TAG, FULL_CALL_ID, header_attributes, tag_of
from lab.gateway.bus import BusError
from lab.gateway.call import RINGING_SECONDS, End, talk
from lab.gateway.inbound import longest_of, seconds_of
from lab.gateway.room import STATUS, RoomError, RoomSide
from lab.gateway.service import Service
from lab.gateway.status import refused, why_left
from lab.gateway.transfer import transferable
from lab.sip.stack import Leg, SipError
from shared.tasks import first

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5
"""Pause for a `w` among the DTMF characters."""


class Outbound:
    """One call to a phone: `join`, then `run`. `answered` is for callers that wait for the answer."""

    def __init__(self, request: Any, service: Service) -> None:
        """`request`: a `DialRequest`. Raises BusError for an invalid one."""
        _check(request)
        self.call_id: str = request.sip_call_id
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the phone answers; else a BusError with the reason."""
        self.given_up = asyncio.Event()
        """The requester no longer waits for the answer."""
        self._request = request
        self._service = service
        self._side = RoomSide()

    async def join(self) -> Any:
        """Joins the room as the participant; returns the `DialResponse`. Raises BusError."""
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
                raise RoomError("the room was closed")
        except RoomError as error:
            await self._side.leave()
            raise BusError("internal", f"update room failed: {error}") from error
        return messages.DialResponse(
            participant_id=self._side.participant_id,
            participant_identity=request.participant_identity,
            sip_call_id=self.call_id,
        )

    async def run(self) -> None:
        """Runs the whole call; afterwards the participant has left."""
        request = self._request
        leg: Leg | None = None
        end: End | None = None
        try:
            leg = await self._service.stack.dial(
                f"sip:{request.call_to}@{request.address}", caller=request.number, headers=dict(request.headers)
            )
            async with transferable(self.call_id, leg, self._service.bus):
                end = await self._serve(leg)
        except SipError as error:
            self._fail(BusError("invalid_argument", str(error)))
        finally:
            self._fail(BusError("canceled", "the call was given up"))
            try:
                if leg:
                    await leg.hang_up()
            finally:
                await self._side.leave("hangup" if end in (End.PHONE, End.LIMIT) else "")

    async def _serve(self, leg: Leg) -> End | None:
        """Returns what ended the call; None if nobody answered it."""
        side, service, request = self._side, self._service, self._request
        over_at = time.monotonic() + longest_of(request.max_call_duration)
        outcome = await first(
            answer=leg.established.wait(),
            phone=leg.ended(),
            room=side.closed.wait(),
            closing=service.closing.wait(),
            given_up=self.given_up.wait(),
            ringing=asyncio.sleep(seconds_of(request.ringing_timeout) or RINGING_SECONDS),
        )
        if outcome != "answer":
            await self._unanswered(leg, outcome)
            return None
        answer = service.stack.message_of(leg)
        headers = header_attributes(
            answer.headers if answer else (), request.headers_to_attributes, request.include_headers
        )
        tag = tag_of(answer.header("To")) if answer else ""
        await side.set_attributes(**headers, **{FULL_CALL_ID: leg.sip_call_id}, **({CALL_TAG: tag} if tag else {}))
        if request.dtmf:
            await side.set_status("automation")
            await _send_dtmf(leg, request.dtmf)
        if not self.answered.done():
            self.answered.set_result(None)
        side.subscribe()
        end = await talk(leg, side, service.patience, service.closing, over_at=over_at, active_at_once=True)
        log.info("%s ended by %s", leg, end)
        return end

    async def _unanswered(self, leg: Leg, outcome: str) -> None:
        code = leg.ending.sip_code if leg.ending else None
        log.info("%s wasn't answered: %s %s", leg, outcome, code or "")
        await leg.hang_up()
        if outcome == "ringing":
            self._fail(refused(408))
        elif code is not None:
            self._fail(refused(code, leg.ending.text.partition(" ")[2] if leg.ending else ""))
        elif outcome == "phone":
            self._fail(refused(408, "no answer"))
        await self._side.leave(reason=why_left(code))

    def _fail(self, error: BusError) -> None:
        if not self.answered.done():
            self.answered.set_exception(error)
            # retrieved here, as the requester may not wait for the answer
            self.answered.exception()


async def _send_dtmf(leg: Leg, keys: str) -> None:
    """Sends DTMF once audio flows; `w` pauses."""
    await first(audio=leg.connected.wait(), end=leg.ended())
    for key in keys:
        if key in "wW":
            await asyncio.sleep(PAUSE_SECONDS)
        elif key in "0123456789*#ABCDabcd":
            await leg.press(key.upper())


def _check(request: Any) -> None:
    """Raises BusError for a request that can't be dialled."""
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
