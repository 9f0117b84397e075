"""House audio: the sentences that callers hear even if every provider is down, shipped as Ogg/Opus (PT-74, OP-98).

`pickup house-audio` makes them anew when their words change; a test holds that each is there. The codec is loaded when
a recording is read: to know where one lies needs none.
"""

import hashlib
import io
import wave
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from shared.domain.announcements import announcements_by_language
from shared.domain.language.bridges import BACK_LINES
from shared.domain.language.safety_lines import LINES
from shared.domain.telephony.leg_policy import Voice
from shared.domain.telephony.legs import LegNote, Play, Say

FOLDER = Path(__file__).parent / "audio"

SENTENCES: Mapping[str, str] = MappingProxyType(
    {text: language for language, texts in announcements_by_language().items() for text in texts}
    | {text: language for language, lines in LINES.items() for text in lines.all}
    | {text: language for language, text in BACK_LINES.items()}
)
"""Each with its language."""


def recording_of(text: str) -> Path:
    """Where a sentence's recording lies, or would lie: named by its words, however they are punctuated."""
    words = " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
    return FOLDER / f"{hashlib.sha256(words.encode()).hexdigest()[:16]}.ogg"


def path_of(recording: Path) -> str:
    """Where webhooks serve one, for a carrier that plays it."""
    return f"/lines/{recording.stem}.wav"


def house_voice(public_url: str) -> Voice:
    """Says a sentence to a caller at the carrier: by a recording that the carrier fetches from our webhooks, else by
    the carrier's own voice."""

    def say(text: str, note: LegNote) -> Play | Say:
        recording = recording_of(text)
        if recording.exists():
            return Play(f"{public_url.rstrip('/')}{path_of(recording)}", note)
        return Say(text, note.language, note)

    return say


def read(path: Path, sample_rate: int) -> bytes:
    """A recording as s16le mono PCM."""
    import av
    import numpy as np

    resampler = av.AudioResampler(format="s16", layout="mono", rate=sample_rate)
    with av.open(str(path)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
    return b"".join(np.ascontiguousarray(frame.to_ndarray()).tobytes() for frame in frames)


def wav(path: Path, sample_rate: int) -> bytes:
    """A recording as a WAV file: 16 bit, mono."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writing:
        writing.setnchannels(1)
        writing.setsampwidth(2)
        writing.setframerate(sample_rate)
        writing.writeframes(read(path, sample_rate))
    return file.getvalue()
