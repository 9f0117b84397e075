"""The rows of a church: prayer requests (supabase/schema/businesses/church.sql)."""

from dataclasses import asdict, dataclass
from datetime import datetime

from shared.ports import BusinessRows, Receipt


@dataclass(frozen=True)
class PrayerRequest:
    """What the prayer team is to pray for. `key` makes it idempotent within its call (PT-66)."""

    call_id: str
    key: str
    tenant_id: str
    caller: str | None
    """E.164; None when withheld."""
    at: datetime
    prayer_request_text: str
    caller_name: str | None = None
    confidential: bool = False
    """For the pastor alone."""


class ChurchStore:
    def __init__(self, rows: BusinessRows) -> None:
        self._rows = rows

    async def submit_prayer(self, prayer: PrayerRequest) -> Receipt:
        """Raises `StoreError` when Postgres refuses it, `StoreUnavailable` when it can't even be kept."""
        return await self._rows.write("submit_prayer_v1", asdict(prayer))
