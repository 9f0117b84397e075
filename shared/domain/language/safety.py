"""Detects danger in an utterance, in code and before any model sees it (PT-69 … PT-73), in English and Spanish.

Emergency and crisis err on the side of care: a denial ("I'm not suicidal") or grief over a suicide counts. Threat and
abuse must be aimed at somebody: swearing about a situation is neither, a figure of speech ("this traffic is killing
me") is none.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from shared.domain.language import medical_signs as medical
from shared.domain.language import peril_signs as peril
from shared.domain.language import quiet_signs as quiet
from shared.domain.language import spanish_danger_patterns as spanish
from shared.domain.language.crisis_patterns import CRISIS
from shared.domain.language.danger_net import judge
from shared.domain.language.danger_patterns import ABUSE, FIGURES_OF_SPEECH, IDIOMS, THREAT
from shared.domain.language.emergency_patterns import EMERGENCY
from shared.domain.language.text import without_accents, words


class Danger(StrEnum):
    """In the order of their weight: an emergency decides first how a caller is treated."""

    EMERGENCY = "emergency"
    """Life is at stake now: 911 is told first."""
    CRISIS = "crisis"
    """Thoughts of suicide, self-harm, violence at home."""
    THREAT = "threat"
    ABUSE = "abuse"


@dataclass(frozen=True)
class Safety:
    """The dangers in an utterance; usually none."""

    dangers: frozenset[Danger] = frozenset()
    words: tuple[str, ...] = ()
    """The words that matched, without punctuation, the weightiest danger first."""
    language: Literal["en", "es"] = "en"
    """In which the caller told of it."""

    @property
    def foremost(self) -> Danger | None:
        """The danger that decides how the caller is treated."""
        return next((danger for danger in Danger if danger in self.dangers), None)


_ENGLISH: dict[Danger, tuple[re.Pattern[str], ...]] = {
    Danger.EMERGENCY: (EMERGENCY,),
    Danger.CRISIS: CRISIS,
    Danger.THREAT: THREAT,
    Danger.ABUSE: ABUSE,
}
_EMERGENCIES = (medical.MEDICAL, peril.FIRE_AND_GAS, peril.MISSING)
_SPANISH: dict[Danger, tuple[re.Pattern[str], ...]] = {
    Danger.EMERGENCY: (spanish.MEDICAL, spanish.FIRE_AND_GAS, spanish.MISSING),
    Danger.CRISIS: (spanish.DESPAIR, spanish.AT_HOME),
    Danger.THREAT: (spanish.THREAT,),
    Danger.ABUSE: (spanish.ABUSE,),
}


LIKELY = 0.5
"""From this probability on the net alone finds a danger."""
_UNLIKELY = 0.1
"""Below this, in each clause, words that together are signs of danger mean something else: "I need a nail gun"."""
_FEW_WORDS, _LIKELY_OF_FEW = 6, 0.7
"""Fewer words than this say little by themselves: the net must be surer of them."""
_OF_KIN = re.compile(
    r"\b(husband|wife|son|daughter|mother|mom|father|dad|brother|sister|friend|roommate|neighbor|kid|baby|child|boyfriend"
    r"|girlfriend|uncle|aunt|cousin|grandpa|grandma|boy|girl|coworker|partner|driver|man|woman|guy|nephew|niece|ex)"
    r"['’]s (?=(?:been|not|just|having|got|gone|missing|in|on|at|out|\w+ing|\w+ed)\b)",
    re.IGNORECASE,
)
"""`My sister's been gone`: a verb, which bare words would make a possession."""
_CLAUSES = re.compile(r"[.,;:!?]+")


@lru_cache(maxsize=32)
def assess(utterance: str) -> Safety:
    """Finds all dangers in an utterance (PT-73): by its signs, and in other words by the net. Never raises.

    Of the newest utterances the result is kept: each is judged while it is overheard, for the reply that is begun ahead
    of the turn, and in the turn.
    """
    utterance = _OF_KIN.sub(r"\1 is ", utterance)
    plain = IDIOMS.sub(" ", words(utterance))
    found = _in_english(plain, utterance) or _in_spanish(plain)
    if found:
        return found
    judged = judge(plain)
    if judged.probability < (LIKELY if len(plain.split()) >= _FEW_WORDS else _LIKELY_OF_FEW):
        return Safety()
    danger, _, language = judged.label.partition("_")
    return Safety(frozenset({Danger(danger)}), judged.words, "es" if language else "en")


def _in_english(plain: str, utterance: str) -> Safety | None:
    text = FIGURES_OF_SPEECH.sub(" ", plain)
    found = {danger: _matches(text, patterns) for danger, patterns in _ENGLISH.items()}
    emergencies, crises = _EMERGENCIES, ()
    if not found[Danger.THREAT]:
        # a caller who threatens speaks of weapons and of harm too: that is neither their own danger nor an attack
        emergencies, crises = (*_EMERGENCIES, peril.ARMED), (quiet.DESPAIR, quiet.VIOLENCE)
    signs = {
        danger: [words for kind in kinds for words in kind.found(text)]
        for danger, kinds in ((Danger.EMERGENCY, emergencies), (Danger.CRISIS, crises))
    }
    if any(signs.values()) and not _harmless(utterance):
        found = {danger: [*found.get(danger, ()), *signs.get(danger, ())] for danger in Danger}
    return _safety(found, "en") if any(found.values()) else None


def _in_spanish(plain: str) -> Safety | None:
    text = spanish.FIGURES_OF_SPEECH.sub(" ", without_accents(plain))
    found = {danger: _matches(text, patterns) for danger, patterns in _SPANISH.items()}
    if not found[Danger.THREAT]:
        found[Danger.EMERGENCY] += _matches(text, (spanish.ARMED,))
    return _safety(found, "es") if any(found.values()) else None


def _harmless(utterance: str) -> bool:
    """Whether the net takes the whole and each clause for harmless: one dangerous clause in a long story counts."""
    return all(judge(words(part)).probability < _UNLIKELY for part in (utterance, *_CLAUSES.split(utterance)))


def weightier(one: Safety, other: Safety) -> Safety:
    """The one whose foremost danger is the weightier; the first where they are alike."""
    order: list[Danger | None] = [*Danger, None]
    return min(one, other, key=lambda each: order.index(each.foremost))


def _safety(found: dict[Danger, list[str]], language: Literal["en", "es"]) -> Safety:
    return Safety(
        frozenset(danger for danger, matched in found.items() if matched),
        tuple(word for danger in Danger for word in found.get(danger, ())),
        language,
    )


def _matches(text: str, patterns: tuple[re.Pattern[str], ...]) -> list[str]:
    return [match.group().strip() for pattern in patterns for match in pattern.finditer(text)]
