"""Whether LiveKit's webhooks arrive. No API tells where a project of LiveKit Cloud sends them: its calls do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.calls.alerting import CallAlerts
from shared.calls.room_call import KEY_PREFIX
from shared.domain.accounts.room import room_ids
from shared.domain.call import CallRecord
from shared.ports import Alerts, Clock, Records

NOT_HEARD_OF = "livekit_webhooks_missing"
"""Key of the alert."""
SETTLED = timedelta(minutes=1)
"""After its end a call's webhooks have come, or won't."""
_LATEST = 10
_TITLE = "No webhook of LiveKit's came for a call: set its address in the LiveKit project to https://<hooks>/livekit"


@dataclass(frozen=True)
class WebhookEvidence:
    """By the latest call in a room that has ended."""

    stage: str
    records: Records
    alerts: Alerts
    clock: Clock

    async def check(self) -> bool | None:
        """Raises an alert when that call had no webhook, and closes it when it had one. None: there is no such call.

        Raises `StoreError` when calls can't be read.
        """
        record = await self._latest(await self.records.recent(self.stage, _LATEST))
        if record is None:
            return None
        came = any(event.key.startswith(KEY_PREFIX) for event in record.events)
        alerts = CallAlerts(record.call_id, self.alerts)
        if came:
            alerts.recovered(NOT_HEARD_OF)
        else:
            alerts.add(NOT_HEARD_OF, "page", _TITLE)
        await alerts.send()
        return came

    async def _latest(self, recent: Sequence[CallRecord]) -> CallRecord | None:
        before = self.clock.now() - SETTLED
        for record in recent:
            if record.ended_at is None or record.ended_at > before:
                continue
            whole = await self.records.find(record.call_id)
            if whole is not None and room_ids(whole):
                return whole
        return None
