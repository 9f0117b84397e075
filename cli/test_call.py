"""`pickup test-call`: the simulated caller calls over SIP and judges the call by what a phone alone can tell."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shared.process import interruptible

if TYPE_CHECKING:
    from lab.sip.synthetic_calls import SyntheticCalls


def test_call(
    to: Annotated[str | None, typer.Option(help="The number to dial, e.g. +12065550100.")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="The caller's number; `anonymous` withholds it.")] = None,
    scenario: Annotated[
        str, typer.Option(help="What the caller does: a name of `pickup scenarios`, or a YAML file.")
    ] = "hours",
    sip: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Whom to call; without it the `pickup up` of this folder.")
    ] = None,
    direct: Annotated[
        bool, typer.Option("--direct", help="Past the carrier, straight to the SIP service of `pickup up`.")
    ] = False,
    count: Annotated[int, typer.Option(min=1, max=1000, help="So many calls.")] = 1,
    at_once: Annotated[int, typer.Option(min=1, max=32, help="So many of them at the same time.")] = 1,
    greeting: Annotated[
        str | None, typer.Option(help="What the greeting's words have to match, as a regular expression.")
    ] = None,
    within: Annotated[float, typer.Option(min=0, help="Seconds until it has to be answered.")] = 8.0,
    json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
    wav: Annotated[
        Path | None, typer.Option(help="Keep what was heard and said as stereo WAV (with a number each).")
    ] = None,
) -> None:
    """Dial, talk, listen and judge: answered in time, greeting understood, question answered, no gaps, a clean end.

    Exit code 0 only when all of it holds. Looks at nothing but the phone; has its own voice and ears. The call is
    marked as synthetic, signed with the stage's key: PICKUP_STAGE and PICKUP_SIGNING_KEYS name them for another system
    than this folder's `pickup up`.

    Examples:  pickup test-call   |   pickup test-call --direct   |   pickup test-call --sip 127.0.0.1:5060 --count 5
    """
    from lab.person.judge import Limits
    from lab.person.scenario import load_scenario
    from lab.sip.synthetic_calls import SyntheticCalls
    from local_deploy.running import find_running, sip_address, synthetic_marks

    running = find_running()
    address = sip_address(sip, direct, running)
    script = load_scenario(scenario, did=to, caller=from_)
    console = Console(stderr=json)
    marks = synthetic_marks(script.did, address, running)
    if marks is None:
        console.print("[yellow]not marked as synthetic, as the stage's key isn't known here: it counts as a customer's")
    calls = asyncio.run(
        interruptible(
            _place(console, SyntheticCalls(script, address, Limits(within), greeting, wav, marks), count, at_once)
        )
    )
    holds = all(call["ok"] for call in calls)
    if json:
        typer.echo(orjson.dumps({"ok": holds, "sip": address, "calls": calls}, option=orjson.OPT_INDENT_2))
    else:
        for number, call in enumerate(calls, 1):
            console.print(_table(number, call))
        console.print(_verdict(calls))
    if not holds:
        raise typer.Exit(1)


async def _place(console: Console, calls: "SyntheticCalls", count: int, at_once: int) -> list[dict[str, Any]]:
    with console.status("the caller finds their words …") as status:
        return await calls.place(count, at_once, status.update)


def _table(number: int, call: dict[str, Any]) -> Table:
    table = Table("", f"call {number}", "", box=None)
    for judgement in call["judgements"]:
        mark = Text("✓", "green") if judgement["holds"] else Text("✗", "bold red")
        table.add_row(mark, judgement["name"], Text(judgement["finding"], "dim"))
    return table


def _verdict(calls: list[dict[str, Any]]) -> Text:
    good = sum(call["ok"] for call in calls)
    return Text(
        f"{good} of {len(calls)} calls were as they should be", "bold green" if good == len(calls) else "bold red"
    )
