"""`pickup tenant`: checks the set-up of a stage's numbers before anybody calls them."""

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from cli import hosts, people, tenant_pin, tenant_secrets, webhook
from cli.stage import Deployed, Stage, database_settings

if TYPE_CHECKING:
    from shared.calls.setups import Checked

app = typer.Typer(help="Look after tenants. Example:  pickup tenant check", no_args_is_help=True)
app.add_typer(webhook.app, name="webhook")
app.add_typer(people.app, name="people")
app.add_typer(hosts.app, name="hosts")
app.add_typer(tenant_secrets.app, name="secrets")
app.add_typer(tenant_pin.app, name="pin")


@app.callback()
def tenant() -> None:
    """Look after tenants. Example:  pickup tenant check"""


@app.command()
def check(
    stage: Stage = "local",
    deployed: Deployed = False,
    json: Annotated[bool, typer.Option("--json", help="As a JSON list, a number each.")] = False,
) -> None:
    """Check the numbers of a stage with their tenants and templates, the versions that serve callers included: what is
    wrong, where, how to mend it.

    Exit code 1 where anything is wrong.

    Example:  pickup tenant check --stage preview-demo   |   pickup tenant check --stage production --deployed --json
    """
    checked = asyncio.run(_checked(stage, deployed))
    broken = [each for each in checked if each.findings]
    if json:
        typer.echo(orjson.dumps([_plain(each) for each in checked], option=orjson.OPT_INDENT_2))
    else:
        _print(checked, broken, stage)
    if broken:
        raise typer.Exit(1)


async def _checked(stage: str, deployed: bool) -> "list[Checked]":
    from agent.businesses.business import all_templates
    from agent.businesses.versions import published_versions
    from shared.calls.setups import Setups
    from shared.wiring import open_directory, open_grants, open_templates

    async with (
        database_settings(stage, deployed) as settings,
        open_directory(settings) as directory,
        open_templates(settings) as templates,
        open_grants(settings) as granted,
    ):
        return await Setups(stage, directory, granted).check(all_templates(), await published_versions(templates))


def _plain(checked: "Checked") -> dict[str, object]:
    setup = checked.setup
    return {
        "did": setup.did,
        "tenant_id": setup.tenant_id,
        "tenant": setup.tenant.name if setup.tenant else None,
        "template": setup.template,
        "findings": [asdict(each) for each in checked.findings],
    }


def _print(checked: "list[Checked]", broken: "list[Checked]", stage: str) -> None:
    console = Console()
    if broken:
        table = Table("number", "tenant", "where", box=None)
        for column in ("what", "mend"):
            table.add_column(column, overflow="fold")
        for each in broken:
            name = each.setup.tenant.name if each.setup.tenant else "—"
            for finding in each.findings:
                table.add_row(each.setup.did, name, finding.where, finding.what, finding.remedy)
        console.print(table)
    style = "bold red" if broken else "bold green"
    console.print(f"{len(checked)} numbers of {stage}, {len(broken)} broken", style=style, highlight=False)
