"""Plays a running call on this machine's sound device: the caller left, the agent right."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lab.base import sound
from lab.person.wire import FRAME, RATE, Moment
from shared.errors import ConfigError

_BUFFERED_MOMENTS = 25
"""Half a second: where the device is too slow, sound is left out rather than played ever later."""


class Loudspeaker:
    """Queues the sound of a call, from which the device's own thread takes it."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque(maxlen=_BUFFERED_MOMENTS)

    def hear(self, moment: Moment) -> None:
        self._waiting.append(sound.stereo(moment.said, moment.played))

    def fill(self, out: Any, _frames: int, _time: Any, _status: Any) -> None:
        """20 ms for the device, silence where there is nothing."""
        try:
            pcm = self._waiting.popleft()
        except IndexError:
            pcm = b""
        out[:] = pcm.ljust(len(out), b"\0")


@contextmanager
def loudspeaker() -> Iterator[Loudspeaker]:
    """Raises `ConfigError` on a machine without a sound device."""
    try:
        # imported here: without PortAudio the import itself fails
        import sounddevice
    except (ImportError, OSError) as error:
        raise ConfigError(
            f"--play has nothing to play with ({error}): install PortAudio (apt-get install libportaudio2, or brew "
            "install portaudio) and the Python package sounddevice, or keep the sound with --wav FILE"
        ) from error
    speaker = Loudspeaker()
    try:
        stream = sounddevice.RawOutputStream(
            samplerate=RATE, channels=2, dtype="int16", blocksize=FRAME, callback=speaker.fill
        )
    except (sounddevice.PortAudioError, ValueError) as error:
        raise ConfigError(
            f"--play found no sound device ({error}): plug one in, or keep the sound with --wav FILE"
        ) from error
    with stream:
        yield speaker
