"""One call at the lab's carrier, from the INVITE to the end of its last leg: a back-to-back user agent."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from lab.carrier.exchange import RINGING_SECONDS, Exchange
from lab.carrier.hangup import (
    CANCELLED,
    NO_SUCH_NUMBER,
    RING_LIMIT,
    UNREACHABLE,
    Hangup,
    commanded,
    hangup_of,
)
from lab.carrier.leg import CallLeg
from lab.carrier.route import Route
from lab.carrier.webhooks import Notice
from lab.sip.stack import NO_LOGIN, Leg, SipError
from shared.tasks import Tasks, first

log = logging.getLogger(__name__)

_SAVE_SECONDS = 5.0
"""After the end of the call, for the last webhooks of its tasks."""
_UNANSWERED_CODE = 480
_DIRECT_RING_SECONDS = 30.0
_DIRECT_SILENT_SECONDS = 4.0
"""A customer's address that hasn't sent 180 by then counts as unreachable."""
FORWARD_RING_SECONDS = 30.0


class Call:
    """A session: the caller's leg, and the legs that it is transferred to."""

    def __init__(self, sip: Leg, route: Route, exchange: Exchange) -> None:
        self.session_id = str(uuid.uuid4())
        self.route = route
        self.exchange = exchange
        self.legs: list[CallLeg] = []
        self._running = Tasks()
        self.caller = self._leg("incoming", sip.caller or "anonymous", route.did)
        self._attach(self.caller, sip)

    async def run(self) -> None:
        """Runs the call until all its legs have ended and all webhooks are sent."""
        try:
            if self.route.mode == "sip":
                await self._direct()
            else:
                self._call_control()
            while tasks := {task for task in self._running.running if not task.done()}:
                living = any(leg.hangup is None for leg in self.legs)
                done, _ = await asyncio.wait(
                    tasks, timeout=None if living else _SAVE_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if not done:
                    break
        finally:
            await self.hang_up()
            await self._running.aclose()

    def start(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Runs `work()` as a task that ends with this call."""
        self._running.start(f"{name} of {self.session_id}", work)

    async def hang_up(self) -> None:
        """End all legs."""
        for leg in self.legs:
            await leg.end(commanded(leg.direction), _UNANSWERED_CODE)

    # -- the first leg

    def _call_control(self) -> None:
        """The customer's webhook gets the call, and its commands decide."""
        invite = self.exchange.stack.message_of(self.caller.sip) if self.caller.sip else None
        self.caller.initiated(invite.headers if invite else ())
        if self.route.first_command_timeout_secs is not None:
            self.start("first command", self._await_first_command)

    async def _await_first_command(self) -> None:
        assert self.caller.sip and self.route.first_command_timeout_secs is not None
        limit = asyncio.sleep(self.route.first_command_timeout_secs)
        if await first(over=self.caller.sip.ended(), late=limit) == "late" and not self.caller.commands:
            log.warning("%s got no command", self.route.did)
            await self.caller.end(Hangup("timeout", "unknown", str(_UNANSWERED_CODE)), _UNANSWERED_CODE)

    async def _direct(self) -> None:
        """Sends the INVITE to the customer's own SIP address."""
        headers = {"X-call_session_id": self.session_id, "X-call_leg_id": self.caller.leg_id}
        to = f"sip:{self.route.did}@{self.route.gateway}"
        leg = await self.dial(to, caller=self.caller.caller, headers=headers)
        if not await self._connected(leg, _DIRECT_RING_SECONDS, silent_seconds=_DIRECT_SILENT_SECONDS):
            code = leg.hangup.sip_code if leg.hangup and leg.hangup is not RING_LIMIT else None
            await self._fail(code or _UNANSWERED_CODE, rang=leg.sip is not None and leg.sip.ringing.is_set())

    async def _fail(self, code: int, *, rang: bool = False) -> None:
        """The customer can't be reached: forward as the number is set, else refuse the caller's leg."""
        if self.caller.hangup:
            return
        if self.route.forward_on_failure and self.route.forwards(code, rang):
            leg = await self.dial(self.route.forward_on_failure, caller=self.caller.caller)
            if await self._connected(leg, FORWARD_RING_SECONDS):
                return
        await self.caller.end(Hangup("unspecified", "callee", str(code)), code)

    # -- commands

    async def answer(self, leg: CallLeg) -> bool:
        """False if the caller has hung up."""
        assert leg.sip
        if leg.state == "answered":
            return True
        if not await leg.sip.answer():
            return False
        outcome = await first(gone=leg.sip.ended(), audio=leg.sip.connected.wait())
        if outcome == "gone" or leg.hangup:
            return False
        if leg.answered_at is None:
            leg.answered()
        return True

    async def transfer(
        self,
        leg: CallLeg,
        to: str,
        *,
        caller: str,
        headers: Mapping[str, str],
        login: tuple[str, str],
        state: str | None,
        seconds: float,
    ) -> None:
        """Dials `to`, and connects it with `leg` when it answers; a leg that isn't answered rings meanwhile.

        The caller of this has set `leg.transferring`.
        """
        try:
            other = await self.dial(to, caller=caller, headers=headers, login=login, state=state)
            await self._connected(other, seconds, leg)
        finally:
            leg.transferring = False

    async def dial(
        self,
        to: str,
        *,
        caller: str,
        headers: Mapping[str, str] | None = None,
        login: tuple[str, str] = NO_LOGIN,
        state: str | None = None,
    ) -> CallLeg:
        """A new leg; it has ended already if `to` can't be called. `login`: user and password for a SIP challenge."""
        leg = self._leg("outgoing", caller, to)
        leg.client_state = state
        leg.initiated()
        uri = self.exchange.uri_of(to)
        if uri is None:
            leg.over(NO_SUCH_NUMBER)
            return leg
        try:
            sip = await self.exchange.stack.dial(uri, caller=caller, headers=dict(headers or {}), login=login)
        except SipError as error:
            log.warning("%s can't be called: %s", to, error)
            leg.over(UNREACHABLE)
            return leg
        self._attach(leg, sip)
        return leg

    async def _connected(
        self, other: CallLeg, seconds: float, leg: CallLeg | None = None, *, silent_seconds: float | None = None
    ) -> bool:
        """Connects `other` with `leg` (default: the caller's) if it answers in time; returns whether it did.

        `silent_seconds`: the time within which `other` must ring.
        """
        leg = leg or self.caller
        assert leg.sip
        if not other.sip or other.hangup:
            return False
        outcome = await first(
            answered=other.sip.connected.wait(),
            over=other.sip.ended(),
            caller=leg.sip.ended(),
            silent=_silence(other.sip, silent_seconds or seconds),
            late=asyncio.sleep(seconds),
        )
        if outcome in ("late", "silent"):
            await other.end(RING_LIMIT)
        elif outcome == "caller":
            await other.end(CANCELLED)
        elif outcome == "answered" and not other.hangup:
            other.answered()
            if not await self.answer(leg):
                await other.end(commanded(other.direction))
                return False
            await self._bridge(leg, other)
            return True
        return False

    async def _bridge(self, leg: CallLeg, other: CallLeg) -> None:
        if before := leg.peer:
            before.peer = None
            leg.media.listeners.clear()
            await before.end(commanded(before.direction))
        leg.peer, other.peer = other, leg
        for one, two in ((leg, other), (other, leg)):
            one.media.listeners.append(two.media.carry())
            one.send("call.bridged")

    # -- legs

    def _leg(self, direction: Any, caller: str, dialled: str) -> CallLeg:
        leg = CallLeg(self.session_id, direction, caller, dialled, self._send)
        self.legs.append(leg)
        return leg

    def _send(self, event_type: str, payload: dict[str, Any]) -> Notice | None:
        if self.route.mode == "sip":
            return None
        urls = tuple(url for url in (self.route.webhook_url, self.route.failover_url) if url)
        return self.exchange.webhooks.send(self.session_id, urls, event_type, payload)

    def _attach(self, leg: CallLeg, sip: Leg) -> None:
        leg.attach(sip)
        self.start("end", lambda: self._watch(leg, sip))
        self.start("audio", leg.media.listen)
        self.start("keys", lambda: self._keys(leg, sip))
        if leg.direction == "incoming":
            self.start("patience", lambda: self._give_up(leg, sip))

    async def _watch(self, leg: CallLeg, sip: Leg) -> None:
        hangup = hangup_of(await sip.ended(), leg.direction)
        leg.over(hangup)
        if peer := leg.peer:
            await peer.end(leg.hangup or hangup)

    async def _keys(self, leg: CallLeg, sip: Leg) -> None:
        async for digit in sip.digits():
            leg.send("call.dtmf.received", digit=digit)
            if leg.peer and leg.peer.sip:
                await leg.peer.sip.press(digit)

    async def _give_up(self, leg: CallLeg, sip: Leg) -> None:
        ringing = asyncio.sleep(RINGING_SECONDS)
        if await first(answered=sip.established.wait(), over=sip.ended(), late=ringing) == "late":
            await leg.end(Hangup("timeout", "unknown", "480"), _UNANSWERED_CODE)


async def _silence(sip: Leg, seconds: float) -> None:
    """Returns after so many seconds without ringing; once it rings, at the end of the leg."""
    await asyncio.sleep(seconds)
    if sip.ringing.is_set():
        await sip.ended()
