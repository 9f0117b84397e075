"""One act for whatever is told several times."""

import asyncio

import pytest

from webhooks.deliveries import REMEMBERED, Deliveries, DuplicateFailed


async def test_given_many_at_once_when_told_then_one_acts_and_the_others_wait_for_it() -> None:
    deliveries, acts, done = Deliveries(), list[bool](), asyncio.Event()

    async def tell() -> bool:
        async with deliveries.first("a") as first:
            acts.append(first)
            if first:
                await done.wait()
            return first

    told = [asyncio.create_task(tell()) for _ in range(20)]
    await asyncio.sleep(0)
    assert acts == [True]
    done.set()
    assert sorted(await asyncio.gather(*told)) == [False] * 19 + [True]
    assert await tell() is False


async def test_given_the_act_fails_when_others_waited_then_it_is_tried_once_and_again_when_told_anew() -> None:
    deliveries, tries = Deliveries(), 0

    async def tell(fails: bool) -> bool:
        nonlocal tries
        async with deliveries.first("a") as first:
            tries += first
            await asyncio.sleep(0)
            if fails:
                raise ValueError("the carrier is away")
            return first

    for turn in (1, 2):
        ends = await asyncio.gather(*(tell(True) for _ in range(20)), return_exceptions=True)
        assert [type(end) for end in ends] == [ValueError] + [DuplicateFailed] * 19
        assert tries == turn
    assert await tell(False) is True
    assert await tell(False) is False


async def test_given_others_when_one_is_under_way_then_they_do_not_wait_for_it() -> None:
    deliveries = Deliveries()
    async with deliveries.first("a") as one, deliveries.first("b") as other:
        assert one and other


async def test_given_more_than_are_remembered_when_told_then_the_oldest_are_forgotten() -> None:
    deliveries = Deliveries()
    for number in range(REMEMBERED + 1):
        async with deliveries.first(str(number)) as first:
            assert first
    async with deliveries.first(str(REMEMBERED)) as newest:
        assert not newest
    async with deliveries.first("0") as oldest:
        assert oldest


async def test_given_who_acts_is_cancelled_when_told_anew_then_it_is_acted_on() -> None:
    deliveries, begun = Deliveries(), asyncio.Event()

    async def tell() -> None:
        async with deliveries.first("a"):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(tell())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with deliveries.first("a") as first:
        assert first
