"""One leg of a call over SIP, incoming or outgoing: its signalling, its sound as PCM, its end."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import unquote

from baresip import AudioNotActive, AudioRestarted, BaresipError, Call, StackEvent, StaleHandleError, TransferFailed
from baresip.events import Event

from lab.sip.ending import TRANSFERRED, LegEnd, ending_of
from shared.errors import PickupError

REASONS = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    408: "Request Timeout",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    500: "Server Internal Error",
    503: "Service Unavailable",
    603: "Decline",
}
_HEARD_PIECES = 1000
"""20 s of RTP in its usual packets: more than that nobody who is alive leaves unread."""
_READ_BYTES = 16_000
_URI = re.compile(r"sips?:(?:([^@;>]*)@)?([^;>?\s]*)")


class SipError(PickupError):
    """The SIP stack could not do what was asked; the message says what. `sip_code`: what the peer told, if anything."""

    code = "sip_failed"

    def __init__(self, message: str, sip_code: int | None = None) -> None:
        super().__init__(message)
        self.sip_code = sip_code


@dataclass(frozen=True, slots=True)
class Heard:
    """What came in since the piece before; usually a packet or two of 20 ms."""

    pcm: bytes
    """s16le, mono."""
    rate: int
    at: float
    """`time.monotonic()` when it was taken: 5 ms after it came, unless we were busy."""
    since: float
    """When it wasn't there yet: it came between this and `at`."""


