"""Finds the items that a caller's words mean, and what could take the place of one that is out. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.businesses.rental.store import Item, Stock
from shared.domain.language.text import words

MOST_OFFERED = 3
"""Items in a sentence: nobody remembers more."""

_EMPTY = frozenset(
    words(
        """a an the i i'd i'm im id we you it its that this these those one ones any some do does have has had is are am
        be can could will would shall may of to in on at for from with and or my our your need want wanted like rent
        rental renting hire book booking reserve get take something anything machine machines equipment thing please
        yes yeah ok okay sure hi hello day days week weeks weekend today tomorrow next until till available now how much
        what which there out instead rather actually then so just use using job work good kind kinds else"""
    ).split()
)
_ENDINGS = ("ings", "ing", "ers", "er", "ors", "or", "ed", "es", "s", "e")
_ORDINALS = {"first": 0, "second": 1, "third": 2, "last": -1}
_NTH = re.compile(rf"\b({'|'.join(_ORDINALS)}) one\b")
_CHEAPER = re.compile(r"\bcheap(?:er|est)?\b")


@dataclass(frozen=True)
class Found:
    """What answers a wish."""

    available: tuple[Item, ...] = ()
    """Of those that fit: of several that look alike one."""
    rented: tuple[Item, ...] = ()
    """Of those that fit, where none is available."""
    instead: tuple[Item, ...] = ()
    """Available ones of the same category as `rented`."""


def search(stock: Stock, said: str) -> Found:
    fitting = _fitting(stock.items, said)
    if available := _unlike(each for each in fitting if each.available):
        return Found(available[:MOST_OFFERED])
    return Found((), _unlike(fitting)[:MOST_OFFERED], instead_of(stock, fitting))


def instead_of(stock: Stock, items: Sequence[Item]) -> tuple[Item, ...]:
    """What is available of the same categories."""
    categories = {each.category for each in items}
    return _unlike(each for each in stock.items if each.available and each.category in categories)[:MOST_OFFERED]


def chosen(stock: Stock, said: str, offered: Sequence[str], *, whole: bool) -> tuple[Item, ...]:
    """The items that a caller's choice may mean, those that were offered before all others.

    `whole`: `said` is nothing but the choice, so that words which fit nothing choose nothing.
    """
    by_id = {each.equipment_id: each for each in stock.items}
    known = [by_id[each] for each in offered if each in by_id]
    fitting = _fitting(stock.items, said, among_names=not whole) or _fitting(known, said)
    if fitting:
        named = [each for each in fitting if each in known]
        return _unlike(named or sorted(fitting, key=lambda each: not each.available))
    if (nth := _NTH.search(words(said))) and known and _ORDINALS[nth[1]] < len(known):
        return (known[_ORDINALS[nth[1]]],)
    if known and _CHEAPER.search(words(said)):
        return (min(known, key=lambda each: each.daily_rate),)
    return () if whole and _stems(said) else tuple(known)


def categories(stock: Stock) -> list[str]:
    """Of what is available."""
    return sorted({each.category for each in stock.items if each.available})


def _fitting(items: Sequence[Item], said: str, *, among_names: bool = False) -> list[Item]:
    wanted = _stems(said)

    def score(item: Item) -> int:
        named = 3 * len(wanted & _stems(item.name)) + 2 * len(wanted & _stems(item.category))
        return named if among_names else named + len(wanted & _stems(item.description))

    scores = [(each, score(each)) for each in items]
    best = max((each for _, each in scores), default=0)
    return [item for item, each in scores if best and each == best]


def _unlike(items: Iterable[Item]) -> tuple[Item, ...]:
    """The first of each name."""
    found: dict[str, Item] = {}
    for each in items:
        found.setdefault(each.name, each)
    return tuple(found.values())


def _stems(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in words(text.replace("-", " ")).split() if word not in _EMPTY)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
