"""Finds the intents of an utterance: by what the template's examples and everyday sentences like them mean."""

import re
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lab.providers.classifier import Classifier, Ground
from lab.providers.commands import commanded
from lab.providers.meaning import Meaning
from lab.providers.topics import Topics, load_topics
from lab.providers.wording import act_of, opens_request, without_filler

Intent = dict[str, Any]
"""As `shared.domain.template.playbook` writes it."""

LITERAL = 0.6
"""A score of words that all but repeat an example."""
_LEAST = 0.17
_LEAST_OF_ACT = 0.22
"""A goodbye must be plainer than a question: it ends the call."""
_DOUBT = 0.7
"""Of the score of all that no intent deals with: an intent that scores less isn't meant,"""
_CLEARLY = 1.2
"""but one that scores so many times as much as each of that is, however much of it there is."""
_CLAIM = 0.3
_CLAIM_OF_REPLY = 0.45
_EXAMPLE_WEIGHT = 3.0
"""An example of the template counts as much as so many everyday sentences."""
_GENERALIST = 2
"""Topics of questions after which an intent that leads elsewhere counts as the one for all questions."""
_SENTENCE = 0.95
_CLAUSE = 0.85
_STATEMENT = 0.7
_SURE = 0.38
"""A score at which a question or a wish is a request of its own."""
_SURE_OF_A_STATEMENT = 0.55
_ACT = 0.15
_MOST_PARTS = 16
_MOST_CHARACTERS = 600
_MOST_BOOKS = 32
_LINK = re.compile(r"^(?:(?:and|but|also|plus|oh|then|so)\b[\s,]*)+", re.I)
_ELSEWHERE = "~"
"""Begins the classes of topics that no intent takes."""


@dataclass(frozen=True)
class Match:
    intent: Intent
    score: float
    """Near 1 for words like the examples, near 0 for others; raised when telltale words name the act."""
    part: str
    """The part of the utterance that it was found in."""


@dataclass(frozen=True)
class _Book:
    classifier: Classifier
    acts: frozenset[str]
    """Intents that only open or close the conversation: they are no request beside another one."""