class Leg:
    """Made by `SipStack`. The peer has been told 180 when an incoming leg is handed out.

    The sound is there when `connected` is set; before that `rate` is 0 and what is spoken goes nowhere.
    """

    def __init__(
        self,
        call: Call,
        refuse: Callable[[str, int, str], Awaitable[bool]],
        *,
        direction: Literal["incoming", "outgoing"],
        dialled: str,
        host: str,
        caller: str | None,
        headers: dict[str, str],
    ) -> None:
        self.direction: Literal["incoming", "outgoing"] = direction
        self.dialled = dialled
        """The number called, as it came: the user part of To."""
        self.host = host
        """The host that was called, with its port where one was named."""
        self.caller = caller
        """The caller's number, as it came: the user part of From; None when there is none."""
        self.headers = headers
        """The exposed ones of the INVITE, names as they were asked for."""
        self.started_at = _now()
        self.ringing = asyncio.Event()
        """The other side rings (180 or 183); set from the start on an incoming leg."""
        self.established = asyncio.Event()
        """Answered, by whoever was called."""
        self.connected = asyncio.Event()
        """Sound can pass both ways."""
        self.rate = 0
        """Samples a second, both ways: 8000 with G.711, 16000 with G.722."""
        self.held = False
        """The peer has put us on hold."""
        self.lost_pieces = 0
        """Of what was heard and not read in time."""
        self.referred: asyncio.Queue[str] = asyncio.Queue(8)
        """Where the peer wants to be transferred to, by REFER: answer with `follow` or `refuse_transfer`."""
        self.call = call
        """For the stack."""
        self._refuse = refuse
        self._heard: asyncio.Queue[Heard | None] = asyncio.Queue(_HEARD_PIECES)
        self._digits: asyncio.Queue[str | None] = asyncio.Queue(64)
        self._ended: asyncio.Future[LegEnd] = asyncio.get_running_loop().create_future()
        self._looked_at = time.monotonic()
        self._ours: LegEnd | None = None
        """What we have asked to be its end."""
        if direction == "incoming":
            self.ringing.set()

    def __repr__(self) -> str:
        return f"<Leg {self.direction} {self.caller} → {self.dialled}>"

    @property
    def sip_call_id(self) -> str:
        """The Call-ID header."""
        return self.call.call_id or ""

    @property
    def ending(self) -> LegEnd | None:
        return self._ended.result() if self._ended.done() else None

    async def ended(self) -> LegEnd:
        """Waits for the end, whoever ends it. May be awaited by several."""
        return await asyncio.shield(self._ended)

    async def answer(self) -> bool:
        """Pick up (200 OK). False: the caller had gone before."""
        # video: a plain answer is followed by a re-INVITE, which breaks strict peers and restarts the sound
        return await self._asked(self.call.answer(video=True))

    async def refuse(self, code: int = 486, reason: str | None = None) -> None:
        """End an incoming leg that isn't answered, with this code. A leg that has ended is fine."""
        self._ours = LegEnd("us", "refused", code, _now())
        await self._asked(self._refuse(self.sip_call_id, code, reason or REASONS.get(code, "Refused")))

    async def hang_up(self) -> None:
        """BYE, CANCEL or 486, whatever ends it now; what is spoken and not yet sent is lost. Idempotent."""
        if not self._ended.done():
            self._ours = self._ours or LegEnd(
                "us", "hung_up" if self.established.is_set() else "cancelled", None, _now()
            )
            await self._asked(self.call.hangup())

    # -- sound

    async def heard(self) -> AsyncIterator[Heard]:
        """What the peer sends, as it comes; ends with the leg. One reader; without one the oldest is dropped."""
        while (piece := await self.hear()) is not None:
            yield piece

    async def hear(self) -> Heard | None:
        """The next piece of it; None when the leg has ended. Nothing is lost by a time-out."""
        piece = await self._heard.get()
        if piece is None:
            self._heard.put_nowait(None)
        return piece

    def speak(self, pcm: bytes) -> int:
        """Queue s16le mono at `rate` for sending; the bytes taken (there is room for 2 s).

        While nothing is queued the stack sends silence.
        """
        try:
            return self.call.audio.write(pcm)
        except (AudioNotActive, AudioRestarted):
            return 0

    @property
    def unspoken_seconds(self) -> float:
        """Of what was queued and isn't sent yet."""
        try:
            info = self.call.audio.info()
        except AudioNotActive:
            return 0.0
        return info.tx_buffered / 2 / info.tx_sample_rate if info.tx_sample_rate else 0.0

    def hush(self) -> float:
        """Throw away what is queued and not yet sent; its seconds."""
        seconds = self.unspoken_seconds
        try:
            self.call.audio.flush_tx()
        except (AudioNotActive, AudioRestarted):
            return 0.0
        return seconds

    # -- keys

    async def digits(self) -> AsyncIterator[str]:
        """The keys that the peer presses (RFC 2833 or INFO), one character each; ends with the leg. One reader."""
        while (digit := await self._digits.get()) is not None:
            yield digit
        self._digits.put_nowait(None)

    async def press(self, digits: str) -> None:
        """Press keys (RFC 2833): 0-9, *, #, A-D; 220 ms each. Raises SipError for another."""
        try:
            await self._asked(self.call.send_dtmf(digits))
        except ValueError as error:
            raise SipError(str(error)) from error

    # -- transfer

    async def refer(self, to: str, within: float = 30.0) -> None:
        """Ask the peer to call `to` (a SIP URI) instead of us (REFER). When it has, the leg ends as `transferred`.

        Raises SipError when it refused or failed, or told no outcome in so many seconds; the leg goes on then.
        """
        try:
            await self._asked(self.call.transfer(to, timeout=within))
        except TransferFailed as error:
            raise SipError(f"transfer to {to} failed: {error}", error.status) from error
        except (BaresipError, ValueError) as error:
            raise SipError(f"transfer to {to} could not be asked for: {error}") from error

    async def refuse_transfer(self, code: int = 603) -> None:
        """What the peer asked for by REFER is not done."""
        await self._asked(self.call.reject_transfer(code))

    # -- the stack's side

    def on_event(self, event: StackEvent) -> None:
        """For the stack: what happened to this leg, in order."""
        match event.event:
            case Event.CALL_RINGING | Event.CALL_PROGRESS:
                self.ringing.set()
            case Event.CALL_ESTABLISHED:
                self.established.set()
            case Event.CALL_HOLD:
                self.held = True
            case Event.CALL_RESUME:
                self.held = False
            case Event.CALL_DTMF_START if event.text:
                _put(self._digits, event.text[:1])
            case Event.CALL_TRANSFER if event.text:
                # Refer-To, in angle brackets or not, with parameters behind or not
                _put(self.referred, event.text.strip().lstrip("<").partition(">")[0].partition("?")[0])
            case Event.CALL_CLOSED:
                self.end(self._read_ending(event.text or ""))
            case _:
                pass

    def end(self, ending: LegEnd) -> None:
        """For the stack."""
        if self._ended.done():
            return
        self._ended.set_result(ending)
        _put(self._heard, None)
        _put(self._digits, None)

    def listen(self) -> bool:
        """Take what has come, if anything; the stack does it each few milliseconds."""
        since, self._looked_at = self._looked_at, time.monotonic()
        try:
            if not self.connected.is_set():
                self._connect()
            elif self._ended.done():
                return False
            elif pcm := self.call.audio.read(_READ_BYTES):
                self.lost_pieces += _put(self._heard, Heard(pcm, self.rate, self._looked_at, since))
                return True
        except AudioRestarted:
            # a hold, or the end of one: the next read takes the new streams, perhaps of another codec
            self._connect()
        except AudioNotActive:
            pass
        return False

    def _connect(self) -> None:
        try:
            info = self.call.audio.info()
        except AudioNotActive:
            return
        if info.tx_ready and info.rx_ready:
            self.rate = info.rx_sample_rate
            self.connected.set()

    def _read_ending(self, text: str) -> LegEnd:
        if self._ours is not None and text != TRANSFERRED:
            return LegEnd("us", self._ours.reason, self._ours.sip_code, _now(), text)
        return ending_of(text, self.direction, self.established.is_set(), _now())

    async def _asked(self, asking: Awaitable[Any]) -> bool:
        """False when the leg had ended before it could be done."""
        try:
            await asking
        except StaleHandleError:
            return False
        except TransferFailed:
            raise
        except BaresipError as error:
            if self._ended.done():
                return False
            raise SipError(f"{error}") from error
        return True


def address_of(header: str) -> tuple[str, str]:
    """User part and host (with a port, where there is one) of the URI in a From or To header; empty where missing."""
    found = _URI.search(header)
    return (unquote((found[1] or "").split(";")[0]), found[2]) if found else ("", "")


def _put(queue: asyncio.Queue[Any], item: object) -> int:
    """How many were lost for it."""
    lost = queue.full()
    if lost:
        queue.get_nowait()
    queue.put_nowait(item)
    return int(lost)


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
