"""Finds claims and promises of deeds in a sentence of the agent, by grammar: who does what, in which tense or voice.

`I`, `we` and `your …` with a verb in the perfect, past, progressive or future; the passive of what is the caller's
affair; what other people will do for the caller. Offers (`I can`, `would you like me to`), questions and facts claim
nothing. Which verbs are deeds is `deed_kinds`' part.
"""

import re
from collections.abc import Iterator

from shared.domain.language.deed_kinds import deed_named, deed_of
from shared.domain.language.deed_words import (
    AFFAIRS,
    DONE,
    EVENT_FACTS,
    EXPECTED,
    FACTUAL_REST,
    FILLERS,
    FINITE,
    HABIT,
    HELPERS,
    INFORMED,
    ISSUED,
    KNOWS,
    LISTED_NOW,
    MARKED,
    NO_LONGER,
    NO_VERBS,
    NOT_BY_HABIT,
    OFF_THE_LIST,
    OTHERS_WILL,
    PEOPLE,
    PERFORMED,
    REACHED,
    SEES,
    STARTS_NOW,
    STATE_OF_REQUEST,
    STATES,
    THERE_IS,
    TITLES,
    UNDERWAY,
    WHOSE,
    WRITTEN_DOWN,
    YOUR_HARMLESS,
    YOURS_NOW,
)
from shared.domain.language.deeds import Deed
from shared.domain.language.statement import (
    ADVERBS,
    AUXILIARIES,
    BE,
    CONDITION,
    NOT,
    RELATIVE,
    WINDOW,
    Statement,
)
from shared.domain.language.text import vocabulary
from shared.domain.language.verbs import is_past

_OURS = vocabulary("i we")
_OF_OTHERS = vocabulary("got now already knows received agreed should can")
_POSSIBLE = vocabulary("can could may might must")
_ON_THE_BOOKS = re.compile(r"on (?:the|our) (?:\w+ )?(?:schedule|calendar|roster|books)\b")
_MOVED = vocabulary("moved shifted switched bumped")
_FOR_CALLER = re.compile(r"\b(?:for you|(?:on|in|under) your (?:behalf|name)|as you asked|to you)\b")
_OBJECTS = vocabulary("you your it that this everything him her them someone somebody")
_AFTER_DONE = vocabulary("for and it you your that to now already successfully")
_AFTER_DOING = vocabulary("you your it that this the them him her now 911 a an over up")
_DETERMINERS = vocabulary("a an the this that both all these those two everything")
_BY_WORDS = (
    (Deed.LOOK_UP, SEES),
    (Deed.STANDS, ISSUED),
    (Deed.BOOK, YOURS_NOW),
    (Deed.MOVE, STARTS_NOW),
    (Deed.CANCEL, NO_LONGER),
    (Deed.ADD, LISTED_NOW),
    (Deed.DELETE, OFF_THE_LIST),
    (Deed.COMPLETE, MARKED),
    (Deed.NOTE, WRITTEN_DOWN),
    (Deed.TRANSFER, REACHED),
    (Deed.SEND, THERE_IS),
)
_SHORT = 5
"""Words of a clause without a subject (`Booked for you.`)."""


def deeds_claimed(sentence: str) -> list[Deed]:
    """What the sentence says was done, is being done or will be done, the weightiest first. Never raises."""
    return sorted(set(_found(Statement(sentence))), key=list(Deed).index)


def _found(said: Statement) -> Iterator[Deed]:
    if deed := _without_subject(said):
        yield deed
    whole = " ".join(said.words)
    yield from (deed for deed, pattern in _BY_WORDS if pattern.search(whole))
    for at, word in enumerate(said.words):
        if word in _OURS:
            deed = _ours(said, at)
        elif word == "let" and said.at(at + 1) in ("me", "us") and said.at(at - 1) not in ("to", "not"):
            deed = _deed_at(said, said.skip(at + 2))
        elif word in AUXILIARIES:
            deed = _passive(said, at) or _of_others(said, at)
        elif word in _OF_OTHERS:
            deed = _of_others(said, at)
        elif word in ("went", "goes", "came"):
            deed = _gone_through(said, at)
        elif word == "expect" and said.at(at - 1) not in ("not", "i", "we"):
            deed = Deed.CALL_BACK if EXPECTED.match(said.text(at)) else None
        else:
            continue
        if deed:
            yield deed


