"""Work that runs beside: reported when it fails, started again where that is wanted, ended with its owner."""

import asyncio
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from shared.tasks import Backoff, Tasks, cancelled, first

AT_ONCE = Backoff(first_seconds=0.001, longest_seconds=0.004)


class Work:
    """Runs that fail by the given errors, one each, then go on until they are cancelled."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.began: list[float] = []
        self.ended = 0
        self.goes_on = asyncio.Event()

    async def __call__(self) -> None:
        self.began.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        self.goes_on.set()
        try:
            await asyncio.Event().wait()
        finally:
            # a close that didn't wait would be over before this
            await asyncio.sleep(0.01)
            self.ended += 1


def reports(logs: Any) -> list[tuple[str, str]]:
    return [(entry["action"], entry["code"]) for entry in logs if entry["event"] == "error"]


@given(first_seconds=st.floats(0.001, 10), longest=st.floats(0.001, 3600), failures=st.integers(1, 10_000))
def test_given_any_backoff_then_pauses_grow_from_the_first_to_the_longest_and_never_past_it(
    first_seconds: float, longest: float, failures: int
) -> None:
    backoff = Backoff(first_seconds, longest)
    pause, next_pause = backoff.pause(failures), backoff.pause(failures + 1)
    assert 0 < pause <= next_pause <= longest
    assert next_pause in (pause * 2, longest)
    assert backoff.pause(1) == min(first_seconds, longest)


def test_given_the_usual_backoff_then_these_are_its_pauses() -> None:
    assert [Backoff().pause(n) for n in range(1, 11)] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]


async def test_given_work_that_fails_when_it_may_restart_then_each_failure_is_reported_and_it_runs_again() -> None:
    work = Work(KeyError("one"), ValueError("two"))
    with capture_logs() as logs:
        async with Tasks(call_id="c1") as tasks:
            task = tasks.start("lease", work, restart=AT_ONCE)
            await asyncio.wait_for(work.goes_on.wait(), 5)
            assert reports(logs) == [("lease", "KeyError"), ("lease", "ValueError")], "at once, not at the end"
            assert {entry["call_id"] for entry in logs} == {"c1"}
            assert task.get_name() == "lease"
    assert len(work.began) == 3
    assert (work.ended, task.cancelled()) == (1, True)


async def test_given_work_that_fails_when_it_may_not_restart_then_it_is_reported_and_its_owner_sees_it() -> None:
    with capture_logs() as logs:
        async with Tasks() as tasks:
            task = tasks.start("opening", Work(KeyError("one")))
            await asyncio.wait({task}, timeout=5)
            assert reports(logs) == [("opening", "KeyError")]
            assert isinstance(task.exception(), KeyError)
            assert not tasks.running


async def test_given_work_that_returns_when_it_may_restart_then_it_is_over() -> None:
    async def renew() -> str:
        return "lost"

    async with Tasks() as tasks:
        assert await tasks.start("lease", renew, restart=AT_ONCE) == "lost"


async def test_given_something_inside_of_the_work_is_cancelled_then_that_is_a_failure_like_others() -> None:
    work = Work(asyncio.CancelledError())
    with capture_logs() as logs:
        async with Tasks() as tasks:
            tasks.start("reader", work, restart=AT_ONCE)
            await asyncio.wait_for(work.goes_on.wait(), 5)
    assert reports(logs) == [("reader", "CancelledError")]


async def test_given_a_failure_after_a_good_run_then_the_pauses_begin_anew() -> None:
    backoff = Backoff(first_seconds=0.05, longest_seconds=10.0, good_run_seconds=0.2)
    loop, began = asyncio.get_running_loop(), list[float]()

    async def work() -> None:
        began.append(loop.time())
        if len(began) == 4:
            await asyncio.sleep(0.25)
        if len(began) == 5:
            return
        raise KeyError

    async with Tasks() as tasks:
        await asyncio.wait_for(tasks.start("rounds", work, restart=backoff), 10)
    pauses = [after - before for before, after in itertools.pairwise(began)]
    assert pauses[0] >= 0.05 and pauses[1] >= 0.1 and pauses[2] >= 0.2
    assert 0.3 <= pauses[3] < 0.6, "0.25 s of a good run, then the first pause; without a new beginning it were 0.4 s"


async def test_given_work_that_fails_while_it_is_cancelled_then_it_is_reported_and_not_started_again() -> None:
    runs = 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        try:
            await asyncio.Event().wait()
        finally:
            raise KeyError("at the end")

    with capture_logs() as logs:
        async with Tasks() as tasks:
            tasks.start("reader", work, restart=AT_ONCE)
            await asyncio.sleep(0.01)
    assert (runs, reports(logs)) == (1, [("reader", "KeyError")])


async def test_given_a_pause_before_a_restart_when_it_is_closed_then_it_ends_at_once() -> None:
    tasks = Tasks()
    task = tasks.start("slow", Work(KeyError("one")), restart=Backoff(first_seconds=1000, longest_seconds=1000))
    await asyncio.sleep(0.01)
    await asyncio.wait_for(tasks.aclose(), 1)
    assert task.cancelled()


async def test_given_it_is_closed_when_something_is_started_then_nothing_begins() -> None:
    tasks, work = Tasks(), Work()
    await tasks.aclose()
    task = tasks.start("late", work)
    await asyncio.wait({task}, timeout=1)
    assert task.cancelled() and not work.began


async def test_given_tasks_that_run_when_waited_for_then_it_is_until_they_end_or_the_time_is_over() -> None:
    async with Tasks() as tasks:
        await tasks.wait(1000)
        tasks.start("short", lambda: asyncio.sleep(0.01))
        await tasks.wait(1000)
        assert not tasks.running
        tasks.start("long", Work())
        await tasks.wait(0.01)
        assert len(tasks.running) == 1


async def test_given_tasks_that_failed_or_run_when_cancelled_then_they_have_ended_and_nothing_is_raised() -> None:
    work = Work()
    running, failed = asyncio.create_task(work()), asyncio.create_task(Work(KeyError("one"))())
    await work.goes_on.wait()
    await cancelled(running, failed)
    assert running.cancelled() and failed.done() and work.ended == 1


async def test_given_several_waits_then_the_first_is_named_and_the_others_are_cancelled() -> None:
    slow = Work()
    assert await first(slow=slow(), quick=asyncio.sleep(0.001)) == "quick"
    assert slow.ended == 1
    assert await first(one=asyncio.sleep(0), two=asyncio.sleep(0)) == "one"
    with pytest.raises(KeyError):
        await first(slow=Work()(), broken=Work(KeyError("one"))())
