"""Silences the caller's side of a recording from some moment on."""

import shutil
import tempfile
from pathlib import Path
from typing import Any, cast

import av

_CALLER = 0
"""The left channel."""
_av = cast(Any, av)  # its types know no stereo sound


def silence_caller(path: Path, from_seconds: float) -> None:
    """Write the stereo Opus file anew, without what the caller said after `from_seconds`.

    Raises `OSError` or av's errors; the file is as it was then.
    """
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / path.name
        with _av.open(path) as source, _av.open(written, mode="w", format="ogg") as target:
            incoming = source.streams.audio[0]
            outgoing = target.add_stream(_encoder(), rate=incoming.rate, layout="stereo")
            if outgoing.codec_context.name == "opus":
                outgoing.codec_context.options["strict"] = "experimental"
            for frame in source.decode(incoming):
                samples = frame.to_ndarray()
                first = round((from_seconds - (frame.time or 0.0)) * frame.sample_rate)
                samples[_CALLER, max(0, first) :] = 0
                silenced = _av.AudioFrame.from_ndarray(samples, format=frame.format.name, layout="stereo")
                silenced.sample_rate = frame.sample_rate
                target.mux(outgoing.encode(silenced))
            target.mux(outgoing.encode(None))
        shutil.copyfile(written, path)


def _encoder() -> str:
    """As the recorder's: FFmpeg's own encoder is experimental."""
    return "libopus" if "libopus" in _av.codecs_available else "opus"
