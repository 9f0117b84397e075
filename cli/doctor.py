"""`pickup doctor`: what is installed, and what is missing for each tier."""

from dataclasses import asdict
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table


def doctor(json: Annotated[bool, typer.Option("--json", help="As a JSON list.")] = False) -> None:
    """Show what is installed and what each tier still lacks. Exit 1 when tier 0 can't run. Example:  pickup doctor"""
    from local_deploy.doctor import examine

    findings = examine()
    if json:
        typer.echo(orjson.dumps([asdict(f) for f in findings], option=orjson.OPT_INDENT_2))
    else:
        table = Table("tier", "", "what", box=None)
        for column in ("found", "to do"):
            table.add_column(column, overflow="fold")
        for finding in findings:
            mark = "[green]✓" if finding.ok else "[red]✗"
            table.add_row(finding.tier, mark, finding.what, finding.found, finding.remedy)
        Console().print(table)
    if not all(f.ok for f in findings if f.tier == "0 embedded"):
        raise typer.Exit(1)
