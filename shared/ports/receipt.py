"""What became of a durable write, and what waits on this machine's disk."""

from enum import StrEnum
from typing import Protocol


class Receipt(StrEnum):
    """What became of a durable write: `STORED` is in Postgres, `KEPT` in the spool."""

    STORED = "stored"
    KEPT = "kept"


class KeptWrites(Protocol):
    """The writes that wait on this machine's disk for Postgres. A failure is `StoreUnavailable`."""

    async def waiting(self) -> int: ...

    async def check(self) -> None:
        """Raises where the disk wouldn't keep a write now, or has hardly any room left."""
        ...
