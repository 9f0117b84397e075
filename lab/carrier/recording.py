"""The command `record_start`: a leg's audio as WAV, behind a URL that can't be guessed and expires."""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab.base import sound
from lab.carrier.announcing import beep
from lab.carrier.leg import CallLeg
from lab.carrier.media import Listener
from lab.carrier.webhooks import stamp
from lab.sip.leg import AudioPiece
from shared.tasks import first

URL_SECONDS = 600.0
_KEPT = 200
_LOOK_SECONDS = 0.05
_LONGEST_SECONDS = 4 * 3600.0


class Recordings:
    """WAVs in memory. `address`: the carrier's `http://host:port`, set once it listens."""

    def __init__(self) -> None:
        self.address = ""
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def keep(self, wav: bytes) -> str:
        """Stores a WAV; returns its URL, valid for ten minutes."""
        name = secrets.token_urlsafe(24)
        self._kept[name] = time.monotonic() + URL_SECONDS, wav
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return f"{self.address}/recordings/{name}.wav"

    def get(self, name: str) -> bytes | None:
        """None if there is none, or it has expired."""
        until, wav = self._kept.get(name, (0.0, b""))
        return wav if time.monotonic() < until else None

    def expire(self) -> None:
        """Expires all URLs."""
        self._kept.clear()


@dataclass(frozen=True)
class Recording:
    """Parameters of `record_start`."""

    beep: bool = False
    silence_seconds: int = 0
    """Silence after speech that ends the recording; 0: none does. As at Telnyx, silence before speech doesn't count."""
    most_seconds: int = 0
    """0: the longest duration of a call."""
    channels: str = "single"
    """`dual`: the second channel is the other side's."""


class Recorder:
    """One recording of one leg."""

    def __init__(self, leg: CallLeg, options: Recording) -> None:
        self._leg = leg
        self._options = options
        self._own: list[bytes] = []
        self._peers: list[bytes] = []
        self._spoke_at: float | None = None

    async def run(self, recordings: Recordings, stop: asyncio.Event) -> None:
        """Records until the limit, a silence, the end of the leg or `stop`; sends `call.recording.saved`."""
        leg, options = self._leg, self._options
        assert leg.sip
        if options.beep:
            await beep(leg)
        began = time.time()
        with _listening(leg, self._add), _listening(leg.peer, lambda piece: self._peers.append(piece.pcm)):
            await first(
                over=leg.sip.ended(),
                stop=stop.wait(),
                silence=self._silence(),
                late=asyncio.sleep(options.most_seconds or _LONGEST_SECONDS),
            )
        leg.send(
            "call.recording.saved",
            channels=options.channels,
            recording_urls={"wav": recordings.keep(self._wav(leg.sip.rate))},
            public_recording_urls={},
            recording_started_at=stamp(began),
            recording_ended_at=stamp(time.time()),
        )

    def _wav(self, rate: int) -> bytes:
        own, peers = b"".join(self._own), b"".join(self._peers)
        if self._options.channels == "dual":
            return sound.wav(sound.stereo(own, peers), rate, 2)
        return sound.wav(own, rate)

    def _add(self, piece: AudioPiece) -> None:
        self._own.append(piece.pcm)
        if sound.level(sound.from_pcm(piece.pcm)) > sound.VOICED:
            self._spoke_at = time.monotonic()

    async def _silence(self) -> None:
        seconds = self._options.silence_seconds
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if seconds and self._spoke_at is not None and time.monotonic() - self._spoke_at >= seconds:
                return


@contextmanager
def _listening(leg: CallLeg | None, listener: Listener) -> Iterator[None]:
    """Inside it `listener` gets the leg's audio, if there is a leg."""
    if leg is None:
        yield
        return
    leg.media.listeners.append(listener)
    try:
        yield
    finally:
        if listener in leg.media.listeners:
            leg.media.listeners.remove(listener)
