"""Shows the results of contrary calls as tables and as JSON."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from bench.contrary.trial import Trial


def show(console: Console, trials: Sequence[Trial], seconds: float) -> None:
    """Prints the model's attempts, their results, and the broken invariants."""
    calls: Counter[tuple[str, str, str]] = sum((trial.calls for trial in trials), Counter())
    outcomes = [name for name, _ in Counter({o: n for (_, _, o), n in calls.items()}).most_common()]
    table = Table(title="What the model called, and what became of it", title_justify="left", box=box.SIMPLE)
    for name in ("tool", "arguments", "calls", *outcomes):
        left = name in ("tool", "arguments")
        table.add_column(name, justify="left" if left else "right", no_wrap=left)
    for tool, manner in sorted({(tool, manner) for tool, manner, _ in calls}):
        became = [calls[tool, manner, outcome] for outcome in outcomes]
        table.add_row(tool, manner, str(sum(became)), *(str(n) if n else "·" for n in became))
    console.print(table)

    sentences: Counter[tuple[str, str]] = sum((trial.sentences for trial in trials), Counter())
    table = Table(title="What it wanted said", title_justify="left", box=box.SIMPLE)
    for name in ("sentence", "replaced", "said"):
        table.add_column(name, justify="left" if name == "sentence" else "right")
    for sentence in dict.fromkeys(sentence for sentence, _ in sentences):
        table.add_row(sentence, *(str(sentences[sentence, what] or "·") for what in ("replaced", "said")))
    console.print(table)

    table = Table(title="The calls", title_justify="left", box=box.SIMPLE)
    for name in ("caller", "calls", "rows", "transcribed", "broken", "outcomes"):
        table.add_column(name, justify="left" if name in ("caller", "outcomes") else "right")
    for kind in dict.fromkeys(trial.kind for trial in trials):
        of_kind = [trial for trial in trials if trial.kind == kind]
        ends = Counter(trial.outcome for trial in of_kind)
        table.add_row(
            kind,
            *(str(len(of_kind)), str(sum(t.rows for t in of_kind)), str(sum(t.transcribed for t in of_kind))),
            str(sum(bool(t.broken) for t in of_kind)),
            "; ".join(f"{end} {n}" for end, n in ends.most_common()),
        )
    console.print(table)
    for trial in trials:
        for sentence in trial.broken:
            console.print(f"[red]call {trial.seed} ({trial.kind}): {sentence}[/]", highlight=False)
    kept = sum(not trial.broken for trial in trials)
    console.print(
        f"{len(trials)} calls, {calls.total()} tool calls, {sum(trial.rows for trial in trials)} rows;"
        f" all guards held in {kept} of {len(trials)} calls. {seconds:.0f} s in all.",
        highlight=False,
    )


def as_json(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """All results, one object a call."""
    return [
        {
            "seed": trial.seed,
            "caller": trial.kind,
            "outcome": trial.outcome,
            "rows": trial.rows,
            "transcribed": trial.transcribed,
            "broken": trial.broken,
            "calls": [
                {"tool": tool, "arguments": manner, "became": became, "times": times}
                for (tool, manner, became), times in trial.calls.items()
            ],
            "sentences": [
                {"sentence": sentence, "became": became, "times": times}
                for (sentence, became), times in trial.sentences.items()
                if times
            ],
            "story": trial.story if trial.broken else [],
        }
        for trial in trials
    ]
