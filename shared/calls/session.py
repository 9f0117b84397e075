"""Saving a call's live state, beside its path (OP-21, OP-27, OP-28)."""

import asyncio
from dataclasses import dataclass

import structlog

from shared.calls.alerting import CallAlerts
from shared.calls.limits import Limits
from shared.domain.session import Session
from shared.errors import StoreError
from shared.ports import Alerts, Clock, Sessions

log = structlog.get_logger(__name__)


@dataclass
class SaveTally:
    """How the saves of one call went; kept by whoever saves them, so that trouble is told once a call."""

    saved: int = 0
    superseded: int = 0
    """A newer version was there already: another worker has taken the call over."""
    failed: int = 0
    told: bool = False


async def save_session(
    session: Session,
    *,
    sessions: Sessions,
    alerts: Alerts,
    stage: str,
    release: str,
    clock: Clock,
    tally: SaveTally | None = None,
    limits: Limits | None = None,
) -> bool:
    """Whether this state is in Redis now. Bounded and never raised from: a failed save is tried with the next turn.

    Without a `tally` each failure is told anew.
    """
    tally, bounds = tally or SaveTally(), limits or Limits()
    try:
        async with asyncio.timeout(bounds.redis_seconds):
            saved = await sessions.save(session)
    except (StoreError, TimeoutError) as error:
        tally.failed += 1
        log.warning("session not saved", action="save_session", call_id=session.session_id, failed=tally.failed)
        if not tally.told:
            tally.told = True
            trouble = CallAlerts(session.session_id, stage, release, clock)
            trouble.redis_lost(error)
            await trouble.tell(alerts, bounds.write_seconds)
        return False
    if saved:
        tally.saved += 1
    else:
        tally.superseded += 1
        log.warning("session superseded", action="save_session", call_id=session.session_id, version=session.version)
    return saved
