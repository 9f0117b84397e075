"""Copies of what a store answered, which all processes of a stage share."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True)
class Snapshot:
    """A copy that is young enough."""

    value: Any
    """As it was put, in JSON's types."""
    age_seconds: float


class Loading(StrEnum):
    """Who reads the store, where there is no copy that is young enough."""

    OURS = "load"
    """The one that asks: nobody else does until it has put what it read, given up, or taken too long."""
    THEIRS = "wait"
    """Another one does already."""


class Snapshots(Protocol):
    """The copies of one stage, by name. A failure is `StoreUnavailable` and must never hold a call.

    A store's answer has a version that rises with each change, so that a copy that was read before a change can't take
    the place of one that was read after it.
    """

    async def find(self, name: str, loader: str) -> Snapshot | Loading: ...

    async def put(self, name: str, loader: str, version: int, value: Any) -> bool:
        """False: the store is past this version, so that the copy isn't kept. The loader's turn is over."""
        ...

    async def give_up(self, name: str, loader: str) -> None:
        """The loader couldn't read the store: another one may."""
        ...

    async def drop(self, name: str, version: int) -> None:
        """The store has this version now: copies of earlier ones are neither used nor kept from now on."""
        ...
