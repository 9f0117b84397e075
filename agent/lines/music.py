"""Hold music: a slow arpeggio that is computed, so that nobody's rights are in it and no file is shipped."""

from functools import cache

import numpy as np

RATE = 24_000
_NOTE_SECONDS = 0.8
_RING_SECONDS = 2.4
"""A note sounds on under those after it."""
_LOUDNESS = 0.12
"""Of full scale, for a note; three or four of them sound together."""
_NOTES = (57, 64, 69, 72, 76, 72, 69, 64, 53, 60, 65, 69, 72, 69, 65, 60, 55, 62, 67, 71, 74, 71, 67, 62)
"""As MIDI numbers: chords of A minor, F and G, up and down."""


@cache
def hold_music() -> bytes:
    """One round of it, s16le mono at `RATE`; its end fits its beginning."""
    step, length = round(_NOTE_SECONDS * RATE), round(_RING_SECONDS * RATE)
    at = np.arange(length) / RATE
    sound = np.zeros(step * len(_NOTES))
    for place, note in enumerate(_NOTES):
        hertz = 440.0 * 2 ** ((note - 69) / 12)
        envelope = np.minimum(at / 0.02, 1.0) * np.exp(-at / 0.7)
        tone = np.sin(2 * np.pi * hertz * at) + 0.3 * np.sin(4 * np.pi * hertz * at)
        # the last notes ring on over the first ones of the next round
        where = (place * step + np.arange(length)) % len(sound)
        np.add.at(sound, where, _LOUDNESS * envelope * tone)
    return (np.clip(sound, -1.0, 1.0) * 32767).astype(np.int16).tobytes()
