"""Copies of a store's answers: what every transport to Redis must do."""

import asyncio

import pytest

from shared.adapters.kv.scripts import Scripts
from shared.adapters.kv.snapshots import RedisSnapshots
from shared.errors import StoreUnavailable
from shared.ports import Loading, Snapshot


@pytest.fixture
def snapshots(scripts: Scripts) -> RedisSnapshots:
    return RedisSnapshots(scripts, "preview-one", 30)


@pytest.mark.requirement("RP-11", "RP-16")
async def test_given_no_copy_when_many_ask_then_one_loads_and_the_others_find_what_it_read(
    snapshots: RedisSnapshots,
) -> None:
    answers = await asyncio.gather(*(snapshots.find("stock", f"loader-{number}") for number in range(20)))
    assert sorted(str(each) for each in answers) == ["load"] + ["wait"] * 19
    loader = f"loader-{answers.index(Loading.OURS)}"
    assert await snapshots.put("stock", loader, 7, {"items": ["säge"]})
    found = await snapshots.find("stock", "another")
    assert isinstance(found, Snapshot) and found.value == {"items": ["säge"]} and 0 <= found.age_seconds < 5
    assert await snapshots.find("another stock", "another") is Loading.OURS


async def test_given_a_loader_that_fails_when_it_gives_up_then_the_next_one_loads(snapshots: RedisSnapshots) -> None:
    assert await snapshots.find("stock", "a") is Loading.OURS
    await snapshots.give_up("stock", "b")
    assert await snapshots.find("stock", "b") is Loading.THEIRS
    await snapshots.give_up("stock", "a")
    assert await snapshots.find("stock", "b") is Loading.OURS


@pytest.mark.requirement("RP-13", "RP-16")
async def test_given_a_load_that_began_before_a_change_then_it_cant_overwrite_what_came_after(
    snapshots: RedisSnapshots,
) -> None:
    assert await snapshots.find("stock", "early") is Loading.OURS
    await snapshots.drop("stock", 8)
    assert await snapshots.find("stock", "late") is Loading.OURS, "though the early one hasn't ended"
    assert not await snapshots.put("stock", "early", 7, "before the booking")
    assert await snapshots.put("stock", "late", 8, "after the booking")
    assert not await snapshots.put("stock", "early", 7, "before the booking")
    await snapshots.drop("stock", 8)
    found = await snapshots.find("stock", "x")
    assert isinstance(found, Snapshot) and found.value == "after the booking", "it has that change already"
    await snapshots.drop("stock", 9)
    assert await snapshots.find("stock", "x") is Loading.OURS


@pytest.mark.requirement("RP-12")
async def test_given_no_time_to_keep_a_copy_then_each_asker_loads(scripts: Scripts) -> None:
    snapshots = RedisSnapshots(scripts, "preview-one", 0)
    for loader in ("a", "b"):
        assert await snapshots.find("stock", loader) is Loading.OURS
        assert await snapshots.put("stock", loader, 1, [])


async def test_given_a_copy_that_is_no_json_then_it_is_named_as_unavailable(
    snapshots: RedisSnapshots, scripts: Scripts
) -> None:
    await scripts.run("snapshot_put", ["pickup:preview-one:snapshot:stock"], ["a", "1", "{"])
    with pytest.raises(StoreUnavailable, match="stock"):
        await snapshots.find("stock", "a")
