"""One leg of a call in Telnyx's terms: ids, state, webhooks."""

import asyncio
import secrets
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any, Literal

from lab.carrier.hangup import Direction, Hangup
from lab.carrier.media import Media
from lab.carrier.webhooks import Notice, stamp
from lab.sip.stack import Leg, SipError

State = Literal["parked", "bridging", "answered", "hangup"]
Send = Callable[[str, dict[str, Any]], Notice | None]
"""Sends a webhook of this type and payload; None for a number without webhooks."""

CONNECTION_ID = "1494404757140276705"
_COMMAND_SECONDS = 60.0
_WITH_NUMBERS = ("call.initiated", "call.answered", "call.bridged", "call.hangup", "call.dtmf.received")
"""Events whose payload names both numbers."""
_WITHOUT_LEG = "call.recording.saved"
"""The event whose payload has no `call_control_id`."""


class CallLeg:
    """`sip` is None until the leg is dialled."""

    def __init__(self, session_id: str, direction: Direction, caller: str, dialled: str, send: Send) -> None:
        self.id = f"v3:{secrets.token_urlsafe(32)}"
        """`call_control_id`."""
        self.leg_id = str(uuid.uuid4())
        self.session_id = session_id
        self.direction: Direction = direction
        self.caller = caller
        self.dialled = dialled
        self.state: State = "parked" if direction == "incoming" else "bridging"
        self.client_state: str | None = None
        self.hangup: Hangup | None = None
        self.peer: CallLeg | None = None
        """The leg that this one is connected with."""
        self.transferring = False
        self.recording: asyncio.Event | None = None
        """Present while the leg is recorded; setting it ends the recording."""
        self.sip: Leg | None = None
        self.started_at = time.time()
        self.answered_at: float | None = None
        self.ended_at: float | None = None
        self.commands: list[str] = []
        """Names of the accepted commands, in order."""
        self._send = send
        self._media: Media | None = None
        self._command_ids: dict[str, float] = {}

    def attach(self, sip: Leg) -> None:
        self.sip, self._media = sip, Media(sip)

    @property
    def media(self) -> Media:
        """Only for a leg that has been dialled or rings."""
        assert self._media
        return self._media

    def is_repeated(self, command_id: str | None) -> bool:
        """Whether a command of this id was accepted within the last minute."""
        accepted_at = self._command_ids.get(command_id or "")
        return accepted_at is not None and time.monotonic() - accepted_at < _COMMAND_SECONDS

    def take(self, command: str, command_id: str | None) -> None:
        self.commands.append(command)
        if command_id:
            self._command_ids[command_id] = time.monotonic()

    def send(self, event_type: str, **more: Any) -> Notice | None:
        """Sends a webhook; `more`: fields of the payload beyond the leg's own. A test holds all of them to the types of
        Telnyx's published SDK."""
        payload: dict[str, Any] = {
            "connection_id": CONNECTION_ID,
            "call_leg_id": self.leg_id,
            "call_session_id": self.session_id,
            "client_state": self.client_state,
        }
        if event_type != _WITHOUT_LEG:
            payload["call_control_id"] = self.id
        if event_type in _WITH_NUMBERS:
            payload |= {"from": self.caller, "to": self.dialled}
        return self._send(event_type, payload | more)

    def initiated(self, headers: Iterable[tuple[str, str]] = ()) -> Notice | None:
        """`headers`: of the INVITE that came in; the webhook carries its X- headers."""
        custom = [{"name": name, "value": value} for name, value in headers if name.lower().startswith("x-")]
        return self.send(
            "call.initiated",
            direction=self.direction,
            state=self.state,
            start_time=stamp(self.started_at),
            custom_headers=custom,
        )

    def answered(self) -> None:
        self.state, self.answered_at = "answered", time.time()
        self.send("call.answered", state="answered", start_time=stamp(self.started_at))

    def over(self, hangup: Hangup) -> bool:
        """Marks the leg as ended and sends the webhook; False if it was marked before."""
        if self.hangup:
            return False
        self.hangup, self.state, self.ended_at = hangup, "hangup", time.time()
        self.send(
            "call.hangup",
            state="hangup",
            hangup_cause=hangup.cause,
            hangup_source=hangup.source,
            sip_hangup_cause=hangup.sip,
            start_time=stamp(self.started_at),
        )
        return True

    async def end(self, hangup: Hangup, refuse_with: int | None = None) -> None:
        """Idempotent. `refuse_with`: the SIP code for a leg that isn't answered."""
        if not self.over(hangup) or not self.sip:
            return
        try:
            if refuse_with and self.direction == "incoming" and not self.sip.established.is_set():
                await self.sip.refuse(refuse_with)
            else:
                await self.sip.hang_up()
        except SipError:
            # the leg ended in the same moment
            pass

    def as_dict(self) -> dict[str, Any]:
        """For the test API."""
        return {
            "call_control_id": self.id,
            "call_leg_id": self.leg_id,
            "direction": self.direction,
            "from": self.caller,
            "to": self.dialled,
            "state": self.state,
            "hangup_cause": self.hangup and self.hangup.cause,
            "hangup_source": self.hangup and self.hangup.source,
            "sip_hangup_cause": self.hangup and self.hangup.sip,
            "started_at": self.started_at,
            "answered_at": self.answered_at,
            "ended_at": self.ended_at,
            "commands": self.commands,
        }
