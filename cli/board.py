"""The table that `pickup up` shows: its processes, the calls now, and the latest calls."""

from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text


def changes(state: dict[str, Any]) -> Any:
    """The part of the state whose changes are printed where the table can't be redrawn."""
    return [(row["name"], row["state"], row["restarts"]) for row in state.get("processes", [])]


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
        parties = (row["stage"], row["caller"] or "—", row["business"] or "—")
        calls.add_row(row["call"], *parties, row["disposition"] or "[yellow]open", row["outcome"] or "—")
    return Group(processes, Text(busy, "bold"), calls)
