"""The end of a call as the carrier tells it, and what an operator should know of those who weren't answered."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from shared.calls.alerting import CallAlerts
from shared.calls.complete import complete_call
from shared.calls.limits import Limits
from shared.calls.room_call import NOT_ANSWERED, rooms_of
from shared.domain.accounts.carrier import LONG_RING, MANY, WITHIN, CarrierAccount, account, is_missed
from shared.domain.call import CallEvent, CallRecord, Disposition, conclude
from shared.errors import StoreError
from shared.ports import Alerts, Calls, Clock, Records

log = structlog.get_logger(__name__)

ABANDONED, MISSED = "abandoned", "missed_call"
"""Keys of alerts."""


@dataclass(frozen=True)
class CarrierEnd:
    """Ends calls of one stage from what their records hold of the carrier's events. Doing it again changes nothing."""

    stage: str
    release: str
    calls: Calls
    records: Records
    alerts: Alerts
    clock: Clock
    limits: Limits = field(default_factory=Limits)

    async def complete(self, record: CallRecord) -> bool:
        """False while the caller's leg isn't over. Raises `StoreError`."""
        told = account(record)
        if told is None:
            return False
        await complete_call(record.call_id, "carrier", told.facts, calls=self.calls, limits=self.limits)
        if not record.synthetic and record.disposition is None:
            trouble = CallAlerts(record.call_id, self.stage, self.release, self.clock)
            await self._judge(record, told, trouble)
            await trouble.tell(self.alerts, self.limits.write_seconds)
        return True

    async def missed(self, record: CallRecord, now: datetime) -> bool:
        """Tell of a call that rings in vain, once, whether or not its caller still waits (DU-67, DU-70)."""
        if not is_missed(record, now):
            return False
        trouble = CallAlerts(record.call_id, self.stage, self.release, self.clock)
        title = f"A call to {record.did or 'an unknown number'} isn't answered"
        trouble.note(MISSED, "page", title, number=record.did, caller=record.caller)
        # the alert first: whoever dies in between tells it twice rather than never
        await trouble.tell(self.alerts, self.limits.write_seconds)
        async with asyncio.timeout(self.limits.write_seconds):
            await self.calls.note(CallEvent(record.call_id, "missed", "missed", now))
        return True

    async def _judge(self, record: CallRecord, told: CarrierAccount, trouble: CallAlerts) -> None:
        if conclude(told.facts).disposition is Disposition.ABANDONED:
            seconds = round(told.rang_for.total_seconds(), 1)
            log.info("caller gave up", action="abandoned", call_id=record.call_id, rang_seconds=seconds)
            if told.rang_for > LONG_RING or await self._many():
                title = f"Callers of {record.did} give up before anybody answers"
                trouble.note(ABANDONED, "page", title, number=record.did, rang_seconds=seconds)
        elif told.facts.fallback is not None and told.facts.admitted and not rooms_of(record):
            # one that was in a room is told of by those who saw the room
            why = told.facts.hangup_cause or "unknown"
            trouble.note(
                NOT_ANSWERED, "page", "Nobody answered a call: it didn't reach a room", number=record.did, why=why
            )
        elif told.facts.answered_at is not None and told.facts.admitted:
            trouble.recovered |= {ABANDONED, MISSED}

    async def _many(self) -> bool:
        try:
            async with asyncio.timeout(self.limits.write_seconds):
                return await self.records.abandonments(self.stage, self.clock.now() - WITHIN) >= MANY
        except (StoreError, TimeoutError) as error:
            log.warning("can't count who gave up", action="abandoned", error=str(error) or "timeout")
            return False
