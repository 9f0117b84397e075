"""One SIP leg, incoming or outgoing: signalling, audio as PCM, DTMF, transfer, end."""

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
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    500: "Server Internal Error",
    503: "Service Unavailable",
    603: "Decline",
}
_QUEUED_PIECES = 1000
"""20 s of RTP in packets of 20 ms; a reader that lives is never so far behind."""
_READ_BYTES = 16_000
_URI = re.compile(r"sips?:(?:([^@;>]*)@)?([^;>?\s]*)")


class SipError(PickupError):
    """The SIP stack or the peer refused an action, which the message names. `sip_code`: the peer's, if it sent one."""

    code = "sip_failed"

    def __init__(self, message: str, sip_code: int | None = None) -> None:
        super().__init__(message)
        self.sip_code = sip_code


@dataclass(frozen=True, slots=True)
class AudioPiece:
    """Audio received since the piece before, usually one or two packets of 20 ms."""

    pcm: bytes
    """s16le, mono."""
    rate: int
    at: float
    """`time.monotonic()` when it was read from the stack: 5 ms after its arrival, later on a busy event loop."""
    since: float
    """The read before this one: the audio arrived between `since` and `at`."""


class Leg:
    """Made by `SipStack`, which has sent 180 for an incoming leg by then.

    Audio flows once `connected` is set; before that `rate` is 0 and spoken audio is lost.
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
        """The number called: the user part of To, unchanged."""
        self.host = host
        """The host called, with its port if the URI names one."""
        self.caller = caller
        """The caller's number: the user part of From, unchanged; None if there is none."""
        self.headers = headers
        """Headers of the INVITE that the stack exposes, under the names given to the stack."""
        self.started_at = _now()
        self.ringing = asyncio.Event()
        """The other side rings (180 or 183); set from the start on an incoming leg."""
        self.established = asyncio.Event()
        """The called side has answered."""
        self.connected = asyncio.Event()
        """Audio can pass both ways."""
        self.rate = 0
        """Samples a second, both ways: 8000 with G.711, 16000 with G.722."""
        self.held = False
        """The peer has put us on hold."""
        self.lost_pieces = 0
        """Pieces of audio that were dropped because nobody read them in time."""
        self.referred: asyncio.Queue[str] = asyncio.Queue(8)
        """Targets of the peer's REFER requests: answer each with `follow` or `refuse_transfer`."""
        self.call = call
        """The stack's handle; only `SipStack` uses it."""
        self._refuse = refuse
        self._received: asyncio.Queue[AudioPiece | None] = asyncio.Queue(_QUEUED_PIECES)
        self._digits: asyncio.Queue[str | None] = asyncio.Queue(64)
        self._ended: asyncio.Future[LegEnd] = asyncio.get_running_loop().create_future()
        self._read_at = time.monotonic()
        self._ours: LegEnd | None = None
        """The end that we have requested."""
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
        """Waits for the end of the leg. Several tasks may wait."""
        return await asyncio.shield(self._ended)

    async def answer(self) -> bool:
        """Answer (200 OK). False if the caller had hung up before."""
        # video: a plain answer is followed by a re-INVITE, which breaks strict peers and restarts the audio
        return await self._unless_ended(self.call.answer(video=True))

    async def refuse(self, code: int = 486, reason: str | None = None) -> None:
        """Refuse an incoming leg that isn't answered, with this code. No effect on a leg that has ended."""
        self._ours = LegEnd("us", "refused", code, _now())
        await self._unless_ended(self._refuse(self.sip_call_id, code, reason or REASONS.get(code, "Refused")))

    async def hang_up(self) -> None:
        """Send BYE, CANCEL or 486, whichever ends the leg now; audio not sent yet is lost. Idempotent."""
        if not self._ended.done():
            self._ours = self._ours or LegEnd(
                "us", "hung_up" if self.established.is_set() else "cancelled", None, _now()
            )
            await self._unless_ended(self.call.hangup())

    # -- audio

    async def audio(self) -> AsyncIterator[AudioPiece]:
        """Audio from the peer until the leg ends. For one reader; without one the oldest pieces are dropped."""
        while (piece := await self.next_piece()) is not None:
            yield piece

    async def next_piece(self) -> AudioPiece | None:
        """The next piece of audio from the peer; None when the leg has ended. Cancelling it loses no audio."""
        piece = await self._received.get()
        if piece is None:
            self._received.put_nowait(None)
        return piece

    def speak(self, pcm: bytes) -> int:
        """Queue s16le mono at `rate` for sending; returns the bytes taken (the queue holds 2 s).

        While nothing is queued the stack sends silence.
        """
        try:
            return self.call.audio.write(pcm)
        except (AudioNotActive, AudioRestarted):
            return 0

    @property
    def unspoken_seconds(self) -> float:
        """Seconds of audio that are queued and not sent yet."""
        try:
            info = self.call.audio.info()
        except AudioNotActive:
            return 0.0
        return info.tx_buffered / 2 / info.tx_sample_rate if info.tx_sample_rate else 0.0

    def hush(self) -> float:
        """Drop the audio that is queued and not sent yet; returns its seconds."""
        seconds = self.unspoken_seconds
        try:
            self.call.audio.flush_tx()
        except (AudioNotActive, AudioRestarted):
            return 0.0
        return seconds

    # -- keys

    async def digits(self) -> AsyncIterator[str]:
        """DTMF from the peer (RFC 2833 or INFO), one character each, until the leg ends. For one reader."""
        while (digit := await self._digits.get()) is not None:
            yield digit
        self._digits.put_nowait(None)

    async def press(self, digits: str) -> None:
        """Send DTMF (RFC 2833): 0-9, *, #, A-D; 220 ms each. Raises SipError for another character."""
        try:
            await self._unless_ended(self.call.send_dtmf(digits))
        except ValueError as error:
            raise SipError(str(error)) from error

    # -- transfer

    async def refer(self, to: str, within: float = 30.0) -> None:
        """Ask the peer to call `to` (a SIP URI) instead of us (REFER). On success the leg ends as `transferred`.

        Raises SipError when the peer refuses, fails, or reports no outcome `within` so many seconds; the leg goes on.
        """
        try:
            await self._unless_ended(self.call.transfer(to, timeout=within))
        except TransferFailed as error:
            raise SipError(f"transfer to {to} failed: {error}", error.status) from error
        except (BaresipError, ValueError) as error:
            raise SipError(f"transfer to {to} could not be requested: {error}") from error

    async def refuse_transfer(self, code: int = 603) -> None:
        """Refuse the peer's REFER."""
        await self._unless_ended(self.call.reject_transfer(code))

    # -- called by the stack

    def on_event(self, event: StackEvent) -> None:
        """An event of this leg, in order."""
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
        """The leg has ended; only the first end counts."""
        if self._ended.done():
            return
        self._ended.set_result(ending)
        _put(self._received, None)
        _put(self._digits, None)

    def listen(self) -> bool:
        """Read the audio that has arrived, if any; `SipStack` calls this every few milliseconds."""
        since, self._read_at = self._read_at, time.monotonic()
        try:
            if not self.connected.is_set():
                self._connect()
            elif self._ended.done():
                return False
            elif pcm := self.call.audio.read(_READ_BYTES):
                self.lost_pieces += _put(self._received, AudioPiece(pcm, self.rate, self._read_at, since))
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

    async def _unless_ended(self, action: Awaitable[Any]) -> bool:
        """False if the leg had ended before the action."""
        try:
            await action
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
    """User part and host (with its port, if any) of the URI in a From or To header; empty if missing."""
    found = _URI.search(header)
    return (unquote((found[1] or "").split(";")[0]), found[2]) if found else ("", "")


def _put(queue: asyncio.Queue[Any], item: object) -> int:
    """Queues the item; drops the oldest one if the queue is full. Returns how many were dropped."""
    lost = queue.full()
    if lost:
        queue.get_nowait()
    queue.put_nowait(item)
    return int(lost)


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
