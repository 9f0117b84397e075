"""What a caller says, kept: `record_start`. It is fetched by a URL that nobody can guess, and that expires."""

import asyncio
import secrets
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab.base import sound
from lab.carrier.announcing import beep
from lab.carrier.leg import CallLeg
from lab.carrier.media import Listener
from lab.carrier.webhooks import stamp
from lab.sip.leg import Heard
from shared.tasks import first

URL_SECONDS = 600.0
_KEPT = 200
_LOOK_SECONDS = 0.05
_LONGEST_SECONDS = 4 * 3600.0


class Recordings:
    """In memory. `address` is the carrier's own, `http://host:port`, set once it listens."""

    def __init__(self) -> None:
        self.address = ""
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def keep(self, wav: bytes) -> str:
        """Its URL, which holds for ten minutes."""
        name = secrets.token_urlsafe(24)
        self._kept[name] = time.monotonic() + URL_SECONDS, wav
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return f"{self.address}/recordings/{name}.wav"

    def get(self, name: str) -> bytes | None:
        """None when there is none, or no more."""
        until, wav = self._kept.get(name, (0.0, b""))
        return wav if time.monotonic() < until else None

    def expire(self) -> None:
        """All URLs given so far stop holding."""
        self._kept.clear()


@dataclass(frozen=True)
class Recording:
    """What `record_start` asks for."""

    beep: bool = False
    silence_seconds: int = 0
    """After speech; 0: silence doesn't end it. Who never speaks isn't silent, so Telnyx."""
    most_seconds: int = 0
    """0: as long as a call may be."""
    channels: str = "single"
    """`dual`: the other side's is the second."""


class Recorder:
    """One recording of one leg."""

    def __init__(self, leg: CallLeg, asked: Recording) -> None:
        self._leg = leg
        self._asked = asked
        self._said: list[bytes] = []
        self._answered: list[bytes] = []
        self._spoke_at: float | None = None

    async def run(self, recordings: Recordings, stop: asyncio.Event) -> None:
        """Until it is full, or `stop` is set. Tells `call.recording.saved`."""
        leg, asked = self._leg, self._asked
        assert leg.sip
        if asked.beep:
            await beep(leg)
        began = time.time()
        with _heard(leg, self._hear), _heard(leg.peer, lambda heard: self._answered.append(heard.pcm)):
            await first(
                over=leg.sip.ended(),
                stop=stop.wait(),
                silence=self._silence(),
                late=asyncio.sleep(asked.most_seconds or _LONGEST_SECONDS),
            )
        leg.tell(
            "call.recording.saved",
            recording_id=str(uuid.uuid4()),
            format="wav",
            channels=asked.channels,
            recording_urls={"wav": recordings.keep(self._wav(leg.sip.rate))},
            public_recording_urls={},
            recording_started_at=stamp(began),
            recording_ended_at=stamp(time.time()),
            start_time=stamp(leg.started_at),
        )

    def _wav(self, rate: int) -> bytes:
        said, answered = b"".join(self._said), b"".join(self._answered)
        if self._asked.channels == "dual":
            return sound.wav(sound.stereo(said, answered), rate, 2)
        return sound.wav(said, rate)

    def _hear(self, heard: Heard) -> None:
        self._said.append(heard.pcm)
        if sound.level(sound.from_pcm(heard.pcm)) > sound.VOICED:
            self._spoke_at = time.monotonic()

    async def _silence(self) -> None:
        seconds = self._asked.silence_seconds
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if seconds and self._spoke_at is not None and time.monotonic() - self._spoke_at >= seconds:
                return


@contextmanager
def _heard(leg: CallLeg | None, listener: Listener) -> Iterator[None]:
    """Inside it `listener` hears the leg, if there is one."""
    if leg is None:
        yield
        return
    leg.media.listeners.append(listener)
    try:
        yield
    finally:
        if listener in leg.media.listeners:
            leg.media.listeners.remove(listener)
