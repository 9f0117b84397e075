"""A SIP user agent over baresip-python, one per process; gateway, carrier, simulated caller and line use its legs."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Literal, Self

from baresip import Account, BaresipError, Call, Config, Runtime, StackEvent, UserAgent
from baresip.events import Event

from lab.sip.invites import HeldInvites, Refusal
from lab.sip.leg import AudioPiece, Leg, LegEnd, SipError, address_of
from lab.sip.messages import SipMessage
from lab.sip.native import SipThread
from lab.sip.network import near
from lab.stack.ports import RTP, free_port
from shared.errors import StackError
from shared.tasks import Backoff, Tasks

__all__ = [
    "CODECS",
    "NO_LOGIN",
    "AudioPiece",
    "Leg",
    "LegEnd",
    "Refusal",
    "SipError",
    "SipMessage",
    "SipStack",
    "address_of",
    "near",
]

CODECS = ("PCMU", "PCMA", "G722")
"""In order of preference."""
NO_LOGIN = ("", "")
_NAMES = {"PCMU": "pcmu", "PCMA": "pcma", "G722": "g722/16000/1"}
_LISTEN_SECONDS = 0.005
_GOODBYE_SECONDS = 2.0
_EARLY_EVENTS = 256
Screen = Callable[[SipMessage], Awaitable[Refusal | None]]
"""Why an INVITE is refused; None for one that rings."""
_RESTART = Backoff(first_seconds=0.02, longest_seconds=1.0)
_HEADERS = 14
"""The stack exposes 16 headers at most, From and To among them."""


class SipStack:
    """Listens on UDP and TCP of `host:port` (0: a free port) inside `async with`, and dials.

    `on_call` gets each incoming leg, on the event loop, when it rings; the leg rings until it is answered, refused or
    hung up. `screen` is asked of each INVITE before that: what it refuses doesn't ring, and no leg is made of it.
    `headers`: names of the headers that a leg exposes. `max_calls` counts both directions; a call beyond it is
    refused with 486 and `on_call` isn't called (None: no limit). `rtp_timeout`: seconds without RTP after which a leg
    ends (0: never).
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        on_call: Callable[[Leg], None] | None = None,
        screen: Screen | None = None,
        headers: tuple[str, ...] = (),
        codecs: tuple[str, ...] = CODECS,
        max_calls: int | None = None,
        rtp_timeout: int = 0,
    ) -> None:
        if len(headers) > _HEADERS:
            raise SipError(f"the SIP stack exposes at most {_HEADERS} headers, not {len(headers)}")
        self.host = host
        self.port = port
        self.legs: set[Leg] = set()
        """Legs that haven't ended."""
        self._on_call = on_call
        self._screen = screen
        self._held: HeldInvites | None = None
        self._headers = headers
        self._codecs = tuple(_NAMES[codec] for codec in codecs)
        self._max_calls = max_calls
        self._rtp_timeout = rtp_timeout
        self._runtime = Runtime()
        self._thread: SipThread | None = None
        self._agents: dict[tuple[str, str | None, str, tuple[str, str]], UserAgent] = {}
        self._by_handle: dict[int, Leg] = {}
        self._dialling = 0
        self._early: list[StackEvent] = []
        """Events of legs that `dial` is about to return."""
        self._some = asyncio.Event()
        self._tasks = Tasks()

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        try:
            wanted = self.port or free_port(self.host)
        except OSError as error:
            raise StackError(f"{self.host} isn't an address of this machine: {error.strerror}") from error
        config = Config(
            # None: the stack picks the interface towards the peer; the loopback must be named
            net_interface=None if self.host == "0.0.0.0" else self.host,
            max_concurrent_calls=self._max_calls,
            expose_headers=("From", "To", *self._headers),
            rtp_timeout=self._rtp_timeout,
            native_log_level="error",
            extra_config_text=(
                f"sip_listen {self.host}:{wanted}\nsip_transports udp,tcp\nrtp_ports {RTP[0]}-{RTP[-1]}\n"
                "audio_jitter_buffer_type off\n"
            ),
        )
        try:
            await self._runtime.start(config)
        except BaresipError as error:
            raise StackError(f"the SIP stack doesn't start on {self.host}:{wanted}: {error}") from error
        try:
            self._thread = SipThread(self._runtime)
            self.port = await self._thread.port()
            await self._thread.watch()
            if self._screen:
                await self._hold(self._thread, self._screen)
            if self.port != wanted:
                raise StackError(f"the SIP stack could not listen on {self.host}:{wanted}")
            self._runtime.subscribe(self._on_event)
            self._runtime.on_dead = self._on_dead
            await self._agent("pickup", None)
            # an agent on UDP gets no calls that arrive by TCP
            await self._agent("pickup", None, "tcp")
        except BaseException:
            await self._runtime.close()
            raise
        self._tasks.start("SIP audio", self._listen, restart=_RESTART)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hangs up the remaining legs, then closes; bounded."""
        legs = list(self.legs)
        try:
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await asyncio.gather(*(leg.hang_up() for leg in legs), return_exceptions=True)
                await asyncio.gather(*(leg.ended() for leg in legs))
        except TimeoutError:
            pass
        finally:
            await self._tasks.aclose()
            if self._held and self._thread:
                await self._thread.run(self._held.close)
            await self._runtime.close()
            self._end_all("closed")

    async def dial(
        self,
        uri: str,
        *,
        caller: str = "anonymous",
        headers: dict[str, str] | None = None,
        via: str | None = None,
        login: tuple[str, str] = NO_LOGIN,
    ) -> Leg:
        """Send an INVITE to `uri` (`sip:number@host:port`), From the number `caller`; returns before it is answered.

        `via` (`host:port`): where to send it instead of the URI's own host. `login`: the user and the password that
        answer a challenge. Raises SipError if it can't be sent.
        """

        async def call() -> Call:
            return await (await self._agent(caller, via, login=login)).dial(uri, headers)

        return await self._reach(call(), uri, caller, dict(headers or {}))

    async def follow(self, leg: Leg, to: str) -> Leg:
        """Accept the REFER of the leg's peer: call `to`; when that side answers, `leg` ends as `transferred`."""
        return await self._reach(leg.call.accept_transfer(), to, leg.dialled, {})

    async def _reach(self, calling: Awaitable[Call], uri: str, caller: str, headers: dict[str, str]) -> Leg:
        self._dialling += 1
        try:
            call = await calling
        except (BaresipError, ValueError) as error:
            raise SipError(f"{uri} can't be called: {error}") from error
        finally:
            self._dialling -= 1
        leg = self._adopt(call, "outgoing", address_of(uri), caller, headers)
        # on a busy event loop these events arrive before the leg does
        for event in [early for early in self._early if early.call == call.handle]:
            call._on_stack_event(event)
            self._forward(leg, event)
        if not self._dialling:
            self._early.clear()
        return leg

    def message_of(self, leg: Leg) -> SipMessage | None:
        """The INVITE of an incoming leg, or the 200 OK of an outgoing one; None once many later ones have arrived."""
        return self._thread.received.of(leg.sip_call_id) if self._thread else None

    async def _agent(
        self,
        user: str,
        via: str | None,
        transport: Literal["udp", "tcp"] = "udp",
        login: tuple[str, str] = NO_LOGIN,
    ) -> UserAgent:
        """The user agent that calls from this number: one for each (1,000 at most), as agents can't be destroyed."""
        key = user, via, transport, login
        if key not in self._agents:
            name, password = login
            account = Account(
                user,
                self.host,
                password,
                auth_user=name or None,
                registrar=via,
                transport=transport,
                reg_interval=0,
                audio_codecs=self._codecs,
                # the first two take all incoming calls
                extra_params=("catchall=yes",) if len(self._agents) < 2 else (),
            )
            self._agents[key] = await UserAgent.create(self._runtime, account)
        return self._agents[key]

    async def _hold(self, thread: SipThread, screen: Screen) -> None:
        """Has each INVITE of a new call held until it is screened."""
        loop = asyncio.get_running_loop()

        async def decide(invite: SipMessage) -> None:
            refusal = await screen(invite)
            await thread.run(lambda: held.refuse(invite, refusal) if refusal else held.ring(invite))

        def begin(invite: SipMessage) -> None:
            self._tasks.start("screening of an INVITE", lambda: decide(invite))

        def came(invite: SipMessage) -> None:
            loop.call_soon_threadsafe(begin, invite)

        self._held = held = HeldInvites(lambda: thread.received.current, came)
        await thread.run(held.watch)

    def _adopt(
        self,
        call: Call,
        direction: Literal["incoming", "outgoing"],
        dialled: tuple[str, str],
        caller: str | None,
        headers: dict[str, str],
    ) -> Leg:
        assert self._thread
        leg = Leg(
            call,
            self._thread.hang_up,
            direction=direction,
            dialled=dialled[0],
            host=dialled[1],
            caller=caller,
            headers=headers,
        )
        self._by_handle[call.handle] = leg
        self.legs.add(leg)
        self._some.set()
        return leg

    def _on_event(self, event: StackEvent) -> None:
        if event.event is Event.CALL_INCOMING:
            # an agent made for dialling may have the number that is called now, so any agent may ring
            self._ring(event)
        elif leg := self._by_handle.get(event.call):
            self._forward(leg, event)
        elif event.call and self._dialling and len(self._early) < _EARLY_EVENTS:
            self._early.append(event)

    def _ring(self, event: StackEvent) -> None:
        call = Call._from_incoming(self._runtime, event)
        headers = {name.lower(): value for name, value in event.headers.items()}
        leg = self._adopt(
            call,
            "incoming",
            address_of(headers.get("to", "")),
            address_of(headers.get("from", ""))[0] or address_of(event.peer or "")[0] or None,
            {name: headers[name.lower()] for name in self._headers if name.lower() in headers},
        )
        if self._on_call:
            self._on_call(leg)

    def _forward(self, leg: Leg, event: StackEvent) -> None:
        leg.on_event(event)
        if leg.ending:
            self._by_handle.pop(event.call, None)
            self.legs.discard(leg)

    async def _listen(self) -> None:
        """Reads the audio of all legs every few milliseconds, while there are any."""
        while True:
            if not self.legs:
                self._some.clear()
                await self._some.wait()
            for leg in tuple(self.legs):
                leg.listen()
            await asyncio.sleep(_LISTEN_SECONDS)

    def _on_dead(self) -> None:
        self._end_all("the SIP stack died")

    def _end_all(self, text: str) -> None:
        for handle, leg in tuple(self._by_handle.items()):
            self._forward(leg, StackEvent(Event.CALL_CLOSED, call=handle, text=text))
