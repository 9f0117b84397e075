"""What keeps the processes of `pickup up` alive is itself kept alive: killed by what nobody foresaw, it goes on."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from unforeseen import Breaking, reported

from lab.stack.child import Child
from lab.stack.livekit import livekit_program
from lab.stack.stack import joined_stack
from local_deploy import fleet as fleets
from local_deploy.fleet import Fleet, Plan
from local_deploy.stage import Stage
from shared.config import cache_dir
from shared.domain.generations import Generation, StageGenerations
from shared.errors import StackError

READY = "import sys, time; print('{\"ready\": {}}', flush=True); time.sleep(60)"


@pytest.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    """With stores and a carrier, without a stage."""
    try:
        livekit_program(cache_dir())
    except StackError:
        pytest.skip("needs the phone rig: make phone-rig")
    async with joined_stack(tmp_path, with_providers=False) as stack:
        fleet = Fleet(Plan(sip_service="127.0.0.1:1", drain_seconds=0.1), stack, [])
        try:
            yield fleet
        finally:
            await fleet.stop(at_once=True)


async def test_given_the_keeper_of_a_child_is_killed_then_it_is_reported_and_the_child_starts(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Child("webhooks", [sys.executable, "-c", READY], tmp_path, stop_steps=((signal.SIGTERM, 2.0),))
    monkeypatch.setattr(child, "_start", Breaking(child._start))
    async with reported("webhooks"), asyncio.timeout(20):
        fleet.add(child)
        await child.first_ready()
    assert child.state == "ready" and child.pid


def test_given_workers_that_ended_then_those_of_a_generation_that_is_over_alone_stay_away(tmp_path: Path) -> None:
    stage, (one, two, three) = Stage({"stage": "local"}, tmp_path), (Generation(n, f"r{n}") for n in (1, 2, 3))
    assert stage.has(0) and stage.has(1), "Redis knows of no generation"
    stage.known = StageGenerations(current=two, candidate=three)
    assert [stage.has(each) for each in (0, one.number, two.number, three.number)] == [True, False, True, True]
    stage.known = StageGenerations(current=two, given_up=three.number)
    assert not stage.has(three.number)


async def test_given_the_watch_is_killed_then_it_is_reported_and_a_livekit_that_died_is_brought_back(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleets, "WATCH_SECONDS", 0.01)
    monkeypatch.setattr(fleets, "_listens", Breaking(fleets._listens))
    await fleet.start_livekit()
    async with reported("watch over LiveKit and the stores"), asyncio.timeout(60):
        await fleet.start([], lambda _: None)
        await asyncio.sleep(0.1)
        fleet.livekit.kill()
        while not fleet.livekit.running:
            await asyncio.sleep(0.01)
