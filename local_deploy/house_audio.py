"""Makes the house audio: speaks each shipped sentence with the lab's voice and writes it into shared/audio."""

from collections.abc import AsyncIterator
from pathlib import Path

from lab.providers.voice import RATE, Mouth
from shared import house_audio

_VOICES = {"en": "alloy", "es": "spanish"}
"""By language; the natural voice speaks English alone."""


async def make_house_audio() -> AsyncIterator[tuple[Path, str]]:
    """Yields each file with its sentence, once it is written. Files of sentences that are no more are removed."""
    house_audio.FOLDER.mkdir(exist_ok=True)
    wanted = {house_audio.recording_of(text): text for text in house_audio.SENTENCES}
    for old in set(house_audio.FOLDER.glob("*.ogg")) - set(wanted):
        old.unlink()
    mouth = Mouth()
    try:
        for path, text in wanted.items():
            voice = _VOICES[house_audio.SENTENCES[text]]
            _write(path, b"".join([part async for part in mouth.speak(text, voice)]), RATE)
            yield path, text
    finally:
        mouth.close()


def _write(path: Path, pcm: bytes, sample_rate: int) -> None:
    """s16le mono PCM as Ogg/Opus at 24 kbit/s."""
    import av
    import numpy as np

    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        stream.bit_rate = 24_000
        frame = av.AudioFrame.from_ndarray(np.frombuffer(pcm, np.int16).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = sample_rate
        for part in av.AudioResampler(format="s16", layout="mono", rate=48_000).resample(frame):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
