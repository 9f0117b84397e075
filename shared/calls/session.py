"""Saving a call's live state to Redis, beside the call's path (OP-21, OP-27, OP-28)."""

from dataclasses import dataclass

import structlog

from shared.calls.alerting import CallAlerts
from shared.domain.session import Session
from shared.errors import StoreError
from shared.ports import Alerts, Sessions

log = structlog.get_logger(__name__)


@dataclass
class SaveTally:
    """How the saves of one call went; one for a call, so that a lost Redis is one alert a call."""

    saved: int = 0
    superseded: int = 0
    """A newer version was there already: another worker has taken the call over."""
    failed: int = 0


async def save_session(session: Session, *, sessions: Sessions, alerts: Alerts, tally: SaveTally | None = None) -> bool:
    """Whether this state is in Redis now. Never raises: a failed save is tried again with the next turn.

    Without a `tally` each failure raises its alert.
    """
    tally = tally or SaveTally()
    try:
        saved = await sessions.save(session)
    except StoreError as error:
        tally.failed += 1
        log.warning("session not saved", action="save_session", call_id=session.session_id, failed=tally.failed)
        if tally.failed == 1:
            call_alerts = CallAlerts(session.session_id, alerts)
            call_alerts.redis_lost(error)
            await call_alerts.send()
        return False
    if saved:
        tally.saved += 1
    else:
        tally.superseded += 1
        log.warning("session superseded", action="save_session", call_id=session.session_id, version=session.version)
    return saved