def _ours(said: Statement, at: int) -> Deed | None:
    """`at` is I or we."""
    before, after = said.at(at - 1), said.skip(at + 1)
    word, verb = said.at(after), said.skip(after + 1)
    if word in NOT or ((word in AUXILIARIES or word == "did") and said.at(verb) in NOT):
        return None
    if before in ("while", "as"):
        return _deed_at(said, after) or _deed_at(said, verb)
    if before in ("before", "until", "when") and _deed_at(said, after) is Deed.TRANSFER:
        return Deed.TRANSFER
    if before in RELATIVE or (before in ("that", "sure") and said.at(at - 2) in ("sure", "make", "check")):
        return None
    if word in ("am", "are") and "able" in said.words[after + 1 : verb]:
        return None
    deed = _in_tense(said, word, after, verb)
    promised = word in ("will", "shall") and said.at(verb) != "have"
    if said.words[at] == "we" and not promised and deed not in (Deed.HELP, Deed.NOTE):
        # a church tells of itself as well: `we moved the service`
        return deed if WHOSE & set(said.words[verb : verb + WINDOW]) else None
    return deed


def _in_tense(said: Statement, word: str, after: int, verb: int) -> Deed | None:
    match word:
        case "did":
            return Deed.OTHER if said.at(verb) in ("it", "that", "this", ",") else _deed_at(said, verb)
        case "have" | "had" | "has":
            return _perfect(said, verb)
        case "am" | "are" | "was" | "were":
            return _progressive(said, verb)
        case "will" | "shall":
            deed = _progressive(said, said.skip(verb + 1)) if said.at(verb) == "be" else _deed_at(said, verb)
            return None if said.conditional and deed is not Deed.HELP else deed
        case "got":
            return _perfect(said, after) or _deed_at(said, after)
        case _ if is_past(word) or (word in PERFORMED and said.at(verb) in ("you", "your", "the")):
            return _deed_at(said, after)
        case _:
            return None


def _perfect(said: Statement, verb: int) -> Deed | None:
    """After `have`: a participle, or the caller's affair with a participle behind it (`have you booked`)."""
    if said.at(verb) == "been":
        return _progressive(said, said.skip(verb + 1), states=False)
    if said.at(verb) in ("got", "gotten", "had"):
        verb += 1
    elif is_past(said.at(verb)):
        return _deed_at(said, verb)
    if said.at(verb) not in _OBJECTS:
        return None
    for at in range(verb + 1, verb + 6):
        word = said.at(at)
        if word == "," or (word == "down" and said.at(at + 1) == "as"):
            return None
        if word in ("down", "written", "recorded", "listed"):
            return Deed.BOOK if said.at(verb) == "you" else Deed.NOTE
        if word in DONE or STATES.match(said.text(at)):
            return deed_of(word, said.text(verb, at - verb)) or Deed.NOTE
    return None


def _progressive(said: Statement, verb: int, states: bool = True) -> Deed | None:
    word = said.at(verb)
    if word.endswith("ing") and word not in NO_VERBS:
        return _deed_at(said, verb)
    if {"to", "of"} & set(said.words[max(verb - 2, 0) : verb]):
        deed = _deed_at(said, verb)
        return None if said.conditional and deed is not Deed.HELP else deed
    on_it = states and re.match(
        r"(?:on (?:it|my way|the phone|the line with (?!you))|done|finished)\b", said.text(verb)
    )
    return Deed.OTHER if on_it else None


