"""Saves a running call's conversation to Redis, beside the call's path (OP-21, OP-27, OP-28)."""

from dataclasses import dataclass

import structlog

from shared.calls.alerting import CallAlerts
from shared.domain.conversation import Conversation
from shared.errors import StoreError
from shared.ports import Alerts, Sessions

log = structlog.get_logger(__name__)


@dataclass
class SaveTally:
    """Counts the saves of one call; one for a call, so that a lost Redis is one alert a call."""

    saved: int = 0
    superseded: int = 0
    """Refused: another agent has taken the call over."""
    failed: int = 0


async def save_session(
    conversation: Conversation, *, sessions: Sessions, alerts: Alerts, tally: SaveTally | None = None
) -> bool:
    """Whether Redis holds this version now. A failure isn't raised: the next turn saves again.

    Without a `tally` each failure raises its alert.
    """
    tally = tally or SaveTally()
    try:
        saved = await sessions.save(conversation)
    except StoreError as error:
        tally.failed += 1
        log.warning("session not saved", action="save_session", call_id=conversation.call_id, failed=tally.failed)
        if tally.failed == 1:
            call_alerts = CallAlerts(conversation.call_id, alerts)
            call_alerts.redis_lost(error)
            await call_alerts.send()
        return False
    if saved:
        tally.saved += 1
    else:
        tally.superseded += 1
        log.warning(
            "session save refused: another agent has the call",
            action="save_session",
            call_id=conversation.call_id,
            version=conversation.version,
        )
    return saved
