"""Sentences that must be heard whatever is down: shipped as Ogg/Opus beside this file (PT-74, OP-98).

`pickup recordings` makes them anew when their words change; a test holds that each is there.
"""

import hashlib
from pathlib import Path

import av
import numpy as np

from shared.domain.announcements import all_announcements
from shared.domain.safety import ABUSE_GOODBYE, ABUSE_WARNING, CRISIS_LINE, THREAT_LINE

FOLDER = Path(__file__).parent / "recordings"

SENTENCES = (*all_announcements(), CRISIS_LINE, THREAT_LINE, ABUSE_WARNING, ABUSE_GOODBYE)


def recording_of(text: str) -> Path:
    """Where a sentence's recording lies, or would lie: named by its words, however they are punctuated."""
    words = " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
    return FOLDER / f"{hashlib.sha256(words.encode()).hexdigest()[:16]}.ogg"


def read(path: Path, sample_rate: int) -> bytes:
    """A recording as s16le mono PCM."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=sample_rate)
    with av.open(str(path)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
    return b"".join(np.ascontiguousarray(frame.to_ndarray()).tobytes() for frame in frames)


def write(path: Path, pcm: bytes, sample_rate: int) -> None:
    """s16le mono PCM as Ogg/Opus at 24 kbit/s."""
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        stream.bit_rate = 24_000
        frame = av.AudioFrame.from_ndarray(np.frombuffer(pcm, np.int16).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = sample_rate
        for part in av.AudioResampler(format="s16", layout="mono", rate=48_000).resample(frame):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
