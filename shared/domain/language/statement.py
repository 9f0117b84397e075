"""One sentence of the agent as its grammar is read: bare words, a comma for any mark, without what only asks."""

import re

from shared.domain.language.text import vocabulary

_CONTRACTIONS = (
    (re.compile(r"[’‘`´]"), "'"),
    (re.compile(r"\be-mail"), "email"),
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\bi'?m\b"), "i am"),
    (re.compile(r"'ve\b|(?<=\bi)ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'d\b"), " would"),
    (re.compile(r"\blet's\b|\blets\b"), "let us"),
    (re.compile(r"\bgonna\b"), "going to"),
    (re.compile(r"\b(it|that|this|he|she|there|everything|help|someone|somebody|here|what|who|all)'s\b"), r"\1 is"),
    (
        re.compile(r"'s (?=(?:been|being|gone|now|already|all|on|just|coming|\w+ed|sent|done|set|going|calling)\b)"),
        " is ",
    ),
    (re.compile(r"'s\b"), "s"),
    (re.compile(r"'"), ""),
)
_TOKEN = re.compile(r"[^\W_]+|[,;:.!?()\"–—…]|(?<=\s)-(?=\s)")
_CLAUSES = re.compile(r"([,;:–—]+|\s-\s|\b(?:and|but|so)\b)")
_ASKING = re.compile(
    r"(?:(?:and|so|or|but|ok|okay|well|now|then|great|sure|also|thanks|thank|you|alright|all|right|is that) )*"
    r"(?:shall|should|would|could|can|may|do|did|does|has|have|is|are|am|was|were|will|what|when|where|who|whose|which|how"
    r"|why|want|might)\b"
)
BOUNDARIES = frozenset(',;:.!?()"–—…-')
AUXILIARIES = vocabulary("is are was were be been being has have had will shall am")
BE = vocabulary("is are was were be been being")
NOT = vocabulary("not never nothing hardly no")
CONDITION = vocabulary("if when whenever once until till unless whether before after")
RELATIVE = CONDITION | vocabulary("what how where why whatever which everything anything nothing something all than")
CONJUNCTIONS = vocabulary("and but so because or that then since as while though who which")
_CLAUSE_STARTS = CONJUNCTIONS | {","}
_BESIDE_AUXILIARIES = vocabulary("not got knows received agreed should can said says told promised approved")
ADVERBS = vocabulary(
    """
    just already now also then currently right still even quickly gladly personally soon today tonight happily so
    here both all only once again always immediately indeed too kindly officially simply actually definitely
    certainly absolutely finally ever since recently promptly safely duly hereby
    """
)
_LIKE_ADVERBS = vocabulary("reply apply rely supply family")
_SKIPPED = tuple(
    tuple(phrase.split())
    for phrase in (
        "gone ahead and",
        "went ahead and",
        "go ahead and",
        "be sure to",
        "be sure and",
        "make sure to",
        "try to",
        "tried to",
        "trying to",
        "have to",
        "had to",
        "need to",
        "about to",
        "going to",
        "planning to",
        "able to",
        "managed to",
        "be able to",
        "been able to",
        "in the process of",
        "in the middle of",
        "as we speak",
        "at once",
        "in a moment",
        "started to",
        "start to",
        "begin to",
    )
)
"""Phrases that leave the verb after them what it is."""
WINDOW = 10
"""Words after a verb that decide what it does."""
_MOST_AUXILIARIES = 6
_MOST_OF_A_SUBJECT = 6


class Statement:
    """The words of a sentence in lower case, contractions spelled out."""

    def __init__(self, sentence: str) -> None:
        found = _TOKEN.findall(_plain(without_question(sentence)))
        self.words = ["," if token in BOUNDARIES else token for token in found]
        self.conditional = any(map(self._is_condition, range(len(self.words))))
        """Whether what will be done depends on what the caller says or wants."""

    def __len__(self) -> int:
        return len(self.words)

    def at(self, index: int) -> str:
        """The word there; a comma outside the sentence."""
        return self.words[index] if 0 <= index < len(self.words) else ","

    def text(self, start: int, most: int = WINDOW) -> str:
        """The words from there on."""
        return " ".join(self.words[start : start + most])

    def clauses(self) -> list[list[str]]:
        """The words between two marks."""
        clauses: list[list[str]] = [[]]
        for word in self.words:
            if word == ",":
                clauses.append([])
            else:
                clauses[-1].append(word)
        return [clause for clause in clauses if clause]

    def skip(self, index: int) -> int:
        """Past adverbs and phrases that leave the verb what it is (`gone ahead and`, `going to`)."""
        while index < len(self.words):
            word = self.words[index]
            if word in ADVERBS or (word.endswith("ly") and word not in _LIKE_ADVERBS):
                index += 1
                continue
            phrase = next(
                (p for p in _SKIPPED if p[0] == word and tuple(self.words[index : index + len(p)]) == p), None
            )
            if phrase is None:
                break
            index += len(phrase)
        return index

    def subject(self, auxiliary: int) -> tuple[list[str], list[str], str]:
        """The subject of the auxiliary there, the auxiliaries from it on, and the word before the subject."""
        end = auxiliary
        while end >= 0 and auxiliary - end < _MOST_AUXILIARIES and self._beside_auxiliary(self.words[end]):
            end -= 1
        auxiliaries = self.words[end + 1 : auxiliary + 1]
        start = end + 1
        if end >= 0 and self.words[end] == "that" and self.at(end - 1) in _CLAUSE_STARTS:
            return ["that"], auxiliaries, self.at(end - 1)
        while start > 0 and end + 1 - start < _MOST_OF_A_SUBJECT and self._in_subject(self.words[start - 1]):
            start -= 1
        return self.words[start : end + 1], auxiliaries, self.at(start - 1)

    def _beside_auxiliary(self, word: str) -> bool:
        return word in AUXILIARIES or word in ADVERBS or word in _BESIDE_AUXILIARIES

    def _in_subject(self, word: str) -> bool:
        return word != "," and word not in CONJUNCTIONS and word not in CONDITION

    def _is_condition(self, index: int) -> bool:
        word, after = self.words[index], self.at(index + 1)
        if word in ("when", "after", "until"):
            return after in ("you", "i", "we", "it", "that")
        return word in ("if", "once", "unless") or (word == "soon" and after == "as")


def without_question(sentence: str) -> str:
    """What is stated: a question without the clause that asks, in lower case."""
    text = sentence.lower().replace("’", "'")
    if not text.rstrip(" \"'”)").endswith("?"):
        return text
    clauses = _CLAUSES.split(text)
    # every other part is what stands between two clauses
    asks = next((at for at in range(0, len(clauses), 2) if _ASKING.match(_plain(clauses[at]))), len(clauses))
    return "".join(clauses[:asks])


def _plain(text: str) -> str:
    for pattern, plain in _CONTRACTIONS:
        text = pattern.sub(plain, text)
    return text.strip()
