"""A linear classifier for danger in words that no sign has: the second net of `safety`, after the lists.

It was trained on utterances of callers, dangerous and harmless (scripts/danger_net.py); its weights lie beside this
module. It knows words and pairs of neighbours, and no order beyond that, and judges an utterance by their average.
"""

import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from shared.domain.language.text import without_accents

HARMLESS = "harmless"
_REASONS = 3


@dataclass(frozen=True)
class Judgement:
    """What the net takes an utterance for."""

    probability: float
    """That it is dangerous, 0 to 1."""
    label: str
    """The likeliest danger, `emergency` or `crisis`, with `_es` where the words are Spanish."""
    words: tuple[str, ...]
    """The words and pairs that count most for it, the weightiest first."""


def judge(plain: str) -> Judgement:
    """`plain`: an utterance as `text.words` gives it."""
    net, found = _net(), sorted(grams(plain))
    known = [gram for gram in found if gram in net.weights]
    scale = math.sqrt(max(1, len(found)))
    odds = {
        label: math.exp(bias + sum(net.weights[gram][place] for gram in known) / scale)
        for place, (label, bias) in enumerate(zip(net.labels, net.biases, strict=True))
    }
    probability = 1 - odds[HARMLESS] / sum(odds.values())
    del odds[HARMLESS]
    label = max(odds, key=odds.__getitem__)
    place = net.labels.index(label)
    known.sort(key=lambda gram: -net.weights[gram][place])
    return Judgement(probability, label, tuple(known[:_REASONS]))


def grams(plain: str) -> frozenset[str]:
    """The words and the pairs of neighbours, without accents; those that say nothing of the matter are left out."""
    words = without_accents(plain).split()
    pairs = {f"{first} {second}" for first, second in pairwise(words) if not {first, second} <= _EMPTY}
    return frozenset({*words} - _EMPTY | pairs)


_EMPTY = frozenset((
    "a", "an", "the", "and", "or", "but", "so", "then", "now", "just", "well", "oh", "uh", "um", "yeah", "okay",
    "this", "that", "these", "those", "it", "its", "is", "are", "was", "were", "be", "been", "am", "do", "does",
    "did", "have", "has", "had", "of", "to", "in", "on", "at", "by", "for", "from", "with", "as", "about", "into",
    "over", "up", "out", "there", "here", "what", "when", "where", "which", "who", "how", "if", "than", "too",
    "very", "really", "also", "again", "y", "o", "pero", "el", "la", "los", "las", "un", "una", "de", "del", "en",
    "con", "por", "para", "que", "se", "es", "esta", "ya", "lo", "le", "su", "al", "muy"
))  # fmt: skip
"""They make a style, and no danger."""


@dataclass(frozen=True)
class _Net:
    labels: list[str]
    biases: list[float]
    weights: dict[str, list[float]]
    """By gram, in the order of the labels."""


@cache
def _net() -> _Net:
    """A line a gram: its weights by label, tab-separated; the first line names the labels, the second holds biases."""
    text = files("shared.domain.language").joinpath("danger_net.tsv").read_text("utf-8")
    names, biases, *rows = (line.split("\t") for line in text.splitlines())
    weights = {gram: [float(weight) for weight in row] for gram, *row in rows}
    return _Net(names[1:], [float(bias) for bias in biases[1:]], weights)
