"""A patient caller by text: knows what they want, answers what is asked, says it again when nothing comes of it."""

import random
import re
from dataclasses import dataclass, field

MOST_TURNS = 24
_NAMES = ("Maria Delgado", "Helen Okafor", "Walter Brandt", "Susan Clark", "Tom Whitfield", "Priya Nair")
_PRAYERS = (
    "for my dad, he broke his hip on Tuesday",
    "for my sister Helen, she starts chemo next week",
    "for our neighbor Walter, who lost his job",
    "for my mom, she is in the hospital",
    "for my kid, who has an exam on Friday",
)
_REASONS = (
    "renting the hall in June",
    "my daughter's baptism",
    "volunteering at the food pantry",
    "a funeral next month",
    "joining the choir",
)
_NUMBERS = ("312 555 0178", "two oh six, five five five, oh one nine nine", "425-555-0133")
_CONSENT = ("No, thank you.", "No, please don't record me.", "Yes, that's fine.", "Sure.")
_YES = ("Yes, please.", "Yes, that's right.", "Yes.", "That's correct.", "Yes, please send it.")
_BYE = ("No, that's all, thank you. Goodbye.", "That's it, thanks. Bye.", "No. Have a good day, goodbye.")

_READ_BACK = re.compile(r"shall i send it|is that (?:right|correct)\?", re.I)
_DONE = re.compile(r"has been sent|passed (?:that|it) on|noted that|have that already|couldn't pass that on", re.I)
_ASKS = {
    "consent": re.compile(r"if i record\?|okay to record|consent", re.I),
    "name": re.compile(r"your name|who is calling|who am i speaking", re.I),
    "number": re.compile(r"what number|which number|digit by digit|reach you at", re.I),
    "text": re.compile(r"what (?:is it|would you like us to|should we) (?:about|pray)|pray for in particular", re.I),
}
_GOODBYE = re.compile(r"\b(?:good ?bye|bye|take care)\b", re.I)


@dataclass
class Patient:
    """Wants one request passed on. `answer` goes from the agent's last words to the caller's next ones."""

    kind: str
    """`prayer` or `callback`."""
    wishes: tuple[str, ...]
    """The wish in several wordings, said in turn."""
    facts: dict[str, str]
    chance: random.Random = field(repr=False)
    done: bool = False
    """Whether the agent has told them what became of it."""
    byes: int = 0

    def answer(self, heard: str) -> str | None:
        """What the caller says now; None: they hang up."""
        self.done = self.done or bool(_DONE.search(heard))
        if self.done:
            self.byes += 1
            return (
                self.chance.choice(_BYE) if self.byes <= 2 and not (self.byes > 1 and _GOODBYE.search(heard)) else None
            )
        if _READ_BACK.search(heard):
            return self.chance.choice(_YES)
        question = max(_ASKS, key=lambda name: max((m.end() for m in _ASKS[name].finditer(heard)), default=-1))
        if _ASKS[question].search(heard):
            return self.facts[question]
        # nobody says the same sentence over and over: that is what machines are known by
        self.wishes = (*self.wishes[1:], self.wishes[0])
        return self.wishes[-1]


def patient(seed: int) -> Patient:
    """The same seed is the same caller."""
    chance = random.Random(f"patient/{seed}")
    kind = chance.choice(("prayer", "callback"))
    prayer, reason = chance.choice(_PRAYERS), chance.choice(_REASONS)
    facts = {
        "consent": chance.choice(_CONSENT),
        "name": f"My name is {chance.choice(_NAMES)}.",
        "number": f"You can reach me at {chance.choice(_NUMBERS)}.",
        "text": f"It's {prayer}." if kind == "prayer" else f"It's about {reason}.",
    }
    prayers = (
        f"Could you please pray {prayer}?",
        f"I have a prayer request, it's {prayer}.",
        f"I'd like you all to pray {prayer}.",
        f"Would the church say a prayer {prayer}?",
    )
    callbacks = (
        f"Could somebody call me back about {reason}?",
        f"I'd like to leave a message for the office, it's about {reason}.",
        f"Please have someone phone me about {reason}.",
        f"I was hoping to get a call from you about {reason}.",
    )
    return Patient(kind, prayers if kind == "prayer" else callbacks, facts, chance)