class Matcher:
    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning
        self._books: OrderedDict[Any, _Book] = OrderedDict()

    def load(self, examples: Sequence[str] = ()) -> None:
        """Loads what every utterance needs; with `examples` that will be asked for, so that the first call is quick."""
        self._meaning.load()
        _ = self._everyday
        if examples:
            self._meaning.of(examples)

    def best(self, said: str, intents: Sequence[Intent], possible: Collection[str] | None = None) -> Match | None:
        """The intent of the utterance, among those of these names; None when it means none of them."""
        said = said[-_MOST_CHARACTERS:]
        return self._best(said, _pieces(said), intents, possible)

    def requests(self, said: str, intents: Sequence[Intent]) -> list[Match]:
        """The several intents of an utterance that asks for them in one breath, in its order; else nothing."""
        found: dict[str, Match] = {}
        clauses = _requests(said[-_MOST_CHARACTERS:])
        for clause in clauses if len(clauses) > 1 and intents else ():
            match = self._best(clause, _whole(clause), intents, None)
            least = _SURE if opens_request(clause) else _SURE_OF_A_STATEMENT
            if match is not None and match.score >= least and match.intent["name"] not in self._book(intents).acts:
                found.setdefault(match.intent["name"], match)
        return list(found.values()) if len(found) > 1 else []

    def _best(
        self, said: str, pieces: dict[str, float], intents: Sequence[Intent], possible: Collection[str] | None
    ) -> Match | None:
        if not pieces or not intents:
            return None
        acts = act_of(said)
        if not acts and (command := commanded(said, intents, possible)):
            return Match(command, LITERAL, said)
        book = self._book(intents)
        classifier = book.classifier
        scores = classifier.scores(self._meaning.of(list(pieces))) * np.array([[w] for w in pieces.values()])
        texts = list(pieces)
        best: Match | None = None
        elsewhere, nearest_elsewhere = np.zeros(len(texts)), 0.0
        for column, name in enumerate(classifier.classes):
            row = int(scores[:, column].argmax())
            score = float(scores[row, column])
            intent = next((i for i in intents if i["name"] == name), None)
            if intent is None:
                elsewhere += scores[:, column]
                nearest_elsewhere = max(nearest_elsewhere, score)
            elif possible is None or name in possible:
                if acts and acts & {act for example in intent["examples"] for act in act_of(example)}:
                    score += _ACT
                if best is None or score > best.score:
                    best = Match(intent, score, texts[row])
        if best is None:
            return None
        least = _LEAST_OF_ACT if best.intent["name"] in book.acts else _LEAST
        nearest = best.score >= nearest_elsewhere * _CLEARLY
        return best if best.score >= least and (nearest or best.score >= elsewhere.max() * _DOUBT) else None

    def _book(self, intents: Sequence[Intent]) -> _Book:
        """Learns these intents once; the newest few stay."""
        key = tuple((i["name"], *i["examples"], i.get("reply"), i.get("go")) for i in intents)
        if key not in self._books:
            self._books[key] = self._learned(intents)
        self._books.move_to_end(key)
        while len(self._books) > _MOST_BOOKS:
            self._books.popitem(last=False)
        return self._books[key]

    def _learned(self, intents: Sequence[Intent]) -> _Book:
        topics, taken = self._topics, self._taken(intents)
        examples = [(intent["name"], example) for intent in intents for example in intent["examples"]]
        labels = [taken.get(topic, f"{_ELSEWHERE}{topic}") for topic in topics.labels]
        own = self._meaning.of([example for _, example in examples])
        kinds = {
            name: {self._topics.kinds[t] for t, taker in taken.items() if taker == name} for name in taken.values()
        }
        return _Book(
            Classifier(self._ground, labels, own, [name for name, _ in examples], _EXAMPLE_WEIGHT),
            frozenset(name for name, its in kinds.items() if its == {"act"}),
        )

    def _taken(self, intents: Sequence[Intent]) -> dict[str, str]:
        """The everyday topics that intents take, by the intents' names: those that their examples are nearest to.

        What a reply tells takes a topic that no example takes.
        """
        kinds = self._topics.kinds
        examples = [(intent["name"], example) for intent in intents for example in intent["examples"]]
        parts = [(intent["name"], part) for intent in intents for part in _parts(intent.get("reply", ""))]
        by_example, by_reply = self._near(examples, _CLAIM), self._near(parts, _CLAIM_OF_REPLY)
        taken = {topic: max(names, key=lambda name: names[name]) for topic, names in by_example.items()}
        for topic, names in by_reply.items():
            if kinds[topic] != "act":
                taken.setdefault(topic, max(names, key=lambda name: names[name]))
        for intent in intents:
            mine = [topic for topic, name in taken.items() if name == intent["name"] and kinds[topic] == "question"]
            if "go" in intent and len(mine) >= _GENERALIST:
                for topic in kinds:
                    if kinds[topic] == "question":
                        taken.setdefault(topic, intent["name"])
        return taken

    def _near(self, texts: Sequence[tuple[str, str]], least: float) -> dict[str, dict[str, float]]:
        """For each topic the names whose texts are near it, with how near they are in sum. `texts`: (name, text)."""
        near: dict[str, dict[str, float]] = {}
        if texts:
            everyday = self._everyday
            for (name, _), row in zip(texts, everyday.scores(self._meaning.of([t for _, t in texts])), strict=True):
                column = int(row.argmax())
                if row[column] >= least:
                    names = near.setdefault(everyday.classes[column], {})
                    names[name] = names.get(name, 0.0) + float(row[column])
        return near

    @cached_property
    def _topics(self) -> Topics:
        return load_topics(self._meaning)

    @cached_property
    def _everyday(self) -> Classifier:
        none = self._topics.vectors[:0]
        return Classifier(self._ground, self._topics.labels, none, [], 1.0)

    @cached_property
    def _ground(self) -> Ground:
        return Ground(self._topics.vectors)


def _parts(reply: str) -> list[str]:
    """The sentences and clauses of a reply that tell something."""
    return [part for part in re.split(r"(?<=[.?!])\s+|,\s+", reply) if len(part.split()) > 2]


def _whole(said: str) -> dict[str, float]:
    """The whole utterance, with and without its opening filler."""
    return {form: 1.0 for form in (said.strip(" ,;"), without_filler(said).strip(" ,;")) if form}


def _pieces(said: str) -> dict[str, float]:
    """The utterance, its sentences and its clauses, with their weights."""
    parts: dict[str, float] = {}
    sentences = [part for part in re.split(r"(?<=[.?!;])\s+", said) if part.strip()]
    for sentence in sentences if len(sentences) > 1 else ():
        parts |= dict.fromkeys(_whole(sentence), _SENTENCE)
    for sentence in sentences:
        clauses = re.split(r",\s+|\s+(?:and|but|because|so)\s+", sentence)
        for clause in clauses if len(clauses) > 1 else ():
            if len(clause.split()) >= 3:
                parts = dict.fromkeys(_whole(clause), _CLAUSE if opens_request(clause) else _STATEMENT) | parts
    return _whole(said) | dict(list(parts.items())[:_MOST_PARTS])


def _requests(said: str) -> list[str]:
    """The clauses of which each may be a request of its own."""
    joined: list[str] = []
    for sentence in re.split(r"(?<=[.?!;])\s+", said):
        for piece in re.split(r",?\s+(?=(?:and|but|also|plus|oh)\b)|,\s+", sentence):
            linked = _LINK.match(piece.strip())
            rest = piece.strip()[linked.end() :] if linked else piece.strip()
            if not joined or opens_request(rest):
                joined.append(rest)
            elif linked:
                # "when do you open, and your address": the question's verb is left out
                joined.append(f"what about {rest}")
            else:
                joined[-1] = f"{joined[-1]} {rest}"
    return [clause for clause in joined if len(clause.split()) >= 2][:_MOST_PARTS]
