"""A tenant's documents: texts cut into passages, of which agents are given those that fit a question. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.language.text import sound_of

MOST_CHARACTERS = 900
"""Of a passage."""
MOST_OF_AN_ANSWER = 1800
"""Of the answer to a question, which is kept in one passage."""
MOST_OF_A_HEADING = 300


@dataclass(frozen=True)
class Passage:
    heading: str
    """Of its section, or the question that it answers; may be empty."""
    text: str


@dataclass(frozen=True)
class Document:
    name: str
    """Of its file. Another document of the same name takes its place."""
    title: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class PutDocument:
    """What became of a document that was put."""

    name: str
    """Another one where the tenant has the same passages under that name."""
    added: bool
    """False: it was there already."""
    replaced: bool
    """Whether it took the place of an earlier one of its name."""
    passages: int


@dataclass(frozen=True)
class ListedDocument:
    name: str
    title: str
    passages: int
    characters: int
    added_at: datetime


@dataclass(frozen=True)
class FoundPassage:
    name: str
    """Of its document."""
    title: str
    place: int
    """From 1, in its document."""
    heading: str
    text: str
    share: float
    """How much of what tells in the question it has, above 0 and at most 1."""


def source_of(said: str, found: Sequence[FoundPassage]) -> FoundPassage | None:
    """The passage that a sentence was taken from: the one that has most of its words. None: no passage has half."""
    wanted = _telling(said)
    best = max(found, key=lambda each: len(wanted & _telling(f"{each.heading} {each.text}")), default=None)
    if best is None or not wanted:
        return None
    return best if len(wanted & _telling(f"{best.heading} {best.text}")) * 2 >= len(wanted) else None


def _telling(text: str) -> set[str]:
    """Its numbers and longer words."""
    return {word for word in sound_of(text).split() if len(word) > 3 or word.isdigit()}


# ---- cutting


def cut(text: str) -> tuple[Passage, ...]:
    """The passages of a plain text or of one in Markdown, in its order.

    A passage is of one section, and has its heading. A question and its answer, `Q: …` and `A: …` or a paragraph that
    ends in a question mark and the next, are one passage.
    """
    return tuple(_passages(_blocks(text)))


def answered(question: str, answer: str) -> Iterator[Passage]:
    """A question with its answer, in several passages where the answer is very long."""
    for piece in _pieces(_plain(answer), MOST_OF_AN_ANSWER):
        yield Passage(_bounded(_plain(question)), piece)


def title_in(text: str) -> str | None:
    """The title that a text in Markdown gives itself: in its front matter, or as a first heading."""
    front = _FRONT_MATTER.match(text)
    named = re.search(r"^title:\s*[\"']?(.+?)[\"']?\s*$", front[0], re.M) if front else None
    if named:
        return _bounded(named[1])
    first = next(iter(_blocks(text)), None)
    return _bounded(first.text) if first is not None and first.kind == "heading" and first.level == 1 else None


@dataclass(frozen=True)
class _Block:
    """A heading, a question, an answer (what follows a question up to the next one), or a paragraph."""

    kind: str
    text: str
    level: int = 0


_FRONT_MATTER = re.compile(r"\A\ufeff?---\s*\n.*?\n---\s*(?:\n|\Z)", re.S)
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.+?)\s*#*\s*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)\s*$")
_RULE = re.compile(r"^[\s|:*_=-]*$")
_QUESTION = re.compile(r"^\W*q(?:uestion)?\s*\d*\s*[:.)]\W*(?=\w)(.+)$", re.I)
_ANSWER = re.compile(r"^\W*a(?:nswer)?\s*\d*\s*[:.)][\s*_]*(.*)$", re.I)
_LONGEST_QUESTION = 300
_MARKS = (
    (re.compile(r"!?\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"(\*\*|__|`+|~~)(.+?)\1"), r"\2"),
    (re.compile(r"(?<!\w)([*_])(\S(?:.*?\S)?)\1(?!\w)"), r"\2"),
    (re.compile(r"^\s*(?:[-*+•]|\d+[.)])\s+"), ""),
    (re.compile(r"^\s*>\s?"), ""),
    (re.compile(r"^\s*\||\|\s*$"), ""),
    (re.compile(r"\s*\|\s*"), ", "),
)


def _plain(line: str) -> str:
    """A line without Markdown's marks and with single blanks."""
    for mark, instead in _MARKS:
        line = mark.sub(instead, line)
    return " ".join(line.split())


