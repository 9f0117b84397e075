"""Whether LiveKit's webhooks arrive, by what a real database holds of the latest calls."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters.memory import FixedClock, MemoryAlerts
from shared.calls.complete import complete_call
from shared.calls.webhook_evidence import NOT_HEARD_OF, SETTLED, WebhookEvidence
from shared.domain.call import CallEvent, CallFacts, CallOpening
from shared.domain.telephony.rooms import call_id_of, room_prefix
from shared.services import Services

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)


async def a_call(services: Services, name: str, *keys: str, ended_at: datetime = AT, in_room: bool = True) -> None:
    """A call that has ended, with events of these keys."""
    call_id = call_id_of(f"{room_prefix('local')}{name}") if in_room else str(uuid.uuid4())
    for key in keys:
        await services.calls.note(CallEvent(call_id, key, "caller_joined", ended_at))
    opening = CallOpening(
        call_id=call_id,
        stage="local",
        release="r1",
        medium="phone",
        did_raw="+12065550100",
        did="+12065550100",
        caller_raw=None,
        caller=None,
        tenant_id=None,
        template=None,
        decision={},
        ringing_at=ended_at - timedelta(minutes=1),
    )
    await services.calls.open(opening)
    facts = CallFacts(admitted=True, answered_at=ended_at, ended_at=ended_at, ended_by="caller")
    await complete_call(call_id, "agent", facts, calls=services.calls)


@pytest.fixture
def alerts() -> MemoryAlerts:
    return MemoryAlerts()


def evidence(services: Services, alerts: MemoryAlerts, later: timedelta = 2 * SETTLED) -> WebhookEvidence:
    return WebhookEvidence("local", services.records, alerts, FixedClock(AT + later))


async def test_given_a_call_without_a_webhook_when_looked_at_then_an_operator_is_told_until_one_has_some(
    services: Services, alerts: MemoryAlerts
) -> None:
    await a_call(services, "one", "agent:1")
    assert await evidence(services, alerts).check() is False
    (alert,) = await alerts.open_alerts()
    assert alert.key == NOT_HEARD_OF and "/livekit" in alert.title
    await a_call(services, "two", "livekit:EV_1", ended_at=AT + SETTLED)
    assert await evidence(services, alerts, 3 * SETTLED).check() is True
    assert alerts.closed == [NOT_HEARD_OF]


@pytest.mark.parametrize("later", [timedelta(0), SETTLED / 2])
async def test_given_a_call_that_ended_just_now_when_looked_at_then_its_webhooks_may_still_come(
    services: Services, alerts: MemoryAlerts, later: timedelta
) -> None:
    await a_call(services, "one")
    assert await evidence(services, alerts, later).check() is None
    assert alerts.raised == []


async def test_given_a_call_that_was_in_no_room_when_looked_at_then_it_proves_nothing(
    services: Services, alerts: MemoryAlerts
) -> None:
    await a_call(services, "one", in_room=False)
    assert await evidence(services, alerts).check() is None
    assert alerts.raised == []
