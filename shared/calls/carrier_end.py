"""The end of a call by the carrier's account, and the alerts about callers who weren't answered."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from shared.calls.alerting import CallAlerts
from shared.calls.complete import complete_call
from shared.calls.room_call import NOT_ANSWERED
from shared.calls.session import forget_session
from shared.domain.accounts.carrier import LONG_RING, MANY, WITHIN, CarrierAccount, account, is_missed
from shared.domain.accounts.room import room_ids
from shared.domain.call import CallEvent, CallRecord, Disposition, conclude
from shared.errors import StoreError
from shared.ports import Alerts, Calls, Clock, Records, Sessions

log = structlog.get_logger(__name__)

ABANDONED, MISSED = "abandoned", "missed_call"
"""Keys of alerts."""


@dataclass(frozen=True)
class CarrierEnd:
    """Ends calls of one stage from the carrier's events in their records. Doing it again changes nothing."""

    stage: str
    calls: Calls
    records: Records
    alerts: Alerts
    sessions: Sessions
    clock: Clock

    async def complete(self, record: CallRecord) -> bool:
        """False while the caller's leg isn't over. Raises `StoreError`."""
        ended = account(record)
        if ended is None:
            return False
        await complete_call(record.call_id, "carrier", ended.facts, calls=self.calls)
        # an agent that is still ending saves once more, and deletes it then
        await forget_session(record.call_id, self.sessions)
        if not record.synthetic and record.disposition is None:
            alerts = CallAlerts(record.call_id, self.alerts)
            await self._judge(record, ended, alerts)
            await alerts.send()
        return True

    async def alert_missed(self, record: CallRecord, now: datetime) -> None:
        """Page for a call that rings unanswered, once, whether or not its caller still waits (DU-67, DU-70)."""
        if not is_missed(record, now):
            return
        alerts = CallAlerts(record.call_id, self.alerts)
        title = f"A call to {record.did or 'an unknown number'} isn't answered"
        alerts.add(MISSED, "page", title, number=record.did, caller=record.caller)
        # the alert before the event: a process that dies in between pages twice rather than never
        await alerts.send()
        await self.calls.note(CallEvent(record.call_id, "missed", "missed", now))

    async def _judge(self, record: CallRecord, ended: CarrierAccount, alerts: CallAlerts) -> None:
        if conclude(ended.facts).disposition is Disposition.ABANDONED:
            seconds = round(ended.rang_for.total_seconds(), 1)
            log.info("caller gave up", action="abandoned", call_id=record.call_id, rang_seconds=seconds)
            if ended.rang_for > LONG_RING or await self._many_gave_up():
                title = f"Callers of {record.did} give up before anybody answers"
                alerts.add(ABANDONED, "page", title, number=record.did, rang_seconds=seconds)
        elif ended.facts.fallback is not None and ended.facts.admitted and not room_ids(record):
            # for a call that was in a room, the room's account raises it
            why = ended.facts.hangup_cause or "unknown"
            title = "Nobody answered a call: it didn't reach a room"
            alerts.add(NOT_ANSWERED, "page", title, number=record.did, why=why)
        elif ended.facts.answered_at is not None and ended.facts.admitted:
            alerts.recovered(ABANDONED, MISSED)

    async def _many_gave_up(self) -> bool:
        try:
            return await self.records.abandonments(self.stage, self.clock.now() - WITHIN) >= MANY
        except StoreError as error:
            log.warning("abandoned calls not counted", action="abandoned", error=str(error))
            return False