def _passive(said: Statement, at: int) -> Deed | None:
    """`at` is a form of be or have: the passive of what is the caller's affair, or a state that comes of a deed."""
    done = said.skip(at + 1)
    participle, rest = said.at(done), said.text(done + 1)
    if (said.at(at) not in BE and participle != "gone") or participle in NOT or participle in AUXILIARIES:
        return None
    if said.at(at - 1) in _POSSIBLE:
        return None
    subject, auxiliaries, before = said.subject(at)
    if not subject or before in CONDITION or subject[0] in CONDITION or "not" in auxiliaries:
        return None
    state = bool(STATES.match(said.text(done))) or (
        "all" in said.words[at + 1 : done] and participle in ("set", "done")
    )
    if not (is_past(participle) or state or participle in ("through", "out", "gone")):
        return None
    if subject[-1] in HELPERS:
        return Deed.HELP if state or participle in INFORMED else None
    if not _is_callers(subject, auxiliaries, participle, rest, state):
        return None
    if participle == "gone" and rest.startswith("through"):
        return _went_through(subject)
    if subject[-1] in PEOPLE or (participle in ("set", "done") and not rest):
        return Deed.NOTE
    if subject == ["you"] and _ON_THE_BOOKS.match(said.text(done)):
        return Deed.BOOK
    if subject == ["you"] and participle == "down":
        return Deed.BOOK
    if state and (STATE_OF_REQUEST & set(subject) or participle in ("all", "on", "done")):
        return Deed.NOTE
    return deed_of(participle, f"{' '.join(subject)} {rest}") or deed_of(participle, rest) or Deed.OTHER


def _is_callers(subject: list[str], auxiliaries: list[str], participle: str, rest: str, state: bool) -> bool:
    """Whether the passive is of the caller's affair, rather than a fact of the place."""
    factual = bool(FACTUAL_REST.match(rest))
    perfect = bool({"been", "has", "have", "had", "will", "being"} & set(auxiliaries))
    if subject[-1] in ("it", "that", "this", "everything", "all") and len(subject) <= 3:
        if factual and participle != "confirmed":
            return participle == "booked" and "yours" in rest
        off = participle == "called" and rest.startswith("off")
        since = perfect and (off or participle not in EVENT_FACTS) and "will" not in auxiliaries
        return (participle in DONE or since or state) and (perfect or not rest.startswith("by "))
    if subject == ["you"]:
        present = state or (participle in DONE | _MOVED and participle != "taken")
        return present or (perfect and "will" not in auxiliaries and participle not in YOUR_HARMLESS)
    if {"your", "yours"} & set(subject[:2]):
        return state or participle not in YOUR_HARMLESS
    if AFFAIRS & set(subject[-4:]):
        done_once = (
            perfect
            or state
            or {"was", "were"} & set(auxiliaries)
            or participle in NOT_BY_HABIT
            or "you" in rest.split()
        )
        factual = factual or bool(HABIT.search(rest))
        whose = subject[0] in _DETERMINERS or len(subject) == 1
        of_all = len(subject) == 1 and subject[0].endswith("s") and not perfect
        return bool(done_once) and whose and not factual and not of_all and subject[-1] != "all"
    if PEOPLE & set(subject[-3:]):
        just_now = perfect or participle in ("notified", "informed", "told", "alerted")
        return participle in INFORMED and just_now and not re.match(r"to (?:sing|speak|preach|play|serve)", rest)
    return (perfect or participle in NOT_BY_HABIT) and bool(_FOR_CALLER.search(rest))


def _of_others(said: Statement, at: int) -> Deed | None:
    """What the caller is promised that other people do, or have done."""
    subject, auxiliaries, before = said.subject(at)
    if not subject or before in RELATIVE or said.conditional or "not" in auxiliaries or said.at(at + 1) in NOT:
        return None
    word, rest = said.words[at], said.text(at + 1)
    if subject[-1] == "you" and word in ("will", "should", "can", "shall"):
        expected = EXPECTED.match(rest)
        return _by_others(expected.group()) if expected else None
    helped = subject[-1] in HELPERS
    callers = subject[0] == "your" and word in ("is", "are", "will")
    if (
        not helped
        and not callers
        and not PEOPLE & set(subject[-3:])
        and not (len(subject) > 1 and subject[-2] in TITLES)
    ):
        return None
    if word in ("is", "are"):
        does = UNDERWAY.match(rest)
    elif word in ("will", "shall"):
        does = OTHERS_WILL.match(rest)
    else:
        return Deed.NOTE if KNOWS.match(said.text(at)) and "who" not in subject else None
    return (Deed.HELP if helped else _by_others(does.group())) if does else None


