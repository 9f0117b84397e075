"""The circuit of one provider's model: whether calls may use it, decided from its failures in a row (OP-93)."""

from dataclasses import dataclass, replace
from typing import Literal

State = Literal["closed", "open", "half_open"]

OPENS_AFTER = 2
"""Failures in a row, of any call, after which all calls leave the model out."""
FORGOTTEN_SECONDS = 60.0
"""A failure that is older than this doesn't count as one in a row."""
REST_SECONDS = (10.0, 20.0, 40.0, 60.0)
"""How long an open circuit rests before it is probed, by how often in a row it has opened; the last one repeats."""


@dataclass(frozen=True)
class Circuit:
    """Times are seconds since the epoch, so that processes can share a circuit."""

    failures: int = 0
    """In a row."""
    failed_at: float = 0.0
    opened: int = 0
    """How often it has opened, or a probe has failed, since the last success."""
    rests_until: float = 0.0
    """While `opened`: when a probe may be sent."""

    def state(self, now: float) -> State:
        """`half_open`: a probe is due. Calls use the model only while the circuit is closed."""
        if not self.opened:
            return "closed"
        return "open" if now < self.rests_until else "half_open"

    def failed(self, now: float) -> "Circuit":
        """After a failed request or a failed probe. Requests that fail while it rests change nothing."""
        if self.state(now) == "open":
            return self
        recent = now - self.failed_at <= FORGOTTEN_SECONDS
        failures = self.failures + 1 if recent or self.opened else 1
        if failures < OPENS_AFTER and not self.opened:
            return replace(self, failures=failures, failed_at=now)
        rest = REST_SECONDS[min(self.opened, len(REST_SECONDS) - 1)]
        return Circuit(failures, now, self.opened + 1, now + rest)


CLOSED = Circuit()
"""After a success."""
