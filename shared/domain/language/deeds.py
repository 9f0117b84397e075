"""The kinds of deeds: what tools do, and what a sentence of the agent may claim once one of them is done."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType


class Deed(StrEnum):
    """In the order of their weight: the first one claimed decides what is said instead."""

    HELP = "help"
    """911, an ambulance, the police were called."""
    TRANSFER = "transfer"
    PAY = "pay"
    SEND = "send"
    """A text, an e-mail, a link was sent."""
    BOOK = "book"
    """Something is reserved for the caller."""
    ORDER = "order"
    CANCEL = "cancel"
    MOVE = "move"
    """What was booked is at another time."""
    CHANGE = "change"
    CONFIRM = "confirm"
    COMPLETE = "complete"
    DELETE = "delete"
    ADD = "add"
    """Something stands on a list, in a calendar."""
    STANDS = "stands"
    """An appointment, a booking of the caller's exists: known from a deed, or looked up."""
    CALL_BACK = "call_back"
    NOTE = "note"
    """A request was written down or passed on to people."""
    PRAY = "pray"
    LOOK_UP = "look_up"
    OTHER = "other"


_BESIDES: Mapping[Deed, frozenset[Deed]] = MappingProxyType(
    {
        Deed.BOOK: frozenset((Deed.CONFIRM, Deed.ADD, Deed.STANDS)),
        Deed.ORDER: frozenset((Deed.BOOK, Deed.CONFIRM, Deed.STANDS)),
        Deed.CANCEL: frozenset((Deed.DELETE,)),
        Deed.MOVE: frozenset((Deed.CHANGE, Deed.BOOK, Deed.CONFIRM, Deed.STANDS)),
        Deed.CHANGE: frozenset((Deed.MOVE, Deed.STANDS)),
        Deed.CONFIRM: frozenset((Deed.STANDS,)),
        Deed.COMPLETE: frozenset((Deed.DELETE, Deed.CHANGE)),
        Deed.DELETE: frozenset((Deed.CANCEL,)),
        Deed.ADD: frozenset((Deed.BOOK, Deed.STANDS)),
        Deed.LOOK_UP: frozenset((Deed.STANDS,)),
    }
)
"""What a deed makes true beside itself: what is booked is confirmed, and what is cancelled is off the calendar."""
_CHANGES_NOTHING = frozenset((Deed.LOOK_UP, Deed.TRANSFER))


def made_true(done: Iterable[Deed]) -> frozenset[Deed]:
    """The claims that these deeds make true; each that changes something is written down as well."""
    return frozenset(
        claim
        for deed in done
        for claim in (deed, *_BESIDES.get(deed, ()), *(() if deed in _CHANGES_NOTHING else (Deed.NOTE,)))
    )
