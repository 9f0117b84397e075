"""`pickup number`: binds a number to a stage, and releases it."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from shared.errors import InputError

app = typer.Typer(
    help="Say where a number rings. Example:  pickup number bind +12265550123 --stage preview-demo --tenant 0000…0001",
    no_args_is_help=True,
)

_Number = Annotated[str, typer.Argument(help="The number, in any usual writing.")]
_Stage = Annotated[str, typer.Option(help="local, production or preview-<slug>.")]


@app.command()
def bind(
    number: _Number,
    stage: _Stage,
    tenant: Annotated[str, typer.Option(help="The id of the business that answers.")],
    template: Annotated[str, typer.Option(help="The conversation's template.")] = "church",
) -> None:
    """Let a number ring in a stage, for a business. One that rings elsewhere is refused: release it there first.

    A stage that runs takes it up when it is started again.

    Example:  pickup number bind +12065550105 --stage production --tenant 00000000-0000-4000-a000-000000000002
    """
    did = _did(number, stage)
    asyncio.run(_bind(did, stage, tenant, template))
    Console().print(f"{did} rings in {stage}", highlight=False)


@app.command()
def release(number: _Number, stage: _Stage) -> None:
    """Let a number ring no more in a stage; does nothing where it doesn't ring.

    Example:  pickup number release +12065550105 --stage production
    """
    did = _did(number, stage)
    rang = asyncio.run(_release(did, stage))
    Console().print(f"{did} {'rings no more' if rang else 'did not ring'} in {stage}", highlight=False)


def _did(number: str, stage: str) -> str:
    """The number in E.164. Raises InputError for an invalid number or stage."""
    from local_deploy.stage import checked_stage
    from shared.domain.telephony.numbers import e164

    checked_stage(stage)
    did = e164(number)
    if did is None:
        raise InputError(f"{number!r} isn't a telephone number: give it like +12065550105")
    return did


async def _bind(did: str, stage: str, tenant: str, template: str) -> None:
    from lab.stack.operator import bind_number
    from local_deploy.local import ground

    async with ground(providers=False) as here:
        await bind_number(here.stack.postgres_url, did, stage, tenant, template)


async def _release(did: str, stage: str) -> bool:
    from lab.stack.operator import release_number
    from local_deploy.local import ground

    async with ground(providers=False) as here:
        return await release_number(here.stack.postgres_url, did, stage)
