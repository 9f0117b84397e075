"""Shows a comparison as tables and as JSON."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from bench.agents import SIDES, TURN_SIDES
from bench.load import Load, typical
from bench.statistics import Interval, median, median_difference, percentile
from bench.turns import TurnPlan, Turns

SHARE_BUDGET_MS = 5.0
TURN_MS = 300.0
"""The most that a caller waits for the first sound of an answer, at the median, with instant providers."""
MEMORY_BUDGET_RATIO = 1.1
COSTS = {"rss_mb": "RSS MB", "pss_mb": "PSS MB", "cpu_percent": "CPU %"}
BUDGETED = "rss_mb"
"""Not PSS, which moves when another process that maps the same libraries begins or ends."""


@dataclass(frozen=True)
class Comparison:
    plan: TurnPlan
    turns: Turns
    load: Load
    seconds: float

    @cached_property
    def turn_difference(self) -> Interval:
        """Pickup's own share of a turn, ms."""
        waits = self.turns.waits
        return median_difference(waits["bare"].blocks, waits["pickup"].blocks)

    @cached_property
    def answer_difference(self) -> Interval:
        """Pickup's own share of picking up, ms."""
        waits = self.turns.waits
        return median_difference(waits["bare"].answers, waits["pickup"].answers)

    def a_call(self, what: str) -> tuple[float, float]:
        """The cost of an extra call: (bare, Pickup)."""
        return typical(self.load["bare"], what), typical(self.load["pickup"], what)


def as_json(found: Comparison) -> dict[str, Any]:
    """All figures; ms, MB of 2**20 bytes, per cent of a core."""
    waits = found.turns.waits
    return {
        "seconds": round(found.seconds, 1),
        "parallel_calls": found.plan.parallel,
        "machine_busy_share": round(found.turns.machine_busy, 3),
        "turn_ms": {side: _summary(waits[side].turns) | {"lost": waits[side].lost_turns} for side in TURN_SIDES},
        "turn_difference_ms": _rounded(found.turn_difference),
        "answer_ms": {side: _summary(waits[side].all_answers) for side in SIDES},
        "answer_difference_ms": _rounded(found.answer_difference),
        "an_extra_call": {
            side: {what: round(found.a_call(what)[index], 3) for what in COSTS} for index, side in enumerate(SIDES)
        },
        "climbs": {side: [[level.__dict__ for level in climb.levels] for climb in found.load[side]] for side in SIDES},
        "answer_blocks_ms": {side: [[round(ms, 2) for ms in block] for block in waits[side].answers] for side in SIDES},
        "turn_blocks_ms": {side: [[round(ms, 2) for ms in block] for block in waits[side].blocks] for side in SIDES},
    }


def show(console: Console, found: Comparison) -> None:
    """Prints the table."""
    bare, tuned, pickup = (found.turns.waits[side] for side in TURN_SIDES)
    table = Table(title="Pickup against a bare livekit-agents session", title_justify="left", box=box.SIMPLE)
    table.add_column("")
    for name in ("bare", "tuned", "Pickup", "ratio", "difference (95 %)", "budget"):
        table.add_column(name, justify="right", no_wrap=True)

    def row(
        name: str,
        left: float,
        right: float,
        digits: int = 1,
        *,
        middle: float | None = None,
        difference: str = "",
        budget: str = "",
    ) -> None:
        ratio = f"{right / left:.2f}" if left > 0 else "–"
        between = "" if middle is None else f"{middle:.{digits}f}"
        table.add_row(name, f"{left:.{digits}f}", between, f"{right:.{digits}f}", ratio, difference, budget)

    share = found.turn_difference
    within = _verdict(share.value < SHARE_BUDGET_MS, f"< {SHARE_BUDGET_MS:g}")
    medians = {side: median(found.turns.waits[side].turns) for side in TURN_SIDES}
    row(
        "turn ms, median",
        medians["bare"],
        medians["pickup"],
        middle=medians["tuned"],
        difference=_shown(share),
        budget=within,
    )
    bare_late, pickup_late = (percentile(each.turns, 95) for each in (bare, pickup))
    row(
        "turn ms, P95",
        bare_late,
        pickup_late,
        middle=percentile(tuned.turns, 95),
        budget=_verdict(medians["pickup"] <= TURN_MS, f"median ≤ {TURN_MS:g}"),
    )
    left, right = bare.all_answers, pickup.all_answers
    row("answer ms, median", median(left), median(right), difference=_shown(found.answer_difference))
    row("answer ms, P95", percentile(left, 95), percentile(right, 95))
    table.add_section()
    for what, name in COSTS.items():
        left, right = found.a_call(what)
        kept = left > 0 and right / left <= MEMORY_BUDGET_RATIO
        budget = _verdict(kept, f"≤ {MEMORY_BUDGET_RATIO:g} ×") if what == BUDGETED else ""
        row(f"+1 call, {name}", left, right, 2, budget=budget)
    table.add_section()
    most = found.load["bare"][0].levels[-1].calls
    for calls in (0, 1, most):
        left, right = (median([climb.at(calls).rss_mb for climb in found.load[side]]) for side in SIDES)
        row(f"{calls} call{'' if calls == 1 else 's'}, RSS MB", left, right)
    console.print(table)
    fresh = len(found.load["bare"])
    console.print(
        "Turn: the caller's last voiced sound to the agent's first; bare has Pickup's shortest delay, tuned"
        " the framework's shortest, which cut a number that is dictated in groups. Answer: the ring to the agent's"
        " first sound. CPU: of one core."
        f" {len(bare.turns)} and {len(pickup.turns)} turns in {len(bare.all_answers)} calls a side,"
        f" {found.plan.parallel} at once, in {len(bare.blocks)} pairs of blocks;"
        f" without an answer: {bare.lost_turns} and {pickup.lost_turns}."
        f" Load from 1 to {most} calls, {fresh} fresh process{'' if fresh == 1 else 'es'} a side."
        f" The machine was {found.turns.machine_busy:.0%} busy. {found.seconds:.0f} s in all.",
        highlight=False,
    )


def _summary(values: list[float]) -> dict[str, float]:
    return {"count": len(values), "median": round(median(values), 2), "p95": round(percentile(values, 95), 2)}


def _shown(interval: Interval) -> str:
    return f"{interval.value:+.1f} ({interval.low:+.1f}…{interval.high:+.1f})"


def _rounded(interval: Interval) -> dict[str, float]:
    return {name: round(value, 2) for name, value in interval.__dict__.items()}


def _verdict(kept: bool, budget: str) -> str:
    return f"[green]{budget} ✓[/]" if kept else f"[red]{budget} ✗[/]"
