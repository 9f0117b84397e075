"""The heal ladder's next step, for each state of a stage."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.heal import (
    BOUNDS,
    Bury,
    Close,
    HealFacts,
    HealRequest,
    Page,
    PastHeal,
    Remove,
    Replace,
    Rest,
    Restart,
    next_step,
)
from shared.domain.health import HealthLimits, StageFacts, Windows, WorkerFacts

LIMITS = HealthLimits()
WELL = WorkerFacts("w1", "r1", started_seconds=3600.0, heartbeat_seconds=20.0, lease_seconds=2.0)
HUNG = replace(WELL, worker_id="w2", heartbeat_seconds=200.0, lease_seconds=None)
DEAF = replace(WELL, worker_id="w3", offered_seconds=40.0)


NONE = Windows()


def facts(*workers: WorkerFacts, windows: Windows = NONE, **changes: Any) -> HealFacts:
    return HealFacts(StageFacts(workers, windows), **({"settled_seconds": 60.0} | changes))


def heal(
    rung: int, seconds: float, outcome: Any, worker_id: str = "w2", new: str | None = None, request: str | None = None
) -> PastHeal:
    return PastHeal(f"h{seconds}", worker_id, rung, seconds, outcome, new, request)


LOST = heal(3, 400.0, None)
ANNS = HealRequest("q1", "w1", "ann")
DONE, JUST = heal(3, 5.0, "success", "w1", "w4", "q1"), heal(3, 5.0, "success", "w0", "w1")
STEPS: list[tuple[str, HealFacts, Any]] = [
    ("all well", facts(WELL), Rest),
    ("nobody there: orders are another's work", facts(), Rest),
    ("stale", facts(WELL, HUNG), ("w2", Restart)),
    ("stale for a moment longer than allowed", facts(replace(HUNG, heartbeat_seconds=180.0)), Rest),
    ("stale, and its beats in Redis still come", facts(replace(HUNG, lease_seconds=3.0)), Rest),
    ("stale, as the database was away until now", facts(HUNG, settled_seconds=29.0), Rest),
    ("draining", facts(replace(HUNG, draining_seconds=600.0)), Rest),
    ("deaf", facts(DEAF), ("w3", Restart)),
    ("deaf, the database came back just now", facts(DEAF, settled_seconds=0.0), ("w3", Restart)),
    ("hung, and its calls go on", facts(replace(HUNG, held_calls=2)), ("w2", Replace)),
    ("deaf, and its calls go on", facts(replace(DEAF, held_calls=1)), ("w3", Replace)),
    ("its process is gone", facts(replace(HUNG, exists=False)), ("w2", Bury)),
    ("gone, long before it is stale", facts(replace(WELL, exists=False, lease_seconds=None)), ("w1", Bury)),
    ("starts, and the supervisor doesn't know its name yet", facts(replace(WELL, exists=False)), Rest),
    ("gone, ended in order", facts(replace(HUNG, exists=False, stopped=True)), Rest),
    ("ordered", facts(WorkerFacts("w9", "r1", ordered=True, exists=False)), Rest),
    ("the watchdog died in a heal", facts(HUNG, heals=[LOST]), Close(LOST)),
    ("rung 3 failed", facts(HUNG, heals=[heal(3, 130.0, "failed")]), ("w2", Replace)),
    ("rung 4 failed a moment ago", facts(HUNG, heals=[heal(3, 310.0, "failed"), heal(4, 181.0, "failed")]), Rest),
    ("rung 4 failed five minutes ago", facts(HUNG, heals=[heal(4, 300.0, "failed")]), ("w2", Restart)),
    ("restarted less than five minutes ago", facts(DEAF, heals=[heal(3, 299.0, "success", "w0", "w3")]), Rest),
    ("restarted five minutes ago", facts(DEAF, heals=[heal(3, 300.0, "success", "w0", "w3")]), ("w3", Restart)),
    ("another worker's cool-down", facts(HUNG, heals=[heal(3, 10.0, "success", "w8", "w9")]), ("w2", Restart)),
    (
        "three failed in half an hour",
        facts(HUNG, heals=[heal(3, 1700.0, "failed", "a"), heal(4, 900.0, "failed", "b"), heal(3, 400.0, "failed")]),
        Page,
    ),
    (
        "two in half an hour, one before",
        facts(HUNG, heals=[heal(3, 1801.0, "failed", "a"), heal(4, 900.0, "failed", "b"), heal(4, 400.0, "failed")]),
        ("w2", Restart),
    ),
    (
        "three failed, and all are well by now",
        facts(WELL, heals=[heal(3, 1700.0, "failed"), heal(4, 900.0, "failed"), heal(3, 400.0, "failed")]),
        Rest,
    ),
    ("replaced, calls go on", facts(replace(HUNG, held_calls=1), heals=[heal(4, 100.0, "success")]), Rest),
    ("replaced, its calls are over", facts(HUNG, heals=[heal(4, 100.0, "success")]), ("w2", Remove)),
    ("callers met no agent twice", facts(WELL, windows=Windows(2, 30)), ("w1", Restart)),
    ("callers met no agent once of many", facts(WELL, windows=Windows(1, 30)), Rest),
    ("the only caller met no agent", facts(WELL, windows=Windows(1, 1)), ("w1", Restart)),
    (
        "of two the one that has been there longest",
        facts(WELL, replace(WELL, worker_id="w0", started_seconds=90.0), windows=Windows(3, 9)),
        ("w1", Restart),
    ),
    ("a hung worker explains the windows", facts(WELL, HUNG, windows=Windows(2, 9)), ("w2", Restart)),
    ("an operator's order for a well one", facts(WELL, requests=[ANNS]), ("w1", Restart)),
    ("the order is older than its heal", facts(WELL, requests=[ANNS], heals=[DONE]), Rest),
    ("an order within the cool-down", facts(WELL, requests=[ANNS], heals=[JUST]), ("w1", Restart)),
    ("an order for one whose calls go on", facts(replace(WELL, held_calls=3), requests=[ANNS]), ("w1", Replace)),
    ("an order for one that isn't there", facts(WELL, requests=[replace(ANNS, worker_id="x")]), Rest),
]  # fmt: skip


@pytest.mark.requirement("DU-31", part="rungs 3, 4, 6 and 7; the previous release waits for releases side by side")
@pytest.mark.requirement("DU-28", "DU-32", "DU-33")
@pytest.mark.requirement("DU-24", part="what follows from windows; who counts them is proven with rooms")
def test_given_a_stages_facts_then_the_next_step_is_the_one_of_the_table() -> None:
    wrong: dict[str, Any] = {}
    for name, given, want in STEPS:
        step = next_step(given, LIMITS)
        got: Any = step if isinstance(want, Close) else type(step)
        if isinstance(want, tuple):
            got = (getattr(step, "worker_id", None), type(step))
        if got != want:
            wrong[name] = step
    assert wrong == {}


def test_given_the_rungs_then_each_is_bounded() -> None:
    assert BOUNDS == {3: 120.0, 4: 180.0}
    assert next_step(facts(replace(DEAF, held_calls=1)), LIMITS) == Replace(
        "w3", "deaf: offered a job, or without LiveKit, and takes none"
    )
