"""`pickup knowledge`: the documents that a tenant's agent may answer from."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.stage import Deployed, Stage, database_settings
from cli.webhook import tenant_id_of
from shared.errors import InputError

if TYPE_CHECKING:
    from shared.domain.knowledge import Document
    from shared.ports import Knowledge

T = TypeVar("T")

app = typer.Typer(
    help="Give a tenant's agent documents to answer from. Example:  pickup knowledge add faq.md --tenant TENANT",
    no_args_is_help=True,
)

_Tenant = Annotated[str, typer.Option(help="The tenant's id.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
_INDENT = orjson.OPT_INDENT_2


@app.command()
def add(
    path: Annotated[
        Path, typer.Argument(help="A file, or a folder of files: .txt, .md, and questions in .yaml or .csv.")
    ],
    tenant: _Tenant,
    stage: Stage = "local",
    deployed: Deployed = False,
    json: _Json = False,
) -> None:
    """Add a file, or all files of a folder, to what a tenant's agent may answer from.

    A file of the same name is replaced; one whose text is there already changes nothing. Exit code 1 where a file of
    the folder can't be used; the others are added.

    Example:  pickup knowledge add handbook/ --tenant 00000000-0000-4000-a000-000000000001
    """
    from shared.knowledge_files import files_in, read_document

    tenant_id, documents, refused = tenant_id_of(tenant), list["Document"](), dict[str, str]()
    for file, name in files_in(path):
        try:
            documents.append(read_document(file, name))
        except InputError as error:
            if path.is_file():
                raise
            refused[name] = str(error)

    async def put(knowledge: "Knowledge") -> list[dict[str, Any]]:
        return [
            {"file": each.name, "title": each.title} | asdict(await knowledge.put(tenant_id, each))
            for each in documents
        ]

    added = _on(stage, deployed, put)
    if json:
        typer.echo(orjson.dumps({"tenant_id": tenant_id, "documents": added, "refused": refused}, option=_INDENT))
    else:
        console = Console()
        for each in added:
            console.print(_outcome(each), highlight=False, soft_wrap=True)
        for complaint in refused.values():
            console.print(f"[red]left out[/red]: {escape(complaint)}", highlight=False, soft_wrap=True)
    if refused:
        raise typer.Exit(1)


@app.command("list")
def list_(tenant: _Tenant, stage: Stage = "local", deployed: Deployed = False, json: _Json = False) -> None:
    """List a tenant's documents.

    Example:  pickup knowledge list --tenant 00000000-0000-4000-a000-000000000001
    """
    tenant_id = tenant_id_of(tenant)
    documents = _on(stage, deployed, lambda knowledge: knowledge.documents(tenant_id))
    if json:
        typer.echo(orjson.dumps([asdict(each) for each in documents], option=_INDENT))
        return
    table = Table("document", "title", box=None)
    for column in ("passages", "characters"):
        table.add_column(column, justify="right")
    table.add_column("added")
    for each in documents:
        figures = (str(each.passages), str(each.characters), f"{each.added_at:%Y-%m-%d %H:%M}")
        table.add_row(escape(each.name), escape(each.title), *figures)
    Console().print(table)


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="The document, as `pickup knowledge list` names it.")],
    tenant: _Tenant,
    stage: Stage = "local",
    deployed: Deployed = False,
    json: _Json = False,
) -> None:
    """Remove a document: the tenant's agent no longer answers from it.

    Example:  pickup knowledge remove faq.md --tenant 00000000-0000-4000-a000-000000000001
    """
    tenant_id = tenant_id_of(tenant)
    if not _on(stage, deployed, lambda knowledge: knowledge.remove(tenant_id, name)):
        raise InputError(f"{tenant_id} has no document {name!r}: `pickup knowledge list` shows what it has")
    typer.echo(orjson.dumps({"tenant_id": tenant_id, "removed": name}) if json else f"{name} is removed")


@app.command()
def find(
    words: Annotated[str, typer.Argument(help="A question, as a caller would ask it.")],
    tenant: _Tenant,
    limit: Annotated[int, typer.Option(min=1, max=20)] = 4,
    stage: Stage = "local",
    deployed: Deployed = False,
    json: _Json = False,
) -> None:
    """Show the passages that an agent finds for a question, the best first.

    Example:  pickup knowledge find "do you have anything for teenagers" --tenant 00000000-0000-4000-a000-000000000001
    """
    tenant_id = tenant_id_of(tenant)

    async def search(knowledge: "Knowledge") -> list[dict[str, Any]]:
        # an unknown tenant is an error, not one without such a passage
        await knowledge.documents(tenant_id)
        return [asdict(each) for each in await knowledge.find(tenant_id, words, limit)]

    found = _on(stage, deployed, search)
    if json:
        typer.echo(orjson.dumps(found, option=_INDENT))
        return
    console = Console()
    for each in found:
        heading = f", {each['heading']}" if each["heading"] else ""
        console.print(f"[bold]{escape(each['title'] + heading)}[/bold] ({escape(each['name'])}, {each['share']:.0%})")
        console.print(escape(each["text"]), highlight=False)
    if not found:
        console.print("nothing: the agent says that it doesn't know, and offers a call back")


def _on(stage: str, deployed: bool, work: "Callable[[Knowledge], Awaitable[T]]") -> T:
    async def run() -> T:
        from shared.wiring import open_knowledge

        async with database_settings(stage, deployed) as settings, open_knowledge(settings) as knowledge:
            return await work(knowledge)

    return asyncio.run(run())


def _outcome(put: dict[str, Any]) -> str:
    name, passages = escape(put["file"]), f"{put['passages']} passages"
    if put["added"]:
        return f"{name}: {'replaced' if put['replaced'] else 'added'}, {passages}"
    return f"{name}: there already" + ("" if put["name"] == put["file"] else f", as {escape(put['name'])}")
