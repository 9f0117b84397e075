"""`pickup tenant webhook`: says where a tenant is told of its calls, and replaces the secret that signs."""

import asyncio
import base64
import secrets
import uuid
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

import orjson
import typer
from rich.console import Console

from cli.deliveries import outbox
from cli.stage import Deployed, Stage
from shared.errors import InputError

app = typer.Typer(
    help="Say where a tenant is told of its calls. Example:  pickup tenant webhook set TENANT https://shop.example/hook",
    no_args_is_help=True,
)

_Tenant = Annotated[str, typer.Argument(help="The tenant's id.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.command("set")
def set_(
    tenant: _Tenant,
    url: Annotated[str, typer.Argument(help="Where to post: https://…; http:// in stage local alone.")],
    transcript: Annotated[bool, typer.Option("--transcript", help="Send what was said, too.")] = False,
    stage: Stage = "local",
    deployed: Deployed = False,
    json: _Json = False,
) -> None:
    """Tell a tenant's server of each call from now on. A new webhook's secret is printed, this once; one that is
    there gets the new address, keeps its secret, and is enabled again.

    Example:  pickup tenant webhook set 00000000-0000-4000-a000-000000000001 http://127.0.0.1:8080/hook --transcript
    """
    tenant_id, secret = tenant_id_of(tenant), new_secret()
    address = urlsplit(url)
    allowed = ("https", "http") if stage == "local" else ("https",)
    if address.scheme not in allowed or not address.hostname or any(c.isspace() for c in url):
        raise InputError(f"{url!r} isn't an address of a webhook in {stage}: give it like https://shop.example/hook")

    async def put() -> bool:
        async with outbox(stage, deployed) as box:
            return await box.webhooks.set(tenant_id, url, secret, with_transcript=transcript)

    made = asyncio.run(put())
    if json:
        typer.echo(orjson.dumps({"tenant_id": tenant_id, "url": url, "secret": secret if made else None}))
        return
    console = Console()
    console.print(f"{tenant_id} is told of its calls at {url}", highlight=False)
    console.print(f"it verifies by {secret}" if made else "its secret stays", highlight=False, soft_wrap=True)


@app.command()
def rotate(
    tenant: _Tenant,
    overlap: Annotated[float, typer.Option(min=0, max=720, help="Hours in which the old secret signs too.")] = 24.0,
    stage: Stage = "local",
    deployed: Deployed = False,
    json: _Json = False,
) -> None:
    """Replace the secret of a tenant's webhook. Both sign until the overlap is over; the new one is printed, this once.

    Example:  pickup tenant webhook rotate 00000000-0000-4000-a000-000000000001 --overlap 48
    """
    tenant_id, secret = tenant_id_of(tenant), new_secret()
    until = datetime.now(UTC) + timedelta(hours=overlap)

    async def turn() -> bool:
        async with outbox(stage, deployed) as box:
            return await box.webhooks.rotate(tenant_id, secret, until)

    if not asyncio.run(turn()):
        raise InputError(f"{tenant_id} has no webhook in {stage}: `pickup tenant webhook set` makes one")
    if json:
        typer.echo(orjson.dumps({"tenant_id": tenant_id, "secret": secret, "previous_until": until}))
        return
    console = Console()
    console.print(f"it verifies by {secret}", highlight=False, soft_wrap=True)
    console.print(f"the old secret signs too until {until:%Y-%m-%d %H:%M} UTC", highlight=False)


@app.command()
def remove(tenant: _Tenant, stage: Stage = "local", deployed: Deployed = False) -> None:
    """Tell a tenant of nothing any more. What waits for its webhook goes, too.

    Example:  pickup tenant webhook remove 00000000-0000-4000-a000-000000000001
    """
    tenant_id = tenant_id_of(tenant)

    async def drop() -> bool:
        async with outbox(stage, deployed) as box:
            return await box.webhooks.remove(tenant_id)

    if not asyncio.run(drop()):
        raise InputError(f"{tenant_id} has no webhook in {stage}")
    Console().print(f"{tenant_id} has no webhook any more", highlight=False)


def new_secret() -> str:
    """As standard-webhooks wants it: 32 random bytes, in base64 behind `whsec_`."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def tenant_id_of(tenant: str) -> str:
    """Raises `InputError` for what is no tenant's id."""
    try:
        return str(uuid.UUID(tenant))
    except ValueError:
        raise InputError(f"a tenant's id is a UUID: {tenant}") from None
