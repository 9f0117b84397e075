"""`python -m bench.outages`: the stores are away for a while, and telephones go on calling."""

import asyncio
import shutil
import time
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from bench.outages.calls import Outage, through_outage
from bench.outages.rig import Way, raised_rig
from lab.stack.stack import folders
from shared.config import data_dir
from shared.errors import StackError

KINDS = {"redis": ["redis"], "postgres": ["postgres"], "both": ["redis", "postgres"]}


def bench(
    seconds: Annotated[float, typer.Option(min=5, help="How long each outage lasts.")] = 20.0,
    every: Annotated[float, typer.Option(min=1, help="Seconds between two calls.")] = 5.0,
    only: Annotated[str, typer.Option(help="redis, postgres or both; empty: one outage of each.")] = "",
    hang: Annotated[bool, typer.Option(help="The stores hang (SIGSTOP) instead of being killed.")] = False,
    fresh: Annotated[bool, typer.Option(help="Kill the worker meanwhile, and remove its machine's copies.")] = False,
) -> None:
    """Count calls offered, answered, announced and recorded while stores are away. Needs `make phone-rig`.

    Example:  python -m bench.outages --only postgres --seconds 60 --fresh
    """
    console = Console()
    kinds = [only] if only else list(KINDS)
    try:
        outages = asyncio.run(_outages(console, kinds, "hang" if hang else "kill", seconds, every, fresh))
    except StackError as error:
        raise SystemExit(f"no figures: {error}") from error
    show(console, outages)
    lost = [placed for outage in outages for placed in outage.calls if not placed.heard or placed.records != 1]
    raise typer.Exit(1 if lost else 0)


async def _outages(
    console: Console, kinds: list[str], way: Way, seconds: float, every: float, fresh: bool
) -> list[Outage]:
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:4.0f} s  {text}[/]", highlight=False)

    folder = data_dir() / "bench-outages"
    try:
        async with raised_rig(folder) as rig:
            return [await through_outage(rig, KINDS[kind], way, seconds, every, fresh, say) for kind in kinds]
    finally:
        logs = data_dir() / "bench-outages-logs"
        shutil.rmtree(logs, ignore_errors=True)
        shutil.copytree(folder / "logs", logs)
        say(f"the logs are in {logs}")
        for left in folders(folder):
            shutil.rmtree(left, ignore_errors=True)


def show(console: Console, outages: list[Outage]) -> None:
    table = Table(title="Calls while stores are away", title_justify="left", box=box.SIMPLE)
    for name in ("away", "calls", "offered", "sound heard", "by an agent", "slowest answer, s", "one record each"):
        table.add_column(name, justify="left" if name in ("away", "calls") else "right")
    for outage in outages:
        for phase in ("before", "away", "after"):
            calls = [placed for placed in outage.calls if placed.phase == phase]
            slowest = max((placed.answer_seconds or float("inf") for placed in calls), default=0.0)
            table.add_row(
                f"{' and '.join(outage.stores)} ({outage.way})" if phase == "before" else "",
                phase,
                str(len(calls)),
                str(sum(placed.heard for placed in calls)),
                str(sum(placed.served for placed in calls)),
                f"{slowest:.1f}",
                str(sum(placed.records == 1 for placed in calls)),
            )
    console.print(table)
    for outage in outages:
        settled = "not settled" if outage.settled_seconds is None else f"settled {outage.settled_seconds:.1f} s after"
        console.print(
            f"{' and '.join(outage.stores)}: {settled}; open alerts: {', '.join(outage.alerts) or 'none'}",
            highlight=False,
        )
        for placed in outage.calls:
            if not placed.heard or placed.records != 1 or not placed.served:
                console.print(f"  {placed}", highlight=False)


if __name__ == "__main__":
    typer.run(bench)
