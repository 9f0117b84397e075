"""How long a use-case waits for the outside world."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """All in seconds."""

    lookup_seconds: float = 3.0
    """For all that must be known of a number before it is answered, retries included (PT-13)."""
    retry_pause_seconds: float = 0.1
    redis_seconds: float = 1.0
    """For one round trip to Redis."""
    write_seconds: float = 5.0
    """For durable writes; stores give up earlier and keep the write in the spool."""
