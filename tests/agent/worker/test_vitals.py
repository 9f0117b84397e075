"""What a heartbeat says of the machine that a worker runs on, held against what the system itself says."""

import os

import psutil
import pytest

from agent.worker.vitals import VitalSigns
from shared.adapters.memory import FixedClock
from shared.ports import Vitals

MIB = 1024 * 1024


@pytest.mark.requirement("RP-46")
def test_given_a_worker_then_its_heartbeat_has_the_load_of_its_machine_and_its_own_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signs, cores = VitalSigns(FixedClock()), os.cpu_count() or 1
    monkeypatch.setattr(os, "getloadavg", lambda: (1.5 * cores, 0.0, 0.0))

    def now() -> Vitals:
        return signs.now("AW_1", registered=True, draining=False)

    before, used = now(), psutil.Process().memory_info().rss / MIB
    assert before.load == 1.5, "of each core"
    assert before.memory_mb is not None and abs(before.memory_mb - used) < 50
    held = bytearray(b"a" * (200 * MIB))
    more = now().memory_mb
    assert more is not None and more - before.memory_mb > 150, len(held)
