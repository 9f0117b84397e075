"""What `pickup up` shows of itself: its processes, the calls now, and the latest ones."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from local_deploy.fleet import Fleet
from shared.errors import PickupError
from shared.services import Services

RECENT_CALLS = 5


def changes(state: dict[str, Any]) -> Any:
    """What of it is news where only news are told."""
    return [(row["name"], row["state"], row["restarts"]) for row in state.get("processes", [])]


async def state_of(fleet: Fleet, services: Sequence[Services]) -> dict[str, Any]:
    """What is true now; of calls None where the stores don't answer. `services` are the stages'."""
    rows = [{"name": "livekit", "state": "ready" if fleet.livekit.running else "down", "pid": fleet.livekit.pid,
             "restarts": 0}]  # fmt: skip
    rows += [
        {"name": child.name, "state": child.state, "pid": child.pid, "restarts": child.restarts}
        for child in fleet.children
    ]
    state: dict[str, Any] = {"processes": rows, "calls": None, "capacity": None, "recent": []}
    with contextlib.suppress(PickupError, TimeoutError):
        async with asyncio.timeout(2):
            beats = [beat for stage in services for beat in await stage.workers.alive()]
            state["calls"] = sum(beat.calls for beat in beats)
            state["capacity"] = sum(beat.capacity for beat in beats)
            recent = [r for stage in services for r in await stage.records.recent(stage.settings.stage, RECENT_CALLS)]
            recent.sort(key=lambda record: record.ringing_at, reverse=True)
            state["recent"] = [
                {
                    "call": record.call_id[:8],
                    "stage": record.stage,
                    "caller": record.caller,
                    "business": record.tenant_name,
                    "disposition": record.disposition,
                    "outcome": record.outcome,
                }
                for record in recent[:RECENT_CALLS]
            ]
    return state


_STYLES = {"ready": "green", "starting": "yellow", "down": "red", "ended": "dim"}


def table_of(state: dict[str, Any]) -> Group:
    processes = Table("process", "state", "pid", "restarts", box=None)
    for row in state["processes"]:
        style = _STYLES[row["state"]]
        processes.add_row(row["name"], Text(row["state"], style), str(row["pid"] or "—"), str(row["restarts"]))
    busy = "calls: unknown, Redis doesn't answer"
    if state["calls"] is not None:
        busy = f"calls now: {state['calls']} of {state['capacity']}"
    calls = Table("call", "stage", "caller", "business", "disposition", "outcome", box=None)
    for row in state["recent"]:
        seen = (row["stage"], row["caller"] or "—", row["business"] or "—")
        calls.add_row(row["call"], *seen, row["disposition"] or "[yellow]open", row["outcome"] or "—")
    return Group(processes, Text(busy, "bold"), calls)
