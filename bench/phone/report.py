"""Shows the figures of the phone calls as tables and as JSON."""

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from bench.agents import SIDES, Side
from bench.phone.calls import Answers
from bench.phone.knee import Pile
from bench.statistics import median, median_difference, percentile

_STEPS = {"picked_up_ms": "INVITE to 200 OK, ms", "first_sound_ms": "200 OK to first sound, ms"}


def show_answers(console: Console, answers: dict[Side, Answers]) -> None:
    """Prints the table."""
    table = Table(title="A phone call, over SIP and LiveKit", title_justify="left", box=box.SIMPLE)
    table.add_column("")
    for name in ("bare", "Pickup", "ratio", "difference (95 %)"):
        table.add_column(name, justify="right", no_wrap=True)
    for step, name in _STEPS.items():
        bare, pickup = (getattr(answers[side], step) for side in SIDES)
        difference = median_difference(bare, pickup)
        shown = f"{difference.value:+.0f} ({difference.low:+.0f}…{difference.high:+.0f})"
        for rank, label in ((50, "median"), (95, "P95")):
            left, right = (percentile(_flat(blocks), rank) for blocks in (bare, pickup))
            table.add_row(f"{name}, {label}", f"{left:.0f}", f"{right:.0f}", f"{right / left:.2f}", shown)
            shown = ""
    console.print(table)
    console.print(f"{len(_flat(answers['pickup'].first_sound_ms))} calls a side, one at a time, in alternating blocks.")


def show_turns(console: Console, latencies: dict[Side, list[list[float]]]) -> None:
    """Prints a line for each side, ms."""
    difference = median_difference(latencies["bare"], latencies["pickup"])
    for side, values in ((side, _flat(latencies[side])) for side in SIDES):
        console.print(
            f"{side}: last word to first audio at the telephone, median {median(values):.0f} ms,"
            f" P95 {percentile(values, 95):.0f} ms, {len(values)} turns",
            highlight=False,
        )
    console.print(f"Pickup {difference.value:+.0f} ms ({difference.low:+.0f}…{difference.high:+.0f})", highlight=False)


def turns_json(latencies: dict[Side, list[list[float]]]) -> dict[str, Any]:
    """ms; empty where no turns were timed."""
    return {
        side: {"count": len(values), "median": median(values), "p95": percentile(values, 95)}
        for side in SIDES
        if (values := _flat(latencies[side]))
    }


def show_knee(console: Console, piles: dict[Side, list[Pile]]) -> None:
    """Prints the table."""
    table = Table(title="Phone calls at once", title_justify="left", box=box.SIMPLE)
    for name in ("side", "calls", "answered", "slowest answer, ms", "longest gap in the sound, ms"):
        table.add_column(name, justify="right")
    for side, levels in piles.items():
        for pile in levels:
            answer, gap = f"{pile.slowest_answer_ms:.0f}", f"{pile.longest_gap_ms:.0f}"
            table.add_row(side, str(pile.calls), str(pile.answered), answer, gap)
    console.print(table)


def answers_json(answers: dict[Side, Answers]) -> dict[str, Any]:
    """All figures, ms."""
    return {
        step: {
            side: {"count": len(values), "median": median(values), "p95": percentile(values, 95)}
            for side in SIDES
            for values in [_flat(getattr(answers[side], step))]
        }
        for step in _STEPS
    }


def _flat(blocks: list[list[float]]) -> list[float]:
    return [value for block in blocks for value in block]
