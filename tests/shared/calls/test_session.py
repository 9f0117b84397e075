from typing import Any

import pytest
from conversations import a_conversation

from shared.calls.session import SaveTally, save_session
from shared.domain.conversation import Conversation
from shared.errors import StoreUnavailable


def turn(version: int) -> Conversation:
    return a_conversation(version=version)


async def save(world: Any, version: int, tally: SaveTally | None = None) -> bool:
    return await save_session(
        turn(version),
        sessions=world.live,
        alerts=world.alerts,
        tally=tally,
    )


@pytest.mark.requirement("OP-21", "OP-27")
async def test_given_a_turn_then_it_is_saved_and_an_older_one_is_not(world: Any) -> None:
    tally = SaveTally()
    assert await save(world, 2, tally)
    assert not await save(world, 1, tally)
    assert (await world.live.load("call-1")).version == 2
    assert (tally.saved, tally.superseded, tally.failed) == (1, 1, 0)
    assert world.told() == []


@pytest.mark.requirement("OP-28")
async def test_given_redis_is_lost_then_saves_are_counted_told_once_and_tried_again(world: Any) -> None:
    tally = SaveTally()
    world.live.fault.always(StoreUnavailable("gone"))
    assert not await save(world, 1, tally)
    assert not await save(world, 2, tally)
    assert tally.failed == 2
    assert world.told() == [("redis_lost", "notice")]
    world.live.fault.errors = []
    assert await save(world, 3, tally)


async def test_given_postgres_is_gone_too_then_a_save_still_only_fails(world: Any) -> None:
    async def refuse(*_: object) -> None:
        raise StoreUnavailable("postgres is gone")

    world.alerts.raise_ = refuse
    world.live.fault.always(StoreUnavailable("gone"))
    assert not await save(world, 1)
