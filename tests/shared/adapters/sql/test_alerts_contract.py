"""What every transport to Postgres must do with alerts, and with functions that aren't there."""

import asyncio
import uuid
from datetime import timedelta

import pytest
from stores_world import NOON, World

from shared.adapters.sql.stores import SqlAlertNotices
from shared.domain.notification import Due
from shared.errors import StoreError, StoreUnavailable

# ---- alerts


async def test_when_an_alert_is_raised_again_then_it_counts_up_until_it_is_closed(world: World) -> None:
    later = NOON + timedelta(minutes=3)
    await world.alerts.raise_(world.alert("redis", fields={"host": "a"}))
    world.clock.advance(180)
    await world.alerts.raise_(world.alert("redis", severity="page", call_id="call-1"))
    (alert,) = await world.alerts.open_alerts()
    assert (alert.key, alert.severity, alert.last_at, alert.call_id) == ("redis", "page", later, "call-1")
    assert (alert.release, alert.fields, alert.raised) == ("r1", {"host": "a"}, 2)
    await world.alerts.close("redis")
    assert await world.alerts.open_alerts() == []
    world.clock.advance(60)
    await world.alerts.raise_(world.alert("redis"))
    world.clock.advance(-60)
    await world.alerts.close("redis")
    (again,) = await world.alerts.open_alerts()
    assert again.raised == 1, "a close delivered late is about an older trouble"


async def test_when_one_raise_is_delivered_often_then_it_counts_once(world: World) -> None:
    raised = {
        "raise_id": uuid.uuid4().hex, "key": "x", "severity": "page", "title": "t", "stage": world.stage,
        "release": "r1", "at": NOON.isoformat(), "call_id": None, "fields": None,
    }  # fmt: skip
    answers = await asyncio.gather(*(world.database.call("raise_alert_v1", raised) for _ in range(10)))
    assert answers == [{"raised": 1}] * 10


async def test_when_an_alert_is_taken_on_then_the_first_name_stays_and_a_silence_may_be_set_anew(world: World) -> None:
    until = NOON + timedelta(hours=1)
    assert await world.alerts.ack("redis", "ann") is False
    await world.alerts.raise_(world.alert("redis"))
    assert await world.alerts.ack("redis", "ann") is True
    assert await world.alerts.ack("redis", "bob", until) is True
    (alert,) = await world.alerts.open_alerts()
    assert (alert.acked_by, alert.acked_at, alert.silenced_until) == ("ann", NOON, until)


async def test_when_a_message_is_claimed_then_it_is_one_processs_until_it_was_sent_or_its_time_is_over(
    world: World,
) -> None:
    notices = SqlAlertNotices(world.database, world.stage)
    await world.alerts.raise_(world.alert("redis", severity="page", fields={"cause": "timeout"}))
    (alert,) = await notices.to_tell(NOON)
    assert (alert.key, alert.cause, alert.messages, alert.earlier, alert.contact) == (
        "redis",
        "timeout",
        (),
        None,
        None,
    )
    message, soon = Due("chat", "opened", 0), NOON + timedelta(seconds=60)
    claims = await asyncio.gather(*(notices.claim(alert, message, NOON, soon) for _ in range(10)))
    assert sorted(each.claimed for each in claims) == [False] * 9 + [True]
    again = await notices.claim(alert, message, soon, soon + timedelta(seconds=60))
    assert (again.claimed, again.attempts) == (True, 2)
    await notices.note(alert, message, sent_at=soon)
    await notices.note(alert, message, given_up_at=soon, error="too late")
    assert (await notices.claim(alert, message, NOON + timedelta(hours=9), NOON)).claimed is False
    (told,) = await notices.to_tell(NOON)
    ((sent,)) = told.messages
    assert (sent.channel, sent.kind, sent.sent_at, sent.given_up_at) == ("chat", "opened", soon, None)

    await world.alerts.close("redis")
    assert [each.closed_at for each in await notices.to_tell(NOON)] == [NOON]
    assert await notices.to_tell(NOON + timedelta(seconds=1)) == []
    world.clock.advance(60)
    await world.alerts.raise_(world.alert("redis"))
    (newer,) = await notices.to_tell(NOON + timedelta(seconds=1))
    assert newer.earlier is not None
    assert (newer.earlier.at, newer.earlier.cause, newer.earlier.swings) == (soon, "timeout", 1)


# ---- the transport itself


async def test_when_there_is_no_such_function_then_it_is_a_refusal_with_its_code(world: World) -> None:
    with pytest.raises(StoreError) as caught:
        await world.database.call("no_such_thing_v1", {})
    assert caught.value.cause_code in ("42883", "PGRST202")
    assert not isinstance(caught.value, StoreUnavailable)


async def test_when_the_name_is_no_function_of_ours_then_nothing_is_asked(world: World) -> None:
    with pytest.raises(ValueError, match="not a versioned SQL function"):
        await world.database.call("pg_sleep(9)--", {})
