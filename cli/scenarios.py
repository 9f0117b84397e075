"""`pickup scenarios`: lists what the simulated caller can do."""

from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table


def scenarios(json: Annotated[bool, typer.Option("--json", help="As a JSON list.")] = False) -> None:
    """List the scenarios for `pickup call --scenario NAME`. Example:  pickup scenarios"""
    from lab.person.scenario import all_scenarios

    found = all_scenarios()
    if json:
        typer.echo(orjson.dumps([s.model_dump(mode="json") for s in found], option=orjson.OPT_INDENT_2))
        return
    table = Table("scenario", "what the caller does", "dials", box=None)
    for scenario in found:
        table.add_row(f"[bold]{scenario.name}", scenario.description, scenario.did)
    Console().print(table)
