"""Guards the agent's speech: a sentence that claims what isn't so is replaced by what is true and can be offered
(PT-66, PT-75, PT-76).

A deed is claimed truthfully only where a tool of this call has done that kind of deed. What the agent is, secrecy and
the recording are judged by patterns of their own (`self_claims`).
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.domain.language import self_claims
from shared.domain.language.deed_claims import deeds_claimed
from shared.domain.language.deed_kinds import deed_named
from shared.domain.language.deeds import Deed, made_true
from shared.domain.language.statement import without_question
from shared.domain.language.text import words

NOT_A_PERSON = "I'm an AI assistant, not a person, but I can ask somebody to call you back."
NOT_CLERGY = "I'm an AI assistant, not clergy and not a counselor, but I can ask one of our people to call you back."
NO_SECRECY = "I can't promise to keep this secret: the people here who care for callers may read it."
NO_PROMISE = "I can't promise how things will turn out, but I'm glad to help."
NO_MEDICINE = "I can't give medical advice: please ask a doctor, or call 911 in an emergency."
NO_PAYMENT = "Please don't tell me card or account numbers: I don't take payments."
NO_INSIGHT = "I can't talk about how I'm set up, but I'm glad to help."
NOT_STORED = "That hasn't been passed on yet."
NOT_YET = "I haven't done that yet."
NOT_LOOKED_UP = "I haven't looked that up yet."
NOT_RECORDED = "This call is not being recorded."
RECORDED = "This call is being recorded. Say stop recording at any time and I'll turn it off."

CHANGES = (
    Deed.BOOK,
    Deed.ORDER,
    Deed.CANCEL,
    Deed.MOVE,
    Deed.CHANGE,
    Deed.CONFIRM,
    Deed.COMPLETE,
    Deed.DELETE,
    Deed.ADD,
    Deed.STANDS,
)
NOT_DONE: Mapping[Deed, str] = MappingProxyType(
    {
        Deed.HELP: "I can't call for help from here: please call 911 right now if anyone is in danger.",
        Deed.TRANSFER: "I can't put calls through, but I can take your number and have somebody call you back.",
        Deed.PAY: "I can't see or change payments, but I can have somebody call you back about it.",
        Deed.SEND: "I can't send texts or emails, but I can have somebody call you back about it.",
        **dict.fromkeys(
            CHANGES, "I can't book or change anything myself, but I can have somebody call you back about it."
        ),
        Deed.CALL_BACK: "I can take your number and have somebody call you back, if you like.",
        Deed.NOTE: NOT_STORED,
        Deed.PRAY: "I can take down your prayer request and pass it on, if you like.",
        Deed.LOOK_UP: "I can't look anything up beyond what I've been told, but I can have somebody call you back.",
        Deed.OTHER: "I can't do that myself, but I can have somebody call you back about it.",
    }
)
"""What is true instead of a claim of this kind, and what can be offered."""

_ALL_OF_IT = re.compile(
    r"\b(?:do|did|done|handled|sorted|settled|taken care of|processed|finished|set up)\b|\ball set\b|\bit is in$"
)
"""Says that what was asked is done, and not what it is."""
_NEVER = (
    (self_claims.CLERGY, NOT_CLERGY),
    (self_claims.HUMAN, NOT_A_PERSON),
    (self_claims.PROMISE, NO_PROMISE),
    (self_claims.MEDICINE, NO_MEDICINE),
    (self_claims.PAYMENT, NO_PAYMENT),
    (self_claims.INSIGHT, NO_INSIGHT),
)
_COUNT = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}


@dataclass(frozen=True)
class Spoken:
    """The facts against which a sentence is checked."""

    stored: tuple[str, ...]
    """The kinds (`prayer`, `callback`) of the caller's requests in Postgres, one for each row."""
    recording: bool
    """Whether audio of this call is being written now."""
    looked_up: bool = False
    """Whether a tool of this call has looked something up."""
    transferring: bool = False
    """Whether the caller is being put through to a person now."""
    done: frozenset[Deed] = frozenset()
    """What tools of this call have done; where it isn't known, what the kinds of the stored rows are named for."""
    fresh: bool = False
    """Whether the caller has asked for nothing since the last of it: "I've put that down" speaks of that."""
    able: frozenset[Deed] = frozenset()
    """What tools of this call could do."""


def permitted(sentence: str, facts: Spoken) -> str | None:
    """None when the agent may say the sentence; else the truthful sentence that replaces it. Never raises."""
    if truth := _of_itself(sentence, facts):
        return truth
    if self_claims.PERSON.search(sentence) or self_claims.BIOGRAPHY.search(words(sentence)):
        return NOT_A_PERSON
    stated = words(without_question(sentence))
    if self_claims.RECORDED.search(stated) or self_claims.UNRECORDED.search(stated):
        # it is so: code records and stops
        return None
    return next((truth for deed in deeds_claimed(sentence) if (truth := _truth(deed, sentence, facts))), None)


def misleading(text: str, facts: Spoken) -> bool:
    """Whether reading a caller's words back in this form would say what no agent may say.

    Narrower than `permitted`: callers tell of deeds of their own (`I've been sent home`).
    """
    return bool(_of_itself(text, facts) or Deed.NOTE in deeds_claimed(text))


def stored_so_far(kinds: tuple[str, ...]) -> str:
    """A sentence that names what this call has passed on."""
    if not kinds:
        return NOT_STORED
    counted = [f"{_COUNT.get(n, n)} {kind} request{'s' if n > 1 else ''}" for kind, n in Counter(kinds).items()]
    return f"So far I've passed on {' and '.join(counted)}."


def _of_itself(sentence: str, facts: Spoken) -> str | None:
    text = words(sentence)
    for claim, truth in _NEVER:
        if claim.search(text):
            return truth
    stated = words(without_question(sentence))
    if self_claims.SECRECY.search(self_claims.REFUSED_PROMISE.sub(" ", stated)):
        return NO_SECRECY
    if not facts.recording and self_claims.RECORDED.search(stated):
        return NOT_RECORDED
    if facts.recording and self_claims.UNRECORDED.search(stated):
        return RECORDED
    return None


def _truth(deed: Deed, sentence: str, facts: Spoken) -> str | None:
    """What is said instead of this claim; None where a tool has done it."""
    if (deed is Deed.LOOK_UP and facts.looked_up) or (deed is Deed.TRANSFER and facts.transferring):
        return None
    done = facts.done or frozenset(deed_named(kind) or Deed.NOTE for kind in facts.stored)
    true = made_true((*done, *((Deed.LOOK_UP,) if facts.looked_up else ())))
    if deed is Deed.NOTE and deed in true:
        # which request it means can't be known once another was asked for: then all that are stored are named
        return None if facts.fresh or _names(sentence, facts.stored) else stored_so_far(facts.stored)
    if deed in true or (deed is Deed.OTHER and done and facts.fresh and _ALL_OF_IT.search(words(sentence))):
        return None
    if deed in CHANGES and deed in made_true(facts.able):
        return NOT_LOOKED_UP if deed is Deed.STANDS else NOT_YET
    return NOT_DONE[deed]


def _names(sentence: str, kinds: tuple[str, ...]) -> bool:
    """Whether a sentence speaks of one request, of a kind that is stored."""
    said = f" {words(sentence)} ".replace("call back", "callback")
    return any(f" {kind} " in said for kind in kinds) and not any(f" {kind}s " in said for kind in kinds)