def _by_others(does: str) -> Deed:
    if "pray" in does:
        return Deed.PRAY
    if re.search(r"text|mail|send|link|confirmation|receipt|sms|copy", does):
        return Deed.SEND
    if re.search(r"call|ring|phon|contact|reach|back|follow|touch|hear", does):
        return Deed.CALL_BACK
    return Deed.OTHER


def _gone_through(said: Statement, at: int) -> Deed | None:
    """`Your donation went through.`"""
    subject, _, _ = said.subject(at - 1)
    if said.at(at) == "goes" and subject[-1:] in (["it"], ["this"], ["that"]):
        return (
            Deed.NOTE
            if re.match(
                r"(?:straight |right |directly )?(?:to (?!\w+ (?:show|say))|out (?:today|tonight|now|tomorrow))",
                said.text(at + 1),
            )
            else None
        )
    callers = {"your", "it"} & set(subject[:2]) or AFFAIRS & set(subject)
    if not callers or said.at(at + 1) not in ("through", "out", "in"):
        return None
    return _went_through(subject)


def _went_through(subject: list[str]) -> Deed | None:
    if STATE_OF_REQUEST & set(subject):
        return Deed.NOTE
    return deed_named(subject[-1]) or deed_of("process", " ".join(subject))


def _without_subject(said: Statement) -> Deed | None:
    """`Transferring you now.`, `Booked!`, `Reminder set.`, `Consider it done.`"""
    leading = True
    for clause in said.clauses():
        begins = next((i for i, word in enumerate(clause) if word not in FILLERS and word not in ADVERBS), len(clause))
        words = clause[begins:]
        if not words:
            continue
        first, last, rest = words[0], words[-1], " ".join(words[1:])
        short = not rest or (len(words) <= _SHORT and words[1] in _AFTER_DONE) or (leading and words[1] in _OBJECTS)
        if first in DONE | {"set"} and short:
            return Deed.NOTE if first in ("done", "set") else deed_of(first, rest) or Deed.NOTE
        if 2 <= len(words) < _SHORT and last in DONE | {"set"} and words[-2] in AFFAIRS | {"reminder"}:
            return deed_of(last, " ".join(words[:-1])) or Deed.OTHER
        if first == "consider" and words[1:2] in (["it"], ["that"], ["your"]):
            return deed_of(last, "") or Deed.OTHER
        if first == "got" and words[1:2] in (["it"], ["that"]) and last in DONE:
            return deed_of(last, "") or Deed.NOTE
        doing = first.endswith("ing") and first not in NO_VERBS and not FINITE & set(words)
        if leading and doing and rest and (words[1] in _AFTER_DOING or last in ("now", "you")):
            return deed_of(first, rest)
        leading = False
    return None


def _deed_at(said: Statement, verb: int) -> Deed | None:
    """The deed of the verb at that place, or of one that is joined to it by `and`."""
    word = said.at(verb)
    if word == ",":
        return None
    deed = deed_of(word, said.text(verb + 1))
    for at in range(verb + 1, verb + WINDOW):
        if deed or said.at(at) == ",":
            break
        joined = said.at(said.skip(at + 1))
        if said.at(at) in ("and", "then") and joined not in _OURS and _same_form(word, joined):
            deed = deed_of(joined, said.text(said.skip(at + 1) + 1))
            deed = None if deed is Deed.OTHER else deed
    return deed


def _same_form(verb: str, other: str) -> bool:
    """`checking and calling`, `checked and called`."""
    if verb.endswith("ing"):
        return other.endswith("ing")
    return is_past(other) if is_past(verb) else not other.endswith("s")
