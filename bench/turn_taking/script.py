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
