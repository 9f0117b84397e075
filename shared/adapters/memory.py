"""Stand-ins without a server, for the outside parties that may have one. Stores have none: the real ones start fast."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from shared.ports import Alert, Receipt


class MemoryAlerts:
    """Keeps alerts as the table does: one open per key and stage, later ones counted."""

    def __init__(self) -> None:
        self.raised: list[Alert] = []
        """Every one that was raised, in order."""
        self.closed: list[tuple[str, str]] = []
        """Key and stage of every one that was closed while open."""
        self._open: dict[tuple[str, str], Alert] = {}

    async def raise_(self, alert: Alert) -> Receipt:
        self.raised.append(alert)
        self._open.setdefault((alert.key, alert.stage), alert)
        return Receipt.STORED

    async def close(self, key: str, stage: str, at: datetime) -> Receipt:
        if self._open.pop((key, stage), None) is not None:
            self.closed.append((key, stage))
        return Receipt.STORED

    async def open_alerts(self, stage: str) -> Sequence[Alert]:
        return [alert for (_, of_stage), alert in self._open.items() if of_stage == stage]

    def times(self, key: str, stage: str) -> int:
        """How often this trouble was told."""
        return sum(alert.key == key and alert.stage == stage for alert in self.raised)


class FixedClock:
    """Time that passes only when told to."""

    def __init__(self, at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def advance(self, seconds: float) -> None:
        self._at += timedelta(seconds=seconds)
