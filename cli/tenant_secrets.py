"""`pickup tenant secrets`: what a tenant's functions send in headers, and no template holds."""

import asyncio
import re
import sys
from typing import Annotated

import orjson
import typer
from rich.console import Console

from cli.stage import Deployed, Stage, grants
from cli.webhook import tenant_id_of
from shared.errors import InputError

app = typer.Typer(
    help="Keep what a tenant's functions send in headers. Example:  pickup tenant secrets set TENANT crm < key.txt",
    no_args_is_help=True,
)

_Tenant = Annotated[str, typer.Argument(help="The tenant's id.")]
_Name = Annotated[str, typer.Argument(help="As headers name it: {secret.crm} is crm.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.command("set")
def set_(tenant: _Tenant, name: _Name, stage: Stage = "local", deployed: Deployed = False, json: _Json = False) -> None:
    """Set or replace a secret, which is read from standard input and shown nowhere.

    Example:  pickup tenant secrets set 00000000-0000-4000-a000-000000000001 crm < key.txt
    """
    tenant_id, value = tenant_id_of(tenant), checked_secret(name, sys.stdin.read(5_000).strip())

    async def put() -> None:
        async with grants(stage, deployed) as granted:
            await granted.put_secret(tenant_id, name, value)

    asyncio.run(put())
    _tell(tenant_id, name, True, json, "is set", "")


@app.command()
def remove(
    tenant: _Tenant, name: _Name, stage: Stage = "local", deployed: Deployed = False, json: _Json = False
) -> None:
    """Remove a secret. Functions that need it fail from now on.

    Example:  pickup tenant secrets remove 00000000-0000-4000-a000-000000000001 crm
    """
    tenant_id = tenant_id_of(tenant)

    async def take() -> bool:
        async with grants(stage, deployed) as granted:
            return await granted.remove_secret(tenant_id, name)

    _tell(tenant_id, name, asyncio.run(take()), json, "is removed", "wasn't there")


def checked_secret(name: str, value: str) -> str:
    """The value. Raises InputError for what a header can't hold, or no header can name."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        raise InputError(f"{name!r}: a secret's name has lower-case letters, digits and underscores, a letter first")
    if not re.fullmatch(r"[\x20-\x7e]{1,4096}", value):
        raise InputError("a secret is one line of plain characters, 4096 at most, on standard input")
    return value


def _tell(tenant_id: str, name: str, changed: bool, json: bool, done: str, before: str) -> None:
    if json:
        typer.echo(orjson.dumps({"tenant_id": tenant_id, "name": name, "changed": changed}))
    else:
        Console().print(f"the secret {name} {done if changed else before}", highlight=False)
