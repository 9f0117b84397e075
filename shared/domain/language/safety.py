"""Detects danger in an utterance, in code and before any model sees it (PT-69 … PT-73), in English and Spanish.

Emergency and crisis err on the side of care: a denial ("I'm not suicidal") or grief over a suicide counts. Threat and
abuse must be aimed at somebody: swearing about a situation is neither, a figure of speech ("this traffic is killing
me") is none.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from shared.domain.language import medical_signs as medical
from shared.domain.language import peril_signs as peril
from shared.domain.language import quiet_signs as quiet
from shared.domain.language import spanish_danger_patterns as spanish
from shared.domain.language.crisis_patterns import CRISIS
from shared.domain.language.danger_patterns import ABUSE, FIGURES_OF_SPEECH, THREAT
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


def assess(utterance: str) -> Safety:
    """Finds all dangers in an utterance (PT-73). Never raises."""
    plain = words(utterance)
    text = FIGURES_OF_SPEECH.sub(" ", plain)
    found = {danger: _matches(text, patterns) for danger, patterns in _ENGLISH.items()}
    emergencies = _EMERGENCIES
    if not found[Danger.THREAT]:
        # a caller who threatens speaks of weapons and of harm too: that is neither their own danger nor an attack
        emergencies = (*_EMERGENCIES, peril.ARMED)
        found[Danger.CRISIS] += [*quiet.DESPAIR.found(text), *quiet.VIOLENCE.found(text)]
    found[Danger.EMERGENCY] = [words for kind in emergencies for words in kind.found(text)]
    if any(found.values()):
        return _safety(found, "en")
    text = spanish.FIGURES_OF_SPEECH.sub(" ", without_accents(plain))
    found = {danger: _matches(text, patterns) for danger, patterns in _SPANISH.items()}
    if not found[Danger.THREAT]:
        found[Danger.EMERGENCY] += _matches(text, (spanish.ARMED,))
    return _safety(found, "es") if any(found.values()) else Safety()


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
