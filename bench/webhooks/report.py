"""Shows the figures of the webhooks as a table and as JSON."""

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from bench.statistics import percentile
from bench.webhooks.load import Run

AIMED_P99_MS, AIMED_PER_SECOND = 50, 1000


def show(console: Console, paced: Run, pace: float, flat_out: Run, connections: int) -> None:
    """Prints the tables. `pace`: events sent a second."""
    table = Table(title="The carrier's webhooks: from an event to its ack, ms", title_justify="left", box=box.SIMPLE)
    for name in ("", "events", "P50", "P99", "slowest"):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    rows = {f"all, at {pace:.0f} a second": paced.all_ms, **dict(sorted(paced.ack_ms.items()))}
    for name, values in rows.items():
        ranks = (f"{percentile(values, rank):.1f}" for rank in (50, 99, 100))
        table.add_row(name, str(len(values)), *ranks)
    console.print(table)
    all_ms, one_core = flat_out.all_ms, flat_out.per_second / flat_out.busy
    console.print(
        f"At that pace {paced.busy:.0%} of the server's core is busy (aimed: P99 under {AIMED_P99_MS} ms).\n"
        f"As fast as they are taken, on {connections} connections: {flat_out.per_second:.0f} acks a second, with the "
        f"core {flat_out.busy:.0%} busy: {one_core:.0f} for each second of one core (aimed: {AIMED_PER_SECOND}); "
        f"P50 {percentile(all_ms, 50):.0f} ms, P99 {percentile(all_ms, 99):.0f} ms.",
        highlight=False,
    )


def as_json(paced: Run, flat_out: Run) -> dict[str, Any]:
    """All figures."""
    return {"at_pace": _figures(paced), "flat_out": _figures(flat_out)}


def _figures(run: Run) -> dict[str, Any]:
    by_kind = {"all": run.all_ms, **run.ack_ms}
    return {
        "acks_per_second": run.per_second,
        "core_busy": run.busy,
        "ack_ms": {
            kind: {"count": len(values), "p50": percentile(values, 50), "p99": percentile(values, 99)}
            for kind, values in by_kind.items()
        },
    }
