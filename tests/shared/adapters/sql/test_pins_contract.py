"""Tenants' PINs over every transport: a try counts before it is checked, and too many in a row lock it."""

import pytest
from stores_world import World

from shared.adapters.sql.pins import SqlPins
from shared.domain.pin import MOST_TRIES_IN_ALL, hashed
from shared.errors import StoreError

ROBIN, OTHER = "00000000-0000-4000-b000-000000000013", "00000000-0000-4000-a000-000000000002"


@pytest.mark.requirement("DU-54")
async def test_given_tries_over_many_calls_then_they_are_counted_and_lock_the_pin_until_one_is_right(
    world: World,
) -> None:
    pins, stored = SqlPins(world.database, world.stage), hashed("4821", bytes(16))
    assert not await pins.is_set(ROBIN) and await pins.begin_try(ROBIN) is None
    with pytest.raises(StoreError):
        await pins.put(ROBIN, "4821")
    await pins.put(ROBIN, stored)
    assert await pins.is_set(ROBIN) and not await pins.is_set(OTHER) and not await pins.is_set("")
    assert [await pins.begin_try(ROBIN) for _ in range(MOST_TRIES_IN_ALL - 1)] == [stored] * (MOST_TRIES_IN_ALL - 1)
    await pins.passed(ROBIN)
    assert [await pins.begin_try(ROBIN) for _ in range(MOST_TRIES_IN_ALL)] == [stored] * MOST_TRIES_IN_ALL
    assert await pins.begin_try(ROBIN) is None, "locked, the right one too"
    assert await pins.is_set(ROBIN), "and still wanted"
    await pins.put(ROBIN, stored)
    assert await pins.begin_try(ROBIN) == stored, "the operator has set it anew"
    assert [await pins.remove(ROBIN) for _ in range(2)] == [True, False]
