"""What every transport to Postgres must do with alerts, and with functions that aren't there."""

import asyncio
import uuid
from datetime import timedelta

import pytest
from stores_world import NOON, World

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


# ---- the transport itself


async def test_when_there_is_no_such_function_then_it_is_a_refusal_with_its_code(world: World) -> None:
    with pytest.raises(StoreError) as caught:
        await world.database.call("no_such_thing_v1", {})
    assert caught.value.cause_code in ("42883", "PGRST202")
    assert not isinstance(caught.value, StoreUnavailable)


async def test_when_the_name_is_no_function_of_ours_then_nothing_is_asked(world: World) -> None:
    with pytest.raises(ValueError, match="not a versioned SQL function"):
        await world.database.call("pg_sleep(9)--", {})
