"""Builds Deepgram's `Results` messages."""

import re
from typing import Any

_CONFIDENCE = 0.95


def results(
    request_id: str,
    text: str,
    start: float,
    end: float,
    *,
    formatted: bool,
    final: bool,
    speech_final: bool,
    finalize: bool = False,
) -> dict[str, Any]:
    """The words from `start` to `end` seconds of the stream; without capitals and punctuation unless `formatted`."""
    said = alternative(text, start, end)
    if not formatted:
        said["transcript"] = " ".join(word["word"] for word in said["words"])
    return {
        "type": "Results",
        "channel_index": [0, 1],
        "start": round(start, 3),
        "duration": round(end - start, 3),
        "is_final": final,
        "speech_final": speech_final,
        "from_finalize": finalize,
        "channel": {"alternatives": [said]},
        "metadata": {"request_id": request_id, "model_info": {"name": "lab"}},
    }


def alternative(text: str, start: float, end: float) -> dict[str, Any]:
    """One alternative of a result, with its words."""
    return {"transcript": text, "confidence": _CONFIDENCE if text else 0.0, "words": spread(text, start, end)}


def spread(text: str, start: float, end: float) -> list[dict[str, Any]]:
    """The words of a text with times in seconds, spread by their length."""
    shown = text.split()
    letters = sum(map(len, shown))
    words: list[dict[str, Any]] = []
    at = start
    for word in shown:
        until = at + (end - start) * len(word) / letters
        plain = re.sub(r"^\W+|[^\w%]+$", "", word).lower()
        words.append(
            {
                "word": plain or word,
                "start": round(at, 3),
                "end": round(until, 3),
                "confidence": _CONFIDENCE,
                "punctuated_word": word,
            }
        )
        at = until
    return words
