"""Detects danger in an utterance, in code and before any model sees it (PT-69 … PT-73).

Crisis errs on the side of care: a denial ("I'm not suicidal") or grief over a suicide counts. Threat and abuse must be
aimed at somebody: swearing about a situation is neither, a figure of speech ("this traffic is killing me") is none.
"""

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.language.crisis_patterns import CRISIS
from shared.domain.language.danger_patterns import ABUSE, FIGURES_OF_SPEECH, THREAT
from shared.domain.language.text import words

CRISIS_LINE = (
    "I'm really glad you told me, and I'm so sorry you're going through this. You don't have to face it alone. "
    "You can call or text 988 at any time to reach someone who will listen. "
    "If anyone is in immediate danger, please call 911 right now. "
    "I'm staying on the line with you, and I can ask a person to call you back."
)
THREAT_LINE = (
    "I can't go on with a conversation about hurting people, so I'm ending this call now. "
    "If anyone is in danger, call 911. Goodbye."
)
ABUSE_WARNING = "I'd like to help you, but please don't speak to me that way. What can I do for you?"
ABUSE_GOODBYE = "I'm not able to go on like this, so I'll end the call here. You're welcome to call again. Goodbye."


class Danger(StrEnum):
    """In the order of their weight: crisis decides how a caller is treated."""

    CRISIS = "crisis"
    THREAT = "threat"
    ABUSE = "abuse"


@dataclass(frozen=True)
class Safety:
    """The dangers in an utterance; usually none."""

    dangers: frozenset[Danger] = frozenset()
    words: tuple[str, ...] = ()
    """The words that matched, without punctuation, crisis first."""

    @property
    def foremost(self) -> Danger | None:
        """The danger that decides how the caller is treated."""
        return next((danger for danger in Danger if danger in self.dangers), None)


def assess(utterance: str) -> Safety:
    """Finds all dangers in an utterance (PT-73). Never raises."""
    text = FIGURES_OF_SPEECH.sub(" ", words(utterance))
    found = {danger: [m.group().strip() for p in patterns for m in p.finditer(text)] for danger, patterns in _SIGNS}
    return Safety(
        frozenset(danger for danger, matched in found.items() if matched),
        tuple(word for danger in Danger for word in found[danger]),
    )


_SIGNS = ((Danger.CRISIS, CRISIS), (Danger.THREAT, THREAT), (Danger.ABUSE, ABUSE))
