"""The people of a tenant whom callers may be put through to, and the choice among them."""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from shared.domain.opening_hours import complaints, is_open

_EXTENSION = re.compile(r"\d{2,6}")
_WORD = re.compile(r"[^\W_]+")

MOST_TRIED = 3
"""People who are called one after the other while the caller waits."""


@dataclass(frozen=True)
class Person:
    """Somebody of a tenant who may be given a call."""

    name: str
    number: str
    """E.164, or an extension of the tenant's own exchange, in digits."""
    queue: str | None = None
    """People of one queue stand in for each other."""
    place: int = 1
    """In the queue: the lowest is called first."""
    hours: dict[str, Any] | None = field(default=None, hash=False)
    """As a tenant's opening hours; None: the tenant's own."""
    cold: bool = False
    """Whether the caller's leg is handed over unasked (REFER), and leaves Pickup."""


@dataclass(frozen=True)
class Choice:
    """Whom to call, in order; nobody where `refusal` says why."""

    people: tuple[Person, ...] = ()
    refusal: Literal["unknown", "closed", "ours"] | None = None


def choose(
    people: Iterable[Person], who: str, local: datetime, *, hours: object = None, ours: Set[str] = frozenset()
) -> Choice:
    """The people whom a caller may be put through to who wants `who`: a name, a queue, or nothing for anybody.

    `local`: the tenant's time; `hours`: the tenant's opening hours. `ours`: numbers that lead back to us, and the
    caller's own: calling them would be a loop.
    """
    listed = sorted(people, key=lambda person: (person.place, person.name))
    wanted = _wanted(listed, who)
    if not wanted:
        return Choice(refusal="unknown")
    outside = [person for person in wanted if person.number not in ours]
    if not outside:
        return Choice(refusal="ours")
    there = [person for person in outside if _is_there(person, local, hours)]
    return Choice(tuple(there[:MOST_TRIED])) if there else Choice(refusal="closed")


def is_extension(number: str) -> bool:
    """Whether it is a number of the tenant's own exchange."""
    return bool(_EXTENSION.fullmatch(number))


_TITLES = {"the", "a", "an", "at", "in", "from", "of", "our", "your", "mr", "mrs", "ms", "dr", "miss", "please"}


def _wanted(people: list[Person], who: str) -> list[Person]:
    said = {word for word in _words(who) if word not in _TITLES}
    if not said:
        return people
    queued = [person for person in people if person.queue and said == _words(person.queue)]
    named = [person for person in people if said <= _words(person.name)]
    fuller = [person for person in people if _words(person.name) <= said]
    return queued or named or fuller


def _is_there(person: Person, local: datetime, hours: object) -> bool:
    applying = person.hours if person.hours is not None else hours
    if applying is None:
        return True
    if any(complaints(applying)):
        # hours that can't be read keep the telephone silent
        return False
    return is_open(cast(Mapping[str, Any], applying), local)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))
