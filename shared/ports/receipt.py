"""What became of a durable write."""

from enum import StrEnum


class Receipt(StrEnum):
    """What became of a durable write: `STORED` is in Postgres, `KEPT` in the spool."""

    STORED = "stored"
    KEPT = "kept"