def _blocks(text: str) -> Iterator[_Block]:
    """The text's blocks; paragraphs keep their lines, which may be those of a list."""
    lines = _COMMENT.sub("", _FRONT_MATTER.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))).split("\n")
    paragraph: list[str] = []
    marked = "text"
    """What the lines that come belong to."""

    def closed() -> Iterator[_Block]:
        kept = [plain for line in paragraph if not _RULE.match(line) and (plain := _plain(line))]
        paragraph.clear()
        if not kept:
            return
        if marked != "text":
            yield _Block(marked, " ".join(kept) if marked == "question" else "\n".join(kept))
        elif kept[0].endswith("?") and len(kept[0]) <= _LONGEST_QUESTION:
            yield _Block("question", kept[0])
            if kept[1:]:
                yield _Block("text", "\n".join(kept[1:]))
        else:
            yield _Block("text", "\n".join(kept))

    for line in lines:
        if heading := _HEADING.match(line):
            yield from closed()
            marked = "text"
            yield _Block("heading", _plain(heading[2]), len(heading[1]))
        elif (under := _UNDERLINE.match(line)) and len(paragraph) == 1:
            title = _plain(paragraph.pop())
            marked = "text"
            yield _Block("heading", title, 1 if under[1][0] == "=" else 2)
        elif question := _QUESTION.match(line):
            yield from closed()
            marked = "question"
            paragraph.append(question[1].strip(" *_"))
        elif marked in ("question", "answer") and (answer := _ANSWER.match(line)):
            yield from closed()
            marked = "answer"
            paragraph.append(answer[1])
        elif not line.strip():
            yield from closed()
            # what follows a question without a mark of its own answers it
            marked = "answer" if marked == "question" else marked
        else:
            paragraph.append(line)
    yield from closed()


def _passages(blocks: Iterable[_Block]) -> Iterator[Passage]:
    sections: list[tuple[int, str]] = []
    question: str | None = None
    waiting: list[_Block] = []

    def closed() -> Iterator[Passage]:
        texts = [each.text for each in waiting]
        waiting.clear()
        heading = " / ".join([*(title for _, title in sections[-2:]), *([question] if question else [])])
        for piece in _pieces("\n".join(texts), MOST_OF_AN_ANSWER if question else MOST_CHARACTERS):
            yield Passage(_bounded(heading), piece)

    first = True
    for block in blocks:
        answers = question is not None and waiting and block.kind == "text" and waiting[-1].kind == "text"
        if block.kind in ("heading", "question") or answers:
            if block.kind != "text" and question is not None and not waiting:
                # a question that nobody answers is a sentence like any other
                waiting.append(_Block("text", question))
                question = None
            yield from closed()
            question = block.text if block.kind == "question" else None
        if block.kind == "heading":
            sections = [each for each in sections if each[0] < block.level]
            # the document's title stands beside each of its passages
            if not (first and block.level == 1):
                sections.append((block.level, block.text))
        elif block.kind != "question":
            waiting.append(block)
        first = False
    if question is not None and not waiting:
        waiting.append(_Block("text", question))
        question = None
    yield from closed()


def _pieces(text: str, most: int) -> Iterator[str]:
    """`text` in pieces of at most so many characters: cut between lines, else between sentences, else between words."""
    piece = ""
    for part, gap in _parts(text, most):
        if piece and len(piece) + len(gap) + len(part) > most:
            yield piece
            piece = ""
        piece = f"{piece}{gap}{part}" if piece else part
    if piece:
        yield piece


def _parts(text: str, most: int) -> Iterator[tuple[str, str]]:
    """What may stand together in a piece, each with what stands before it."""
    for line in text.split("\n"):
        gap = "\n"
        for sentence in re.split(r"(?<=[.!?])\s+", line) if len(line) > most else [line]:
            for word in sentence.split() if len(sentence) > most else [sentence]:
                for start in range(0, len(word), most):
                    yield word[start : start + most], gap
                    gap = " "


def _bounded(heading: str) -> str:
    heading = " ".join(heading.split())
    return heading if len(heading) <= MOST_OF_A_HEADING else f"{heading[: MOST_OF_A_HEADING - 1]}…"
