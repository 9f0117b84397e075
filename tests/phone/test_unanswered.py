"""Calls that nobody can take: they ring no longer than they should, and one record says why."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sip_phones import sipp
from telephone import telephone

pytestmark = pytest.mark.timeout(180)

Started = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
async def phone(started: Started) -> AsyncIterator[Callable[..., AbstractAsyncContextManager[Any]]]:
    """A system of the test's own, and a telephone for it."""

    @asynccontextmanager
    async def with_system(*options: str) -> AsyncIterator[Any]:
        async with started(*options) as system, telephone(system.sip, system.lab) as phone:
            yield system, phone

    yield with_system


async def test_given_no_worker_then_the_ringing_ends_after_eight_seconds_and_the_record_and_an_alert_say_why(
    phone: Any,
) -> None:
    caller = "+12065550150"
    async with phone("--workers", "0") as (system, handset):
        async with handset.call(caller=caller) as call:
            code, seconds = await call.refused()
        record = await system.record_of(caller)
        alerts = await system.alerts()

    assert code == 486
    assert 7.0 < seconds < 10.0
    assert (record.disposition, record.outcome) == ("NO_ANSWER", "NOT_ANSWERED")
    assert record.end_reason == "no_worker"
    assert record.answered_at is None
    assert any("not_answered" in key for key in alerts), alerts


async def test_given_a_strict_phone_that_cancels_then_it_is_told_so_and_the_record_says_abandoned(
    phone: Any, tmp_path: Path
) -> None:
    if shutil.which("sipp") is None:
        pytest.skip("needs sipp: make phone-rig installs it")
    async with phone("--workers", "0") as (system, _):
        went = await sipp(system, "cancel", "+12065550100", tmp_path)
        record = await system.record_of("+15035550199")

    assert went.code == 0, went.said
    assert any("487" in line for line in went.received)
    assert (record.disposition, record.outcome) == ("ABANDONED", "NOT_ANSWERED")
    assert record.end_reason == "caller_hung_up"


async def test_given_all_places_taken_then_one_more_call_is_not_answered_into_silence_and_the_record_says_why(
    phone: Any,
) -> None:
    first, second, third = "+12065550151", "+12065550152", "+12065550153"
    async with phone("--calls", "1") as (system, handset):
        async with handset.call(caller=first) as talking:
            await talking.answered()
            await talking.hears("thank you for calling")
            async with handset.call(caller=second) as waiting:
                code, _ = await waiting.refused()
            assert talking.leg.ending is None
        one_too_many = await system.record_of(second)
        assert (await system.record_of(first)).disposition == "ANSWERED"
        async with handset.call(caller=third) as call:
            await call.answered()

    assert code == 486
    assert one_too_many.outcome == "NOT_ANSWERED"
    assert one_too_many.end_reason == "at_capacity"


async def test_given_a_call_that_rings_when_the_worker_comes_then_it_is_answered_all_the_same(phone: Any) -> None:
    caller = "+12065550154"
    async with phone() as (system, handset):
        worker = system.pid("worker-1")
        system.kill("worker-1")
        async with handset.call(caller=caller) as call:
            await call.answered(9)
            await call.hears("thank you for calling")
        assert (await system.record_of(caller)).disposition == "ANSWERED"
        await system.until(lambda: system.pid("worker-1") not in (None, worker))


async def test_given_ctrl_c_during_a_call_then_the_call_goes_on_to_its_end_and_then_everything_ends(phone: Any) -> None:
    caller = "+12065550155"
    async with phone("--drain", "20") as (system, handset):
        async with handset.call(caller=caller) as call:
            await call.answered()
            system.interrupt()
            await call.hears("thank you for calling")
            async with handset.call(caller="+12065550156") as late:
                code, _ = await late.refused()
            assert code == 503
            assert call.leg.ending is None
        record = await system.record_of(caller)
        assert system.process.wait(timeout=30) == 0
    assert (record.disposition, record.ended_by) == ("ANSWERED", "caller")
