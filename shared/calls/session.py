"""A call's conversation in Redis: saved beside the call's path, deleted at its end (OP-21, OP-23, OP-27, OP-28)."""

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


async def forget_session(call_id: str, sessions: Sessions) -> None:
    """Delete the session of a call whose record is written, with its transcript. For each witness of a call's end.

    A failure isn't raised: Redis then deletes it an hour after its last save.
    """
    try:
        await sessions.delete(call_id)
    except StoreError as error:
        log.warning("session not deleted, it will expire", action="forget_session", call_id=call_id, error=str(error))
