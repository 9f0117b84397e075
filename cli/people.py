"""`pickup tenant people`: says whom a tenant's callers may be put through to."""

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from cli.stage import Deployed, Stage, database_settings
from cli.webhook import tenant_id_of
from shared.errors import InputError

if TYPE_CHECKING:
    from shared.domain.people import Person

app = typer.Typer(
    help="Say whom callers may be put through to. Example:  pickup tenant people list TENANT", no_args_is_help=True
)

_Tenant = Annotated[str, typer.Argument(help="The tenant's id.")]
_Name = Annotated[str, typer.Argument(help="As callers name the person: Maria Lopez, or the office.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.command()
def add(
    tenant: _Tenant,
    name: _Name,
    number: Annotated[str, typer.Argument(help="In E.164, or an extension of 2 to 6 digits.")],
    queue: Annotated[str | None, typer.Option(help="People of one queue stand in for each other.")] = None,
    place: Annotated[int, typer.Option(min=1, max=1000, help="In the queue: the lowest is called first.")] = 1,
    hours: Annotated[
        str | None, typer.Option(help='When, as JSON: {"mon": [["09:00", "17:00"]]}; else in the opening hours.')
    ] = None,
    cold: Annotated[bool, typer.Option("--cold", help="Hand the caller over without asking the person.")] = False,
    stage: Stage = "local",
    deployed: Deployed = False,
    json: _Json = False,
) -> None:
    """Let a tenant's callers be put through to a person; one of the same name is replaced.

    Example:  pickup tenant people add 00000000-0000-4000-a000-000000000001 "Maria Lopez" +12065550188 --queue office
    """
    person, tenant_id = _person(name, number, queue, place, hours, cold), tenant_id_of(tenant)

    async def put() -> bool:
        from shared.wiring import open_people

        async with database_settings(stage, deployed) as settings, open_people(settings) as people:
            return await people.put(tenant_id, person)

    made = asyncio.run(put())
    if json:
        typer.echo(orjson.dumps({"tenant_id": tenant_id, "made": made} | asdict(person)))
        return
    Console().print(f"callers may be put through to {name} at {person.number}", highlight=False)


@app.command("list")
def list_(tenant: _Tenant, stage: Stage = "local", deployed: Deployed = False, json: _Json = False) -> None:
    """List a tenant's people in the order in which they are called.

    Example:  pickup tenant people list 00000000-0000-4000-a000-000000000001 --json
    """
    tenant_id = tenant_id_of(tenant)

    async def read() -> "tuple[Person, ...]":
        from shared.wiring import open_directory

        async with database_settings(stage, deployed) as settings, open_directory(settings) as directory:
            found = await directory.tenant(tenant_id)
        if found is None:
            raise InputError(f"there is no tenant {tenant_id} in {stage}")
        return found.people

    listed = asyncio.run(read())
    if json:
        typer.echo(orjson.dumps([asdict(each) for each in listed], option=orjson.OPT_INDENT_2))
        return
    table = Table("name", "number", "queue", "place", "hours", "transfer", box=None)
    for each in listed:
        hours = "the tenant's" if each.hours is None else orjson.dumps(each.hours).decode()
        kind = "cold" if each.cold else "warm"
        table.add_row(each.name, each.number, each.queue or "—", str(each.place), hours, kind)
    Console().print(table)


@app.command()
def remove(
    tenant: _Tenant, name: _Name, stage: Stage = "local", deployed: Deployed = False, json: _Json = False
) -> None:
    """No longer put callers through to a person.

    Example:  pickup tenant people remove 00000000-0000-4000-a000-000000000001 "Maria Lopez"
    """
    tenant_id = tenant_id_of(tenant)

    async def take_out() -> bool:
        from shared.wiring import open_people

        async with database_settings(stage, deployed) as settings, open_people(settings) as people:
            return await people.remove(tenant_id, name)

    if not asyncio.run(take_out()):
        raise InputError(f"{tenant_id} has nobody named {name!r} in {stage}: `pickup tenant people list` shows them")
    typer.echo(orjson.dumps({"tenant_id": tenant_id, "removed": name}) if json else f"{name} is removed")


def _person(name: str, number: str, queue: str | None, place: int, hours: str | None, cold: bool) -> "Person":
    from shared.domain.opening_hours import complaints
    from shared.domain.people import Person, is_extension
    from shared.domain.telephony.numbers import e164

    dialled = number if is_extension(number) else e164(number)
    if dialled is None or not name.strip():
        raise InputError(f"{number!r} can't be called: give a number like +12065550188, or an extension like 204")
    if cold and is_extension(number):
        raise InputError("a cold transfer needs a whole number: the carrier doesn't know the tenant's extensions")
    when: Any = None
    if hours is not None:
        try:
            when = orjson.loads(hours)
        except orjson.JSONDecodeError as error:
            raise InputError(f"--hours isn't JSON: {error}") from error
        if wrong := next(iter(complaints(when)), None):
            raise InputError(f"--hours: {' '.join(part for part in wrong if part)}")
    return Person(name.strip(), dialled, queue, place, when, cold)
