"""`pickup tenant hosts`: the servers that a tenant's functions may ask."""

import asyncio
import re
from typing import Annotated

import orjson
import typer
from rich.console import Console

from cli.stage import Deployed, Stage, grants
from cli.webhook import tenant_id_of
from shared.domain.addresses import is_address, is_public
from shared.errors import InputError

app = typer.Typer(
    help="Say which servers a tenant's functions may ask. Example:  pickup tenant hosts add TENANT api.shop.example",
    no_args_is_help=True,
)

_Tenant = Annotated[str, typer.Argument(help="The tenant's id.")]
_Host = Annotated[str, typer.Argument(help="Host, with its port where that isn't 443: api.shop.example.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")


@app.command()
def add(tenant: _Tenant, host: _Host, stage: Stage = "local", deployed: Deployed = False, json: _Json = False) -> None:
    """Let a tenant's functions ask this host. Twice is once.

    Example:  pickup tenant hosts add 00000000-0000-4000-a000-000000000001 api.shop.example
    """
    tenant_id, name = tenant_id_of(tenant), checked_host(host, stage)

    async def allow() -> bool:
        async with grants(stage, deployed) as granted:
            return await granted.allow(tenant_id, name)

    _tell(tenant_id, name, asyncio.run(allow()), json, "may be asked now", "may be asked already")


@app.command()
def remove(
    tenant: _Tenant, host: _Host, stage: Stage = "local", deployed: Deployed = False, json: _Json = False
) -> None:
    """Let a tenant's functions no longer ask this host; calls that run notice it, too.

    Example:  pickup tenant hosts remove 00000000-0000-4000-a000-000000000001 api.shop.example
    """
    tenant_id, name = tenant_id_of(tenant), host.lower()

    async def refuse() -> bool:
        async with grants(stage, deployed) as granted:
            return await granted.refuse(tenant_id, name)

    _tell(tenant_id, name, asyncio.run(refuse()), json, "may no longer be asked", "wasn't listed")


@app.command("list")
def list_(tenant: _Tenant, stage: Stage = "local", deployed: Deployed = False, json: _Json = False) -> None:
    """The hosts that a tenant's functions may ask, and the names of its secrets.

    Example:  pickup tenant hosts list 00000000-0000-4000-a000-000000000001 --json
    """
    tenant_id = tenant_id_of(tenant)

    async def read() -> tuple[list[str], list[str]]:
        async with grants(stage, deployed) as granted:
            found = await granted.of(tenant_id)
            return sorted(found.hosts), sorted(found.secrets)

    hosts, secrets = asyncio.run(read())
    if json:
        typer.echo(orjson.dumps({"tenant_id": tenant_id, "hosts": hosts, "secrets": secrets}))
        return
    console = Console()
    console.print(f"hosts: {', '.join(hosts) or 'none'}", highlight=False)
    console.print(f"secrets: {', '.join(secrets) or 'none'}", highlight=False)


def checked_host(host: str, stage: str) -> str:
    """As the list has it. Raises InputError for what can't be asked in the stage."""
    name = host.strip().lower()
    alone = name.partition(":")[0]
    if not _HOST.fullmatch(name):
        raise InputError(f"{host!r} is no host: give it without https:// and path, like api.shop.example")
    if stage != "local" and (alone == "localhost" or (is_address(alone) and not is_public(alone))):
        raise InputError(f"{host} isn't public: agents of {stage} reach public addresses only")
    return name.removesuffix(":443")


def _tell(tenant_id: str, host: str, changed: bool, json: bool, done: str, before: str) -> None:
    if json:
        typer.echo(orjson.dumps({"tenant_id": tenant_id, "host": host, "changed": changed}))
    else:
        Console().print(f"{host} {done if changed else before}", highlight=False)
