"""Speech recognition of the lab: moonshine's open-vocabulary recogniser, with a queue before it."""

import itertools
import queue
import re
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from lab.base.sound import Samples

RATE = 16_000
"""Hz of the audio that `Ears` takes."""

_MINIMUM_SECONDS = 0.12
_FRAME = RATE * 30 // 1000
_VOICED_FRAMES = 3


@dataclass(order=True)
class _Job:
    rank: tuple[int, int]
    samples: Samples = field(compare=False)
    transcript: "Future[str]" = field(compare=False)


class Ears:
    """One engine, one thread, one queue: a decode uses all cores, and two threads on one handle give wrong text.

    Usable at once: the thread loads the engine, and earlier jobs wait for it.
    """

    def __init__(self) -> None:
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._order = itertools.count()
        self.loaded: Future[None] = Future()
        self._thread = threading.Thread(target=self._work, name="ears", daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        return self._jobs.empty()

    def hear(self, samples: Samples, *, urgent: bool = True) -> "Future[str]":
        """Recognises one utterance (mono at `RATE`); the text is empty when it holds no voice.

        Urgent jobs go first. Cancelling the future before its turn saves the decode.
        """
        transcript: Future[str] = Future()
        self._jobs.put(_Job((0 if urgent else 1, next(self._order)), samples, transcript))
        return transcript

    def _work(self) -> None:
        try:
            from moonshine_voice import ModelArch, get_model_path  # pyright: ignore
            from moonshine_voice.transcriber import Transcriber  # pyright: ignore

            # threshold 0 turns off its own segmentation, which invents words before silence
            options = {"identify_speakers": "false", "vad_threshold": "0.0"}
            engine = Transcriber(get_model_path("tiny-en"), ModelArch.TINY, options=options)
        except BaseException as error:
            self.loaded.set_exception(error)
            raise
        self.loaded.set_result(None)
        while True:
            job = self._jobs.get()
            if not job.transcript.set_running_or_notify_cancel():
                continue
            try:
                if not has_voice(job.samples):
                    job.transcript.set_result("")
                    continue
                lines = engine.transcribe_without_streaming(job.samples.tolist(), RATE).lines
                job.transcript.set_result(_tidied(" ".join(line.text for line in lines)))
            except Exception as error:  # the boundary: the future reports it
                job.transcript.set_exception(error)


def has_voice(samples: Samples) -> bool:
    """Whether a person may be speaking: some frames repeat at a pitch of 70 to 400 Hz, and aren't mere tones.

    Without this check the recogniser finds words in noise and in dial tones.
    """
    if samples.size < _MINIMUM_SECONDS * RATE:
        return False
    frames = samples[: samples.size // _FRAME * _FRAME].reshape(-1, _FRAME)
    frames = frames - frames.mean(axis=1, keepdims=True)
    energy = (frames**2).sum(axis=1)
    loud = frames[energy > max(1e-3, float(energy.max()) * 0.05)]
    if len(loud) < _VOICED_FRAMES:
        return False
    spectrum = np.abs(np.fft.rfft(loud, n=2 * _FRAME, axis=1)) ** 2
    correlation = np.fft.irfft(spectrum, axis=1)
    periodic = correlation[:, RATE // 400 : RATE // 70].max(axis=1) / np.maximum(correlation[:, 0], 1e-9)
    # a tone, or two as telephone keys have, holds nearly all energy in a few bins
    shaped = np.abs(np.fft.rfft(loud * np.hanning(_FRAME), n=2 * _FRAME, axis=1)) ** 2
    top = np.sort(shaped, axis=1)[:, -12:].sum(axis=1) / np.maximum(shaped.sum(axis=1), 1e-9)
    return int(((periodic > 0.45) & (top < 0.985)).sum()) >= _VOICED_FRAMES


def _tidied(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
