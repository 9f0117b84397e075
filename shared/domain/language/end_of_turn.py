"""Whether a caller has finished speaking: judged by the words so far and by what the agent asked.

Pure. `ends` says how sure it is; the template's turn settings say how long the agent then waits.
"""

import re
from enum import StrEnum

from shared.domain.language.dictation import Part, Value, asked_for, given, part_of
from shared.domain.language.open_ends import core_of, is_question, is_short_answer, only_lead, trails_off
from shared.domain.language.text import words
from shared.domain.language.yes_no import farewell, yes_or_no


class End(StrEnum):
    DONE = "done"
    """Complete for what is pending: an answer, a whole sentence, a goodbye."""
    MAYBE = "maybe"
    """It could be complete, and callers often add to it."""
    VALUE = "value"
    """A dictated value that could be all: its spelling, an extension or a correction may follow."""
    OPEN = "open"
    """It trails off, or a part of a dictated value is missing."""


_BY_PART = {Part.SOME: End.OPEN, Part.ENOUGH: End.VALUE, Part.WHOLE: End.VALUE}


def ends(said: str, prompt: str = "", *, closed: bool = False) -> End:
    """How sure it is that the caller has finished.

    `said`: all words of the turn so far; `prompt`: the pending question, or the agent's last utterance; `closed`: a
    question of yes or no is pending, whatever the agent said last.
    """
    text, question = words(said), _last_sentence(prompt)
    if not text:
        return End.MAYBE
    value = asked_for(question)
    part = part_of(value, said) if value else Part.NONE
    if part in (Part.ENOUGH, Part.WHOLE) and not said.rstrip().endswith("?") and not _is_wish(said, value):
        # a last name may be Will, a last digit oh: only a few words still hold the value open
        return End.OPEN if _HOLDS_OPEN.search(text) else End.VALUE
    closed = closed or is_closed(prompt)
    if trails_off(said, closed=closed):
        return End.OPEN
    if value is not None:
        return _asked_value(part, said, text)
    if farewell(said):
        return End.DONE
    if closed and (answered := _answer(said, text, question)):
        return answered
    if unasked := given(said):
        part = part_of(unasked, said)
    if part is not Part.NONE:
        return _BY_PART[part]
    if _INVITATION.search(words(question)) and not is_question(said):
        return End.MAYBE
    return _sentence(text, said)


def _is_wish(said: str, value: Value | None) -> bool:
    """Whether a question in the caller's words comes instead of a name, for which any words could be taken."""
    return value is Value.NAME and is_question(said)


def _asked_value(part: Part, said: str, text: str) -> End:
    """The caller was asked for a value, and hasn't given all of it."""
    if part is Part.SOME or only_lead(text):
        # "Sure." comes before the number
        return End.OPEN
    if farewell(said):
        return End.DONE
    # "Are you ready?" comes before the number, too
    counter_question = said.rstrip().endswith("?") and not _READY.search(text)
    return End.DONE if counter_question else End.VALUE


_READY = re.compile(r"\b(?:ready|pen|pencil)\b")
_MORE = re.compile(r"\b(?:(?:any|some)(?:thing|one|body) else|(?:other|more) questions?|help you with)\b")
"""A yes to such a question announces what the caller wants."""
_HOLDS_OPEN = re.compile(
    r"\b(?:um+|uh+|er|and|but|or|is|its|wait|no|sorry|sorry no|no sorry|extension|the|my|with|at|hang on|hold on)$"
)
_INVITATION = re.compile(
    r"\b(?:pray (?:for|about)|whats? (?:is )?(?:it|this|that|the call|your call) (?:about|regarding|concerning)"
    r"|tell me (?:more|about)|what happened|whats (?:going on|on your mind)|what should i (?:write|pass on|tell|say)"
    r"|whats? (?:is )?the message|take a message)\b"
)
"""The caller is invited to tell something, which comes in several sentences."""
_CLOSED_QUESTION = re.compile(
    r"^(?:(?:and|so|okay|now|then|before we go on) )*(?:is|are|was|were|do|does|did|can|could|will|would|should|shall"
    r"|may|might|have|has|am)\b"
)


def _last_sentence(prompt: str) -> str:
    sentences = [each for each in re.split(r"(?<=[.!?])\s+", prompt.strip()) if each]
    return sentences[-1] if sentences else ""


def is_closed(prompt: str) -> bool:
    """Whether the agent's utterance ends in a question of yes or no."""
    question = _last_sentence(prompt)
    return question.endswith("?") and bool(_CLOSED_QUESTION.match(words(question))) and asked_for(question) is None


def _answer(said: str, text: str, question: str) -> End | None:
    answer = yes_or_no(said)
    if (
        _MORE.search(words(question))
        and answer is not False
        and (only_lead(text) or is_short_answer(text, closed=True))
    ):
        return End.OPEN
    return End.DONE if is_short_answer(text, closed=True) or (answer is not None and only_lead(text)) else None


_VERB = re.compile(
    r"\b(?:is|are|was|were|am|im|its|thats|theres|hes|shes|theyre|ive|id|ill|weve|wed|dont|doesnt|didnt|cant|wont|have"
    r"|has|had|needs?|needed|wants?|wanted|would|could|can|will|should|like|loves?|knows?|thinks?|hopes?|called|calling"
    r"|call|comes?|came|coming|go|goes|going|gets?|got|sees?|saw|tells?|told|said|says?|pray|leave|left|please|takes?"
    r"|took|gives?|gave|makes?|made|finds?|found|speak|talk|ask|asked|sends?|sent|helps?|works?|lives?|lived|moved|lost"
    r"|died|passed|forgot|heard|reads?|visit|attend|join|brings?|meets?|starts?|cancel|changed?|book"
    r"|schedule|stops?|put"
    r"|let|looking|hurts?|feels?|felt|waits?|appreciate|broke|fell|happened|missed|needed|wondering|remember)\b"
)
_WISH = re.compile(
    r"\b(?:id|would|want|wanted|wants|need|needs|like|please|tell|let|ask|call|calling|send|pray|help"
    r"|looking|wondering|cancel|change|book"
    r"|schedule|speak|talk|stop|put|thank|thanks|appreciate|can|could|should|dont|not|wont|cant|hope)\b"
)
"""Of a caller who wants something. Without such a word a sentence tells of something, and the wish follows."""
_FEWEST_STATEMENT = 4
_HELLO = re.compile(r"(?:this is|its|im|i am) (?:\w+ ?){1,3}")
_BARE_SUBJECT = re.compile(r"(?:my|our) \w+(?: \w+)?")


def _sentence(text: str, said: str) -> End:
    if is_question(said):
        return End.DONE
    core = core_of(text)
    if _BARE_SUBJECT.fullmatch(core):
        return End.OPEN
    if not core or _HELLO.fullmatch(core):
        return End.MAYBE
    whole = len(text.split()) >= _FEWEST_STATEMENT and bool(_VERB.search(core)) and bool(_WISH.search(core))
    return End.DONE if whole else End.MAYBE
