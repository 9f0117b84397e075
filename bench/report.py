"""The table of a comparison, and the same as JSON."""

from typing import Any

from rich.console import Console
from rich.table import Table

from bench.load import Load, typical
from bench.statistics import Interval, median, median_difference, percentile
from bench.turns import Turns

SHARE_BUDGET_MS = 5.0
MEMORY_BUDGET_RATIO = 1.1


def as_json(turns: Turns, load: Load, parallel: int, seconds: float) -> dict[str, Any]:
    """All figures; ms, MB of 2**20 bytes, per cent of a core."""
    bare, pickup = turns.waits["bare"], turns.waits["pickup"]
    figures: dict[str, Any] = {
        "seconds": round(seconds, 1),
        "parallel_calls": parallel,
        "machine_busy_share": round(turns.machine_busy, 3),
        "turn_ms": {
            side: {
                "turns": len(waits.turns),
                "lost": waits.lost_turns,
                "median": round(median(waits.turns), 2),
                "p95": round(percentile(waits.turns, 95), 2),
            }
            for side, waits in turns.waits.items()
        },
        "turn_difference_ms": _rounded(median_difference(bare.blocks, pickup.blocks)),
        "answer_ms": {
            side: {
                "calls": len(waits.all_answers),
                "median": round(median(waits.all_answers), 2),
                "p95": round(percentile(waits.all_answers, 95), 2),
            }
            for side, waits in turns.waits.items()
        },
        "answer_difference_ms": _rounded(median_difference(bare.answers, pickup.answers)),
        "load": {
            side: {
                "climbs": [[level.__dict__ for level in climb.levels] for climb in climbs],
                "a_call": {what: round(typical(climbs, what), 3) for what in ("pss_mb", "rss_mb", "cpu_percent")},
            }
            for side, climbs in load.items()
        },
        "turns_ms": {side: [[round(v, 2) for v in block] for block in w.blocks] for side, w in turns.waits.items()},
    }
    return figures


def show(console: Console, turns: Turns, load: Load, parallel: int, seconds: float) -> None:
    """Prints the table."""
    bare, pickup = turns.waits["bare"], turns.waits["pickup"]
    table = Table(title="Pickup against a bare livekit-agents session", title_justify="left")
    table.add_column("")
    for name in ("bare", "Pickup", "ratio", "difference", "budget"):
        table.add_column(name, justify="right")

    def row(
        name: str, left: float, right: float, unit: str, digits: int, difference: str = "", budget: str = ""
    ) -> None:
        ratio = f"{right / left:.2f} ×" if left > 0 else "–"
        table.add_row(name, f"{left:.{digits}f} {unit}", f"{right:.{digits}f} {unit}", ratio, difference, budget)

    share = median_difference(bare.blocks, pickup.blocks)
    within = _verdict(share.value < SHARE_BUDGET_MS, f"< {SHARE_BUDGET_MS:g} ms")
    row("turn latency, median", median(bare.turns), median(pickup.turns), "ms", 1, _shown(share), within)
    row("turn latency, P95", percentile(bare.turns, 95), percentile(pickup.turns, 95), "ms", 1)
    answer = median_difference(bare.answers, pickup.answers)
    row("ring to first sound, median", median(bare.all_answers), median(pickup.all_answers), "ms", 1, _shown(answer))
    row("ring to first sound, P95", percentile(bare.all_answers, 95), percentile(pickup.all_answers, 95), "ms", 1)
    table.add_section()
    for name, what, unit in (
        ("memory of an extra call (PSS)", "pss_mb", "MB"),
        ("memory of an extra call (RSS)", "rss_mb", "MB"),
        ("CPU of an extra call", "cpu_percent", "% of a core"),
    ):
        left, right = typical(load["bare"], what), typical(load["pickup"], what)
        ratio = right / left if left > 0 else float("inf")
        budget = _verdict(ratio <= MEMORY_BUDGET_RATIO, f"≤ {MEMORY_BUDGET_RATIO:g} ×") if what == "pss_mb" else ""
        row(name, left, right, unit, 2, budget=budget)
    for calls in (0, 1, load["bare"][0].levels[-1].calls):
        left, right = (median([climb.at(calls).pss_mb for climb in load[side]]) for side in ("bare", "pickup"))
        row(f"the process with {calls} call{'' if calls == 1 else 's'} (PSS)", left, right, "MB", 1)
    console.print(table)
    most = load["bare"][0].levels[-1].calls
    console.print(
        f"{len(bare.turns)} + {len(pickup.turns)} turns in {len(bare.all_answers)} + {len(pickup.all_answers)} calls,"
        f" {parallel} at once, in {len(bare.blocks)} pairs of blocks; {bare.lost_turns} + {pickup.lost_turns} turns"
        f" without an answer. Differences with their 95 % interval. Load: 1 to {most} calls,"
        f" {len(load['bare'])} fresh process(es) a side. The machine was {turns.machine_busy:.0%} busy."
        f" {seconds:.0f} s in all.",
        highlight=False,
    )


def _shown(interval: Interval) -> str:
    return f"{interval.value:+.1f} ms ({interval.low:+.1f} … {interval.high:+.1f})"


def _rounded(interval: Interval) -> dict[str, float]:
    return {name: round(value, 2) for name, value in interval.__dict__.items()}


def _verdict(kept: bool, budget: str) -> str:
    return f"[green]{budget} ✓[/]" if kept else f"[red]{budget} ✗[/]"
