"""`pickup tenant pin`: what an owner enters by keys before something is done in their name."""

import asyncio
import secrets
import sys
from typing import Annotated

import orjson
import typer
from rich.console import Console

from cli.stage import Deployed, Stage, database_settings
from cli.webhook import tenant_id_of
from shared.domain.pin import SALT_BYTES, hashed, is_pin
from shared.errors import InputError

app = typer.Typer(
    help="Keep the PIN of a private number's owner. Example:  pickup tenant pin set TENANT < pin.txt",
    no_args_is_help=True,
)

_Tenant = Annotated[str, typer.Argument(help="The tenant's id.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.command("set")
def set_(tenant: _Tenant, stage: Stage = "local", deployed: Deployed = False, json: _Json = False) -> None:
    """Set or replace the PIN, 4 to 6 digits, which is read from standard input, kept as a hash and shown nowhere.

    From then on a caller's yes to what sends, deletes or pays needs it too, by keys, once a call.

    Example:  pickup tenant pin set 00000000-0000-4000-b000-000000000013 < pin.txt
    """
    tenant_id, pin = tenant_id_of(tenant), sys.stdin.read(100).strip()
    if not is_pin(pin):
        raise InputError("a PIN is 4 to 6 digits, not all the same, on standard input")
    asyncio.run(_put(tenant_id, hashed(pin, secrets.token_bytes(SALT_BYTES)), stage, deployed))
    _tell(tenant_id, True, json, "is set")


@app.command()
def remove(tenant: _Tenant, stage: Stage = "local", deployed: Deployed = False, json: _Json = False) -> None:
    """Remove the PIN: a yes is enough from then on.

    Example:  pickup tenant pin remove 00000000-0000-4000-b000-000000000013
    """
    tenant_id = tenant_id_of(tenant)
    removed = asyncio.run(_removed(tenant_id, stage, deployed))
    _tell(tenant_id, removed, json, "is removed" if removed else "wasn't there")


async def _put(tenant_id: str, hashed_pin: str, stage: str, deployed: bool) -> None:
    from shared.wiring import open_pins

    async with database_settings(stage, deployed) as settings, open_pins(settings) as pins:
        await pins.put(tenant_id, hashed_pin)


async def _removed(tenant_id: str, stage: str, deployed: bool) -> bool:
    from shared.wiring import open_pins

    async with database_settings(stage, deployed) as settings, open_pins(settings) as pins:
        return await pins.remove(tenant_id)


def _tell(tenant_id: str, changed: bool, json: bool, done: str) -> None:
    if json:
        typer.echo(orjson.dumps({"tenant_id": tenant_id, "changed": changed}))
    else:
        Console().print(f"the PIN {done}", highlight=False)
