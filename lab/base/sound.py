"""Sound as arrays: mono float32 in [-1, 1] unless it says otherwise. Resampling, G.711, noise, levels, WAV."""

import io
import wave
from itertools import pairwise
from math import gcd

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

_TAPS_PER_SIDE = 16
"""Zero crossings of the low-pass filter on either side of its centre."""
_SILENCE_DB = -96.0
_SILENT = 60.0
"""The RMS (scale of int16) below which not even a whispered consonant sounds."""


def from_pcm(pcm: bytes) -> Samples:
    """s16le → samples. An odd last byte is dropped."""
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float32) / np.float32(32768.0)


def to_pcm(samples: Samples) -> bytes:
    """Samples → s16le, clipped."""
    return np.clip(np.round(samples * 32768.0), -32768, 32767).astype("<i2").tobytes()


def level(samples: Samples) -> float:
    """RMS on the scale of int16 (0 … 32768); 0.0 for no samples."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) * 32768.0 if len(samples) else 0.0


def level_db(samples: Samples) -> float:
    """RMS in dB of full scale, not below -96."""
    rms = level(samples) / 32768.0
    return max(_SILENCE_DB, 20.0 * float(np.log10(rms))) if rms > 0 else _SILENCE_DB


class Resampler:
    """Converts a stream piece by piece, without seams, between any two integer rates.

    A windowed-sinc polyphase filter; its delay (≈ 16 samples of the lower rate) is cut from the front, so that a
    sample of time t comes out at time t. `flush` returns the samples that the delay still holds.
    """

    def __init__(self, source_rate: int, target_rate: int) -> None:
        divisor = gcd(source_rate, target_rate)
        self._up, self._down = target_rate // divisor, source_rate // divisor
        self._filter = _low_pass(self._up, self._down)
        """[phase, tap], taps in the order of the samples they meet."""
        self._span = self._filter.shape[1]
        self._held = np.zeros(self._span // 2 - 1, dtype=np.float32)
        self._position = 0
        """Of the next output sample, in 1/up of a source sample from the start of `_held`'s window."""

    def push(self, samples: Samples) -> Samples:
        if self._up == self._down:
            return samples
        held = np.concatenate([self._held, samples])
        last = (len(held) - self._span + 1) * self._up
        positions = np.arange(self._position, max(last, self._position), self._down)
        if len(positions) == 0:
            self._held = held
            return np.zeros(0, dtype=np.float32)
        starts, phases = positions // self._up, positions % self._up
        windows = np.lib.stride_tricks.sliding_window_view(held, self._span)[starts]
        after = int(positions[-1]) + self._down
        consumed = min(after // self._up, len(held))
        self._held, self._position = held[consumed:], after - consumed * self._up
        return np.einsum("ij,ij->i", windows, self._filter[phases]).astype(np.float32)

    def flush(self) -> Samples:
        """The end of the stream; afterwards the resampler is used up."""
        return self.push(np.zeros(self._span // 2, dtype=np.float32))


def _low_pass(up: int, down: int) -> Samples:
    """The filter of a conversion by up/down, a row a phase."""
    narrow = max(1.0, down / up)
    half = int(np.ceil(_TAPS_PER_SIDE * narrow))
    offsets = np.arange(-half + 1, half + 1)
    rows = []
    for phase in range(up):
        at = offsets - phase / up
        row = np.sinc(at / narrow * 0.95) * np.cos(np.pi * at / (2 * half + 1)) ** 2
        rows.append(row / row.sum())
    return np.array(rows, dtype=np.float32)


def resample(samples: Samples, source_rate: int, target_rate: int) -> Samples:
    """Resamples a whole sound at once; the length is exact to a sample."""
    if source_rate == target_rate:
        return samples
    resampler = Resampler(source_rate, target_rate)
    return np.concatenate([resampler.push(samples), resampler.flush()])


def mu_law_encode(samples: Samples) -> bytes:
    """8-bit µ-law as G.711 has it, a byte a sample."""
    values = np.clip(np.round(samples * 32768.0), -32635, 32635).astype(np.int32)
    sign = np.where(values < 0, 0x80, 0)
    magnitude = np.abs(values) + 0x84
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8).tobytes()


def mu_law_decode(data: bytes) -> Samples:
    """The inverse, exact to the code's steps; both zeros are 0.0."""
    codes = ~np.frombuffer(data, dtype=np.uint8).astype(np.int32) & 0xFF
    exponent, mantissa = (codes >> 4) & 0x07, codes & 0x0F
    magnitude = ((mantissa << 3) + 0x84 << exponent) - 0x84
    return (np.where(codes & 0x80, -magnitude, magnitude) / 32768.0).astype(np.float32)


class PhoneBand:
    """Passes a stream at `rate` Hz through G.711: down to 8 kHz, µ-law, and up to `target_rate`."""

    def __init__(self, rate: int, target_rate: int) -> None:
        self._down, self._up = Resampler(rate, 8000), Resampler(8000, target_rate)

    def push(self, samples: Samples) -> Samples:
        return self._up.push(mu_law_decode(mu_law_encode(self._down.push(samples))))


class Noise:
    """Endless pink noise, as of a room with an open window; the same for the same seed."""

    def __init__(self, level_rms: float, seed: int = 0) -> None:
        """`level_rms` on the scale of int16."""
        rng = np.random.default_rng(seed)
        # four seconds, looped: made from a spectrum, so that the loop closes without a click
        spectrum = rng.normal(size=(2, 32001))
        shaped = (spectrum[0] + 1j * spectrum[1]) / np.sqrt(np.maximum(np.arange(32001), 20.0))
        shaped[0] = 0
        loop = np.fft.irfft(shaped)
        self._loop = (loop * (level_rms / 32768.0 / np.sqrt(np.mean(loop**2)))).astype(np.float32)
        self._at = 0

    def take(self, count: int) -> Samples:
        piece = np.take(self._loop, np.arange(self._at, self._at + count), mode="wrap")
        self._at = (self._at + count) % len(self._loop)
        return piece


def cough(rate: int, seed: int = 0) -> Samples:
    """A burst of noise of 0.35 s that dies away, as loud as a shout."""
    count = round(0.35 * rate)
    burst = np.random.default_rng(seed).normal(size=count) * np.exp(-np.arange(count) / rate / 0.08)
    return (burst * (0.5 / np.abs(burst).max())).astype(np.float32)


VOICED = 200.0
"""The RMS (scale of int16) above which a frame counts as voice; G.711's silence is far below."""


def voiced_span(samples: Samples, rate: int) -> tuple[int, int] | None:
    """(first, end) of the voiced samples, exact to 5 ms; None without a voice."""
    step = rate // 200
    voiced = [at for at in range(0, len(samples), step) if level(samples[at : at + step]) > VOICED]
    return (voiced[0], min(voiced[-1] + step, len(samples))) if voiced else None


def trimmed(speech: Samples, rate: int) -> Samples:
    """Cuts the silence at both ends but for 20 ms; empty without a voice."""
    span, margin = voiced_span(speech, rate), rate // 50
    return speech[max(0, span[0] - margin) : span[1] + margin] if span else speech[:0]


def hurried(speech: Samples, rate: int, longest_pause_seconds: float) -> Samples:
    """Shortens each pause to at most `longest_pause_seconds`, by cutting only silence."""
    step = rate // 200
    frames = frames_of(speech, step)
    levels = [level(frame) for frame in frames]
    loud = [at for at, height in enumerate(levels) if height > VOICED]
    cut: set[int] = set()
    for here, there in pairwise(loud):
        excess = there - here - 1 - round(longest_pause_seconds * rate / step)
        silent = [at for at in range(here + 1, there) if levels[at] < _SILENT]
        if excess > 0 and silent:
            # from the middle, so that the word before can fade and the next one keeps its onset
            first = max(0, (len(silent) - excess) // 2)
            cut.update(silent[first : first + excess])
    kept = [frame for at, frame in enumerate(frames) if at not in cut]
    return np.concatenate(kept) if kept else speech


def voiced_level(frames: list[Samples]) -> float:
    """The RMS (scale of int16) of the voiced frames; 0.0 without any."""
    voiced = [frame for frame in frames if level(frame) > VOICED]
    return level(np.concatenate(voiced)) if voiced else 0.0


def frames_of(samples: Samples, size: int) -> list[Samples]:
    """Cuts a sound into frames of `size`, the last one filled with silence."""
    count = -(-len(samples) // size)
    padded = np.zeros(count * size, dtype=np.float32)
    padded[: len(samples)] = samples
    return [padded[at : at + size] for at in range(0, len(padded), size)]


def wav(pcm: bytes, rate: int, channels: int = 1) -> bytes:
    """A WAV file of s16le samples, interleaved when there are two channels."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(pcm)
    return file.getvalue()


def stereo(left: bytes, right: bytes) -> bytes:
    """Two s16le channels interleaved, the shorter one filled with silence."""
    length = max(len(left), len(right)) // 2
    both = np.zeros((length, 2), dtype="<i2")
    both[: len(left) // 2, 0] = np.frombuffer(left, dtype="<i2")
    both[: len(right) // 2, 1] = np.frombuffer(right, dtype="<i2")
    return both.tobytes()
