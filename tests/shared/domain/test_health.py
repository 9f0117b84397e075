"""Which state a worker is in, and what a stage's verdict is."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.health import (
    HealthLimits,
    StageFacts,
    Windows,
    WorkerFacts,
    leased,
    state_of,
    verdict_of,
)

LIMITS = HealthLimits()
WELL = WorkerFacts("w1", "r1", started_seconds=3600.0, heartbeat_seconds=20.0, lease_seconds=2.0)


def worker(**changes: Any) -> WorkerFacts:
    return replace(WELL, **changes)


STATES: list[tuple[dict[str, Any], str]] = [
    ({}, "ready"),
    ({"heartbeat_seconds": 180.0}, "ready"),
    ({"heartbeat_seconds": 180.001}, "stale"),
    ({"heartbeat_seconds": 181.0, "lease_seconds": 1.0}, "stale"),
    ({"heartbeat_seconds": None}, "stale"),
    ({"heartbeat_seconds": None, "started_seconds": 59.9}, "ready"),
    ({"heartbeat_seconds": 500.0, "started_seconds": 59.9}, "ready"),
    ({"heartbeat_seconds": 500.0, "started_seconds": 60.0}, "stale"),
    ({"heartbeat_seconds": None, "started_seconds": None}, "starting"),
    ({"heartbeat_seconds": None, "started_seconds": None, "ordered": True, "lease_seconds": None}, "starting"),
    ({"heartbeat_seconds": 500.0, "draining_seconds": 0.0}, "draining"),
    ({"heartbeat_seconds": 500.0, "draining_seconds": LIMITS.draining}, "draining"),
    ({"heartbeat_seconds": 500.0, "draining_seconds": LIMITS.draining + 1}, "stale"),
    ({"standby": True}, "starting"),
    ({"standby": True, "heartbeat_seconds": 500.0}, "starting"),
    ({"standby": True, "heartbeat_seconds": 500.0, "lease_seconds": None}, "stale"),
    ({"stopped": True, "heartbeat_seconds": 9999.0}, "stopped"),
    ({"stopped": True, "draining_seconds": 10.0}, "stopped"),
    ({"offered_seconds": 20.0}, "ready"),
    ({"offered_seconds": 20.1}, "deaf"),
    ({"offered_seconds": 20.1, "draining_seconds": 1.0}, "draining"),
    ({"unregistered_seconds": 30.0}, "ready"),
    ({"unregistered_seconds": 30.1}, "deaf"),
    ({"offered_seconds": 60.0, "heartbeat_seconds": 200.0}, "stale"),
]


@pytest.mark.requirement("DU-22", "DU-34")
@pytest.mark.requirement("DU-25", part="deaf; an agent that publishes no audio is found within its call")
def test_given_a_workers_facts_at_the_edges_then_its_state_is_the_one_of_the_table() -> None:
    wrong = {str(changes): state for changes, want in STATES if (state := state_of(worker(**changes), LIMITS)) != want}
    assert wrong == {}


def test_given_beats_in_redis_then_a_worker_has_a_lease_for_thirty_seconds() -> None:
    ages: list[tuple[float | None, bool]] = [(0.0, True), (30.0, True), (30.1, False), (None, False)]
    assert [leased(worker(lease_seconds=age), LIMITS) for age, _ in ages] == [has for _, has in ages]


def test_given_heartbeats_more_often_then_a_worker_is_stale_after_three_of_them() -> None:
    limits = HealthLimits.of(2.0)
    assert (limits.stale, limits.starting, limits.lease) == (6.0, 2.0, 7.0)
    assert HealthLimits.of(60.0) == LIMITS


PROVEN = StageFacts((WELL,), proven_seconds=300.0)
STALE = worker(worker_id="w2", heartbeat_seconds=200.0)
VERDICTS: list[tuple[StageFacts, bool, str]] = [
    (PROVEN, True, "1 worker is ready"),
    (replace(PROVEN, proven_seconds=600.0), True, "600 s ago"),
    (replace(PROVEN, proven_seconds=601.0), False, "not proven"),
    (replace(PROVEN, proven_seconds=None), False, "not proven"),
    (replace(PROVEN, workers=()), False, "no worker is ready"),
    (replace(PROVEN, workers=(worker(stopped=True),)), False, "no worker is ready"),
    (replace(PROVEN, workers=(worker(draining_seconds=1.0),)), False, "no worker is ready"),
    (replace(PROVEN, workers=(worker(started_seconds=None, heartbeat_seconds=None),)), False, "no worker is ready"),
    (replace(PROVEN, workers=(WELL, STALE)), False, "worker w2 is stale"),
    (replace(PROVEN, workers=(WELL, worker(worker_id="w3", offered_seconds=99.0))), False, "worker w3 is deaf"),
    (replace(PROVEN, workers=(WELL, worker(worker_id="w3", stopped=True))), True, "1 worker is ready"),
    (replace(PROVEN, windows=Windows(2, 40)), False, "2 callers met no agent"),
    (replace(PROVEN, windows=Windows(1, 40)), True, "1 worker is ready"),
    (replace(PROVEN, windows=Windows(1, 1)), False, "1 callers met no agent"),
    (replace(PROVEN, windows=Windows(1, 0)), False, "1 callers met no agent"),
    (replace(PROVEN, windows=Windows(0, 0)), True, "1 worker is ready"),
    (replace(PROVEN, open_windows=1), False, "1 callers wait alone"),
    (replace(PROVEN, canary_failed=True), False, "the last canary"),
]


@pytest.mark.requirement("DU-18", "DU-23", "DU-81")
@pytest.mark.requirement("DU-40", part="the verdict; an answered call proves, as there is no canary yet")
def test_given_a_stages_facts_then_its_verdict_is_the_one_of_the_table() -> None:
    wrong: dict[int, Any] = {}
    for row, (stage, healthy, reason) in enumerate(VERDICTS):
        verdict = verdict_of(stage, LIMITS)
        if verdict.healthy is not healthy or not any(reason in each for each in verdict.reasons):
            wrong[row] = verdict
    assert wrong == {}
