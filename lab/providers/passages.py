"""Answers a question from the passages that a tool found: what the scripted model makes of `look_up`."""

import re
from collections.abc import Sequence
from typing import Any

from lab.providers.content import stem
from lab.providers.meaning import Meaning
from lab.providers.wording import without_filler

_LEAST = 0.56
"""Of a passage's score: one that scores less is about something else."""
_WORDS = 0.2
"""What it counts, beside the meaning, that a passage has all words of the question."""
_MOST_SENTENCES = 2
_MOST_CHARACTERS = 240
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_SMALL = 4
"""Shorter words tell little of what is asked."""


class Passages:
    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning

    def answer(self, question: str, passages: Sequence[dict[str, Any]]) -> str | None:
        """Sentences of the passage that answers the question best; None where none of them does."""
        question = without_filler(question)
        best, said = _LEAST, None
        for passage in passages:
            heading = str(passage.get("heading") or "").rpartition(" / ")[2]
            sentences = [each for each in _SENTENCE_END.split(str(passage.get("text") or "")) if each.strip()]
            if not sentences:
                continue
            near = self._meaning.of([heading or sentences[0], *sentences]) @ self._meaning.of([question])[0]
            score = float(near.max()) + _WORDS * _shared(question, " ".join([heading, *sentences]))
            if score >= best:
                # the answer to a question is said from its beginning
                first = 0 if heading.endswith("?") else int(near[1:].argmax())
                best, said = score, _spoken(sentences[first:])
        return said


def _shared(question: str, passage: str) -> float:
    """The share of the question's longer words that the passage has."""
    wanted = _stems(question)
    return len(wanted & _stems(passage)) / len(wanted) if wanted else 0.0


def _stems(text: str) -> set[str]:
    return {stem(word) for word in re.findall(r"[^\W_]+", text.lower()) if len(word) >= _SMALL or word.isdigit()}


def _spoken(sentences: Sequence[str]) -> str:
    said = sentences[0]
    for sentence in sentences[1:_MOST_SENTENCES]:
        if len(said) + len(sentence) >= _MOST_CHARACTERS:
            break
        said = f"{said} {sentence}"
    return said if said.endswith((".", "!", "?")) else f"{said}."
