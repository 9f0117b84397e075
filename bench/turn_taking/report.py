"""Shows turn-taking as a table and as JSON, in τ-voice's terms: responding, yielding, selectivity, dead air."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from bench.agents import TURN_SIDES, Side
from bench.statistics import Interval, median, median_difference, percentile, share
from bench.turn_taking.calls import Utterance
from bench.turn_taking.script import ASIDE, COUGHING, DICTATED, QUESTIONS, SIGN, WORDS

YIELD_MS = 2_000.0
"""An agent that speaks on for longer hasn't yielded."""
DEAD_AIR_MS = 3_000.0
"""A caller whose words have had no sound for so long asks whether anybody is there."""
_AIMS = {"responded": "", "false cut-ins": "≤ 1 %", "stopped for words": "", "stopped after ms, P95": "≤ 300"}

Blocks = Sequence[Sequence[Utterance]]
"""The utterances of one side, by block; block i of one side ran next to block i of the others."""


def shares(found: Sequence[Utterance]) -> dict[str, Interval]:
    """Every share 0 … 1 that there are utterances for."""
    counted = {
        "responded": [each.latency_ms is not None for each in found if each.kind.name == QUESTIONS[0].name],
        "stopped for words": [
            each.yielded_ms <= YIELD_MS for each in found if each.kind == WORDS and each.yielded_ms is not None
        ],
        **{
            f"false yields: {kind.name}": [e.taken for e in found if e.kind == kind] for kind in (SIGN, ASIDE, COUGHING)
        },
        "false cut-ins": [each.cut_in for each in found if each.kind == DICTATED],
        "dead air": [
            each.latency_ms is None or each.latency_ms >= DEAD_AIR_MS for each in found if each.kind.for_agent
        ],
    }
    return {name: share(sum(each), len(each)) for name, each in counted.items() if each}


def times(found: Sequence[Utterance]) -> dict[str, list[float]]:
    """ms."""
    return {
        "answered after": latencies(found),
        "stopped after": [e.yielded_ms for e in found if e.kind == WORDS and e.yielded_ms is not None],
        "quiet after a sign": [
            e.latency_ms or 0.0 for e in found if not e.kind.for_agent and e.yielded_ms is not None and not e.taken
        ],
    }


def latencies(found: Sequence[Utterance]) -> list[float]:
    """From a question's last sound to the first sound of the answer, ms."""
    return [e.latency_ms for e in found if e.kind.name == QUESTIONS[0].name and e.latency_ms is not None]


def difference(blocks: Mapping[Side, Blocks]) -> Interval:
    """Pickup's median latency less the bare session's, ms."""
    bare, pickup = ([latencies(block) for block in blocks[side]] for side in ("bare", "pickup"))
    return median_difference(bare, pickup)


def show(console: Console, blocks: Mapping[Side, Blocks], busy: float, seconds: float) -> None:
    """Prints the table."""
    table = Table(title="Turn-taking against a bare livekit-agents session", title_justify="left", box=box.SIMPLE)
    table.add_column("")
    for side in TURN_SIDES:
        table.add_column(f"{side} (95 %)", justify="right", no_wrap=True)
    table.add_column("aim", justify="right", no_wrap=True)
    sides = {side: [each for block in blocks[side] for each in block] for side in TURN_SIDES}
    found = {side: shares(each) for side, each in sides.items()}
    for name in found["pickup"]:
        shown = (_percent(found[side][name]) if name in found[side] else "–" for side in TURN_SIDES)
        table.add_row(name, *shown, _AIMS.get(name, ""))
    table.add_section()
    timed = {side: times(each) for side, each in sides.items()}
    for name in timed["pickup"]:
        for rank, label in ((50, "median"), (95, "P95")):
            values = (timed[side][name] for side in TURN_SIDES)
            shown = (f"{percentile(each, rank):.0f}" if each else "–" for each in values)
            table.add_row(f"{name} ms, {label}", *shown, _AIMS.get(f"{name} ms, {label}", ""))
    console.print(table)
    share_ms = difference(blocks)
    console.print(
        f"{len(sides['pickup'])} utterances a side in {len(blocks['pickup'])} blocks side by side. Answered by Pickup"
        f" {share_ms.value:+.0f} ms ({share_ms.low:+.0f}…{share_ms.high:+.0f}) later than by the bare session."
        " Bare has Pickup's settings, tuned the framework's shortest waits. False yield: it became a turn of the"
        f" caller. Dead air: {DEAD_AIR_MS / 1000:g} s or longer without a sound of the agent. The machine was"
        f" {busy:.0%} busy. {seconds:.0f} s in all.",
        highlight=False,
    )


def show_dictations(console: Console, dictated: Sequence[Utterance]) -> None:
    """Prints how many dictations Pickup cut, and their words."""
    cut = [each.kind.text for each in dictated if each.cut_in]
    interval = share(len(cut), len(dictated))
    console.print(f"{len(cut)} of {len(dictated)} dictations cut: {_percent(interval)}, aim ≤ 1 %", highlight=False)
    for text in cut:
        console.print(f"  {text}", highlight=False)


def as_json(blocks: Mapping[Side, Blocks], busy: float) -> dict[str, Any]:
    """All figures: shares 0 … 1 with their 95 % interval, times in ms."""
    figures: dict[str, Any] = {
        "machine_busy_share": round(busy, 3),
        "latency_difference_ms": asdict(difference(blocks)),
    }
    for side in TURN_SIDES:
        found = [each for block in blocks[side] for each in block]
        figures[side] = {
            "utterances": len(found),
            "shares": {name: asdict(interval) for name, interval in shares(found).items()},
            "ms": {
                name: {"count": len(values), "median": median(values), "p95": percentile(values, 95)}
                for name, values in times(found).items()
                if values
            },
        }
    return figures


def _percent(interval: Interval) -> str:
    return f"{interval.value:.1%} ({interval.low:.1%}…{interval.high:.1%})"
