"""`pickup number`: binds a number to a stage, and releases it."""

import asyncio
import uuid
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from shared.domain.tenant import Access, Unattested, Unlisted
from shared.errors import InputError

if TYPE_CHECKING:
    from shared.domain.setup import NumberSetup

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
    forward: Annotated[str | None, typer.Option(help="Whom a caller reaches whom no agent answers.")] = None,
    allow: Annotated[list[str] | None, typer.Option(help="A caller who may call; without any, everybody.")] = None,
    access: Annotated[
        Access | None, typer.Option(help="private: the callers allowed are the owner, others get no private tool.")
    ] = None,
    unlisted: Annotated[
        Unlisted | None, typer.Option(help="A private number's other callers: turned away, or answered as guests.")
    ] = None,
    unattested: Annotated[
        Unattested | None, typer.Option(help="Callers allowed whose number the carrier doesn't vouch for.")
    ] = None,
) -> None:
    """Let a number ring in a stage, for a business. One that rings elsewhere is refused: release it there first.

    A stage that runs takes it up when it is started again. What its calls would suffer from is refused at once.

    Of an access that isn't given, the number keeps what it had.

    Example:  pickup number bind +12065550105 --stage production --tenant 00000000-0000-4000-a000-000000000002
    """
    from shared.domain.setup import NumberSetup

    did = _did(number, stage)
    try:
        uuid.UUID(tenant)
    except ValueError:
        raise InputError(f"a tenant's id is a UUID: {tenant}") from None
    fallback = "announcement" if forward is None else "forward"
    wanted = NumberSetup(
        *(did, stage, "tenant", tenant, template, tuple(allow or ()), fallback, _dialled(forward)),
        access=access or "open",
    )
    asyncio.run(_bind(wanted, access, unlisted, unattested))
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


def _dialled(number: str | None) -> str | None:
    """In E.164 where it can be dialled; else as it was typed, which the check refuses."""
    from shared.domain.telephony.numbers import e164

    return number and (e164(number) or number)


async def _bind(
    wanted: "NumberSetup", access: Access | None, unlisted: Unlisted | None, unattested: Unattested | None
) -> None:
    """Raises InputError with all that is wrong with the number's set-up."""
    from agent.businesses.business import all_templates, shipped_routing
    from agent.businesses.versions import published_versions
    from lab.stack.operator import bind_number
    from local_deploy.local import local
    from shared.calls.setups import Setups

    async with local(providers=False) as here:
        setups = Setups(wanted.stage, here.services.directory)
        versions = await published_versions(here.services.templates)
        if findings := (await setups.check_one(wanted, all_templates(), versions)).findings:
            raise InputError("\n".join(f"{each.where}: {each.what}. Mend: {each.remedy}" for each in findings))
        await bind_number(
            here.stack.postgres_url,
            *(wanted.did, wanted.stage, wanted.tenant_id, wanted.template),
            allowlist=wanted.allowlist,
            forward_to=wanted.forward_to,
            access=access,
            unlisted_callers=unlisted,
            unattested_callers=unattested,
            shipped=shipped_routing(),
        )


async def _release(did: str, stage: str) -> bool:
    from lab.stack.operator import release_number
    from local_deploy.local import ground

    async with ground(providers=False) as here:
        return await release_number(here.stack.postgres_url, did, stage)
