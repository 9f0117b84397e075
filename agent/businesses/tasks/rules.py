"""Which of a user's tasks a caller names, and what they want it renamed to. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from agent.businesses.tasks.store import Task
from agent.businesses.tasks.titles import new_title
from shared.domain.language.text import vocabulary, words
from shared.domain.language.verbs import bases


@dataclass(frozen=True)
class Named:
    """The tasks that a caller may mean: one, or several among which they have to choose, or none."""

    tasks: tuple[Task, ...]
    shared: int = 0
    """How many telling words they share with what was said."""

    @property
    def one(self) -> Task | None:
        return self.tasks[0] if len(self.tasks) == 1 else None


_PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "sixth": 5, "seventh": 6, "last": -1}
_PLACE = re.compile(rf"\b(?:the )?(?:(?:very )?({'|'.join(_PLACES)})(?: one| task| item)?|number (\w+))\b", re.I)
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_SOUNDS_ALIKE = 0.8
_FEW_LETTERS = 4


def named(said: str, tasks: Sequence[Task]) -> Named:
    """The task whose title is nearest to what was said; several where nothing tells them apart."""
    return _nearest(said, tasks, _telling) or _by_place(said, tasks) or _nearest(said, tasks, _spoken) or Named(())


def _nearest(said: str, tasks: Sequence[Task], telling: Callable[[str], frozenset[str]]) -> Named | None:
    heard = telling(said)
    shared = {each: _shared(telling(each.title), heard) for each in tasks}
    most = max(shared.values(), default=0)
    if not most:
        return None
    nearest = [each for each in tasks if shared[each] == most]
    whole = [each for each in nearest if shared[each] == len(telling(each.title))]
    return Named(tuple(whole[:1] if len({words(each.title) for each in whole}) == 1 else nearest), most)


def _by_place(said: str, tasks: Sequence[Task]) -> Named | None:
    found = _PLACE.search(said)
    if found is None or not tasks:
        return None
    if found[1]:
        place = _PLACES[found[1].lower()]
    else:
        number = found[2].lower()
        place = int(number) - 1 if number.isdigit() else _NUMBERS.index(number) if number in _NUMBERS else len(tasks)
    return Named((tasks[place],)) if -1 <= place < len(tasks) else None


def all_of_them(said: str) -> bool:
    """Whether the caller means the whole list."""
    return bool(
        re.search(r"\b(?:all (?:of )?(?:my|the|them|it)|everything|all tasks|(?:whole|entire) list)\b", said, re.I)
    )


def same_task(one: str, other: str) -> bool:
    """Whether two titles of one turn are one task, which a model has worded in two ways."""
    return _telling(one) == _telling(other)


_RENAMING = re.compile(
    r"\b(?:rename|retitle|reword|change|edit|update|alter|call|make|turn|switch|correct)\b[\s:]*", re.I
)
_BETWEEN = re.compile(
    r",?\s+(?:to say|to read|to be(?: called)?|so (?:that )?it (?:says|reads)|(?:should|must|ought to|to) (?:now )?"
    r"(?:be|say|read)(?: called| named)?|to|into|as|be called|with)\s+",
    re.I,
)


@dataclass(frozen=True)
class Renaming:
    which: str
    title: str


def renaming_in(said: str, tasks: Sequence[Task]) -> Renaming | None:
    """The two parts of "change X to Y": where a title holds such a word itself, the part that names a task best."""
    said = said.strip(" .!?")
    command, first = _RENAMING.search(said), _BETWEEN.search(said)
    rest = said[command.end() :] if command and first and command.start() < first.start() else said
    best, shared = None, 0
    for between in _BETWEEN.finditer(rest):
        which, title = rest[: between.start()], rest[between.end() :].strip(' ,."“”')
        found = named(which, tasks)
        if found.tasks and title and (best is None or found.shared > shared):
            best, shared = Renaming(which, new_title(title)), found.shared
    return best


def listed(titles: Sequence[str]) -> str:
    """'One, Two and Three', as it is spoken."""
    return f"{', '.join(titles[:-1])} and {titles[-1]}" if titles[1:] else "".join(titles)


_ARTICLES = vocabulary("a an the my it to of on in off")
_LITTLE = vocabulary(
    "a an the i me my mine we our you your he she it its they them this that these those one ones to of in on at for"
    " from with about as by and or but is are was be been am do did does have has had can could would will should may"
    " please just also so now then thing things task tasks todo item items list off out up down done finished complete"
    " completed finish mark tick check cross delete remove erase drop cancel rid get rename change call it's thats im"
    " ive i've i'm that's like want need already yes no okay ok"
)
"""Words that tell no task from another, unless its title has no others."""


def _telling(text: str) -> frozenset[str]:
    spoken = words(text).split()
    return frozenset([word for word in spoken if word not in _LITTLE]) or frozenset(spoken)


def _spoken(text: str) -> frozenset[str]:
    return frozenset(words(text).split()) - _ARTICLES


def _shared(title: frozenset[str], heard: frozenset[str]) -> int:
    return sum(any(_alike(word, other) for other in heard) for word in title)


def _alike(word: str, other: str) -> bool:
    """Whether they are one word: in another form, or as a recogniser may write it."""
    if set(bases(word)) & set(bases(other)):
        return True
    long = min(len(word), len(other)) > _FEW_LETTERS
    return long and SequenceMatcher(None, word, other).ratio() >= _SOUNDS_ALIKE
