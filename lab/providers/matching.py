"""Finds the intent of an utterance: by sentence embeddings, helped by telltale words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lab.providers.meaning import Meaning
from lab.providers.wording import act_of, without_filler

Intent = dict[str, Any]
"""As `shared.domain.template.playbook` writes it."""

_LEAST = 0.34
_PLAIN = 0.65
"""A score above which the parts of the utterance needn't be compared."""
_MOST_PARTS = 16
_SENTENCE = 0.97
_CLAUSE = 0.92
_DERIVED = 0.95
_ACT = 0.25
_MOST_CHARACTERS = 600


@dataclass(frozen=True)
class Match:
    intent: Intent
    score: float
    """Cosine similarity, raised when the words name the act (`wording.ACTS`)."""


class Matcher:
    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning

    def best(self, said: str, intents: Iterable[Intent]) -> Match | None:
        """The nearest intent to the utterance or to one of its parts; None when none is near enough."""
        said = said[-_MOST_CHARACTERS:]
        possible = list(intents)
        best = self._best(said, _whole(said), possible)
        if best is None or best.score < _PLAIN:
            best = max((m for m in (best, self._best(said, _parts(said), possible)) if m), key=_by_score, default=None)
        return best if best is not None and best.score >= _LEAST else None

    def _best(self, said: str, pieces: dict[str, float], intents: Sequence[Intent]) -> Match | None:
        if not pieces or not intents:
            return None
        vectors = self._meaning.of(list(pieces)) * np.array([[weight] for weight in pieces.values()], np.float32)
        acts = act_of(said)
        return max((Match(intent, self._score(vectors, acts, intent)) for intent in intents), key=_by_score)

    def _score(self, vectors: np.ndarray, acts: set[str], intent: Intent) -> float:
        known = _known(intent)
        rows = self._meaning.of([text for text, _ in known]) * np.array([[w] for _, w in known], np.float32)
        score = float((vectors @ rows.T).max())
        if acts and acts & {act for example in intent["examples"] for act in act_of(example)}:
            score += _ACT
        return score


def _known(intent: Intent) -> Sequence[tuple[str, float]]:
    """Texts near an intent, with their weights: its examples, its names, and the sentences of its reply."""
    known = [(example, 1.0) for example in intent["examples"]]
    known.append((intent["name"].replace("_", " "), _DERIVED))
    if tool := intent.get("tool"):
        known.append((tool.replace("_", " "), _DERIVED))
    for part in re.split(r"(?<=[.?!])\s+|,\s+", intent.get("reply", "")):
        if len(part.split()) > 2:
            known.append((part, _DERIVED))
    return known


def _whole(said: str) -> dict[str, float]:
    """The whole utterance, with and without its opening filler."""
    return {form: 1.0 for form in (said.strip(" ,;"), without_filler(said).strip(" ,;")) if form}


def _parts(said: str) -> dict[str, float]:
    """The sentences and clauses of an utterance, with their weights."""
    parts: dict[str, float] = {}
    sentences = [part for part in re.split(r"(?<=[.?!;])\s+", said) if part.strip()]
    if len(sentences) > 1:
        for sentence in sentences:
            parts |= dict.fromkeys(_whole(sentence), _SENTENCE)
    for sentence in sentences:
        clauses = re.split(r",\s+|\s+(?:and|but|because|so)\s+", sentence)
        for clause in clauses if len(clauses) > 1 else ():
            if len(clause.split()) >= 3:
                parts = dict.fromkeys(_whole(clause), _CLAUSE) | parts
    return dict(list(parts.items())[:_MOST_PARTS])


def _by_score(match: Match) -> float:
    return match.score
