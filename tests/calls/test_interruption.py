"""`pickup call` ends before its time: by Ctrl-C, or without a chance to say goodbye."""

import signal
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from pickup_world import read_until, wait_until

from lab.base import timescale

pytestmark = pytest.mark.xdist_group("interruption")

LONG = "description: Says nothing for long.\nsteps: [{silence: 120}]\n"
SHORT = "description: Hears the greeting.\nsteps: [listen, hang_up]\n"


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenarios")
    (folder / "long.yaml").write_text(LONG)
    (folder / "short.yaml").write_text(SHORT)
    return folder


def test_given_two_calls_on_one_stack_when_one_is_interrupted_then_both_are_recorded_and_the_stack_ends(
    lonely: Any, scenarios: Path
) -> None:
    long = lonely.begin("call", "--scenario", scenarios / "long.yaml", "--speed", "2")
    short = lonely.begin("call", "--scenario", scenarios / "short.yaml", "--speed", "4")
    with long, short:
        read_until(long, "answered")
        told, complaints = short.communicate(timeout=100 * timescale.speed())
        assert short.returncode == 0, complaints
        assert "Thank you for calling" in told
        assert len(lonely.supervisors()) == 1
        running = lonely.processes()
        assert {"postgres", "python"} <= {name(process) for process in running}

        asked_at = time.monotonic()
        long.send_signal(signal.SIGINT)
        _, complaints = long.communicate(timeout=30 * timescale.speed())
        took = (time.monotonic() - asked_at) / timescale.speed()
    assert long.returncode == 130, complaints
    assert took < 6.0
    assert "Traceback" not in complaints
    wait_until(lambda: not alive(running), 8.0, lambda: alive(running))

    calls = lonely.json("calls")
    assert len(calls) == 2
    assert all(call["ended_at"] for call in calls)
    assert sorted((call["disposition"], call["end_reason"]) for call in calls) == [
        ("ANSWERED", "caller_hung_up"),
        ("ANSWERED", "cancelled"),
    ]


def test_given_a_call_whose_process_is_killed_then_its_stack_is_gone_at_once(lonely: Any, scenarios: Path) -> None:
    with lonely.begin("call", "--scenario", scenarios / "long.yaml", "--speed", "4") as call:
        read_until(call, "answered")
        running = lonely.processes()
        assert len(running) > 3
        call.kill()
        wait_until(lambda: not alive(running), 3.0, lambda: alive(running))


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def name(process: psutil.Process) -> str:
    return process.name().rstrip("0123456789.")
