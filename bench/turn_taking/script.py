"""What the callers of this benchmark say, and when."""

from dataclasses import dataclass

from lab.person.scenario import COUGH


@dataclass(frozen=True)
class Kind:
    """A kind of utterance with its words."""

    name: str
    text: str
    over_answer: bool = False
    """Spoken while the agent answers; else when it has finished."""
    for_agent: bool = True


SIGN = Kind("signs", "Uh-huh.", over_answer=True, for_agent=False)
ASIDE = Kind("talk to others", "Bye bye, sweetie.", over_answer=True, for_agent=False)
COUGHING = Kind("coughs", COUGH, over_answer=True, for_agent=False)
WORDS = Kind("interruptions", "Sorry, how do I give?", over_answer=True)
LONG = Kind("questions", "What should I wear to church?")
"""Its answer is long enough for all that is spoken over it."""
QUESTIONS = (Kind("questions", "Is there parking?"), Kind("questions", "Office hours?"))
DICTATED = Kind("dictated numbers", "My number is three one two. | Five five five, zero one seven eight.")

CYCLE = (*QUESTIONS, LONG, SIGN, ASIDE, COUGHING, WORDS, LONG, WORDS, DICTATED)

DICTATIONS = tuple(
    Kind("dictations", text)
    for text in (
        "My number is three one two. | Five five five, zero one seven eight.",
        "You can reach me at two oh six, | five five five, | oh one four four.",
        "It's area code four two five. | Five five five | zero one nine nine.",
        "Call my office, that's five oh three, five five five, | zero one two six.",
        "My name is | Jonathan Whitmore.",
        "My last name is spelled W, H, I, T, | M, O, R, E.",
        "The name is Maria, | Maria Delgado Fuentes.",
        "My address is fourteen twenty | Alder Street.",
        "I live at seventy five West Pine Avenue, | apartment six.",
        "My zip code is nine eight, | one oh one.",
        "My email is walter, | at example dot com.",
        "My number is, um, | six one nine, five five five, zero one three three.",
    )
)
"""Numbers, names and addresses, with a second's pause at each ` | `."""
