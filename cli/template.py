"""`pickup template`: checks a template's file, and shows its nodes and the size of their prompts."""

import asyncio
import uuid
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from cli.stage import Deployed, Stage, grants
from cli.webhook import tenant_id_of
from shared.errors import InputError

if TYPE_CHECKING:
    from agent.businesses.template_file import Fault
    from shared.domain.setup import Granted
    from shared.domain.template import Template
    from shared.domain.tenant import Tenant

app = typer.Typer(help="Look after templates. Example:  pickup template show church", no_args_is_help=True)

CHARACTERS_A_TOKEN = 4.15
"""Of English prompts in OpenAI's o200k_base, measured with the church's (4.14 to 4.21); no vocabulary is installed."""


@app.callback()
def template() -> None:
    """Look after templates. Example:  pickup template show church"""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The template's file.")],
    tenant: Annotated[str | None, typer.Option(help="Check this tenant's hosts and secrets for its functions.")] = None,
    stage: Stage = "local",
    deployed: Deployed = False,
    json: Annotated[bool, typer.Option("--json", help="As a JSON list, a fault each.")] = False,
) -> None:
    """Check a template's file: the line, the path in the file, what is wrong and how to mend it.

    Exit code 1 where anything is wrong.

    Example:  pickup template check agent/businesses/church/template.yaml   |   pickup template check FILE --tenant ID
    """
    template, faults = _checked(file, asyncio.run(_granted(tenant, stage, deployed)) if tenant else None)
    if json:
        typer.echo(orjson.dumps([asdict(each) for each in faults], option=orjson.OPT_INDENT_2))
    elif faults:
        _print_faults(file, faults)
    else:
        assert template is not None
        Console().print(f"{file}: the template {template.name} is whole", style="green", highlight=False)
    if faults:
        raise typer.Exit(1)


@app.command()
def schema() -> None:
    """Print the JSON Schema of templates, by which editors complete and check a file while it is written.

    Example:  pickup template schema > template.schema.json
    """
    from cli.template_schema import template_schema

    typer.echo(orjson.dumps(template_schema(), option=orjson.OPT_INDENT_2))


@app.command()
def show(
    name: Annotated[str | None, typer.Argument(help="The template; without it, all.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Fill in the facts of the tenant with this id.")] = None,
    prompt: Annotated[str | None, typer.Option(help="Print this node's system prompt instead of the table.")] = None,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print the graph of the nodes, for Mermaid.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As a JSON list, a template each.")] = False,
) -> None:
    """Show a template's nodes with their tools, their moves and about how many tokens each system prompt has.

    Without --tenant the prompts have the names of the facts in braces. The schemas of a node's tools come on top.

    Example:  pickup template show   |   pickup template show church --mermaid   |   pickup template show --json
    """
    from agent.businesses.business import business_names, business_of

    templates = [business_of(each).template for each in ([name] if name else business_names())]
    facts_of = asyncio.run(_tenant(tenant)) if tenant else None
    if prompt:
        _print_prompt(templates, prompt, facts_of)
        return
    if mermaid:
        for each in templates:
            typer.echo(graph(each))
        return
    described = [_described(each, facts_of) for each in templates]
    if json:
        typer.echo(orjson.dumps(described, option=orjson.OPT_INDENT_2))
        return
    for each in described:
        _print_table(each)


def graph(template: "Template") -> str:
    """The nodes and the moves between them as a Mermaid flowchart; a move is named by the intents that lead to it."""
    from shared.domain.template import ROUTE

    lines = ["flowchart TD", f"  caller([call]) --> {template.start}"]
    for name, node in template.nodes.items():
        tools = "".join(f"<br/>{tool}" for tool in node.tools)
        lines.append(f'  {name}["<b>{name}</b>{tools}"]')
        moves: dict[str, list[str]] = {}
        for intent in node.intents:
            if intent.go:
                moves.setdefault(intent.go, []).append(intent.name)
        for goal, why in moves.items():
            there = f'{goal.replace("/", "__")}(["{goal}"])' if "/" in goal else goal
            lines.append(f'  {name} -- "{", ".join(why)}" --> {there}')
        if ROUTE in node.tools:
            lines += [f'  {name} -- "{ROUTE}" --> {each.template}__(["{each.template}"])' for each in template.targets]
    if template.care is not None:
        lines.append(f"  danger([danger]) -.-> {template.care}")
    return "\n".join(lines)


def refuse_faults(file: Path, name: str) -> "Template":
    """The file's template. Prints its faults and exits with 1 where it has any, or isn't of this name."""
    template, faults = _checked(file)
    if template is not None and template.name != name:
        raise InputError(f"{file} holds the template {template.name}, not {name}")
    if faults or template is None:
        _print_faults(file, faults)
        raise typer.Exit(1)
    return template


async def _granted(tenant: str, stage: str, deployed: bool) -> "tuple[str, Granted]":
    from shared.calls.setups import granted_to

    tenant_id = tenant_id_of(tenant)
    async with grants(stage, deployed) as granted:
        return tenant_id, await granted_to(tenant_id, granted)


def _checked(file: Path, granted: "tuple[str, Granted] | None" = None) -> "tuple[Template | None, tuple[Fault, ...]]":
    """`granted`: to a tenant that the template is for. Raises InputError for a file that can't be read."""
    from agent.businesses.template_file import check_template
    from shared.domain.setup import ungranted

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} can't be read: {error}") from error
    if granted is None:
        return check_template(text, tools_of, nodes_of)
    return check_template(text, tools_of, nodes_of, lambda template: ungranted(granted[0], template, granted[1]))


def tools_of(name: str) -> frozenset[str]:
    """The tools that a template of this name may use. Raises `TemplateError` where no business has it."""
    from agent.businesses.business import business_of

    return business_of(name).tool_names


def nodes_of(name: str) -> frozenset[str]:
    """The nodes of the shipped template of this name. Raises `TemplateError` where no business has it."""
    from agent.businesses.business import business_of

    return frozenset(business_of(name).template.nodes)


def _print_faults(file: Path, faults: "tuple[Fault, ...]") -> None:
    console = Console(stderr=True)
    for each in faults:
        console.print(f"[bold]{file}:{each.line}[/] {each.path}", highlight=False, soft_wrap=True)
        console.print(f"  {each.what}", highlight=False, markup=False, soft_wrap=True)
        console.print(f"  mend: {each.remedy}", highlight=False, markup=False, soft_wrap=True, style="green")


def about_tokens(text: str) -> int:
    """How many tokens a language model counts, within some 3 % for English prompts."""
    return round(len(text) / CHARACTERS_A_TOKEN)


async def _tenant(tenant_id: str) -> "Tenant":
    """The tenant. Raises InputError when the embedded stack has none with this id."""
    from local_deploy.local import local

    unknown = InputError(f"no tenant {tenant_id!r}: `pickup route NUMBER` shows the id of a number's tenant")
    try:
        uuid.UUID(tenant_id)
    except ValueError:
        raise unknown from None
    async with local(providers=False) as here:
        found = await here.services.directory.tenant(tenant_id)
    if found is None:
        raise unknown
    return found


def _prompts(template: "Template", tenant: "Tenant | None") -> dict[str, str]:
    """The system prompt of each node; without a tenant a fact is its own name in braces."""
    from agent.conversation.prompt import system_prompt
    from shared.domain.template import fields, texts
    from shared.domain.tenant import Tenant
    from shared.domain.variables import named, with_texts

    template = with_texts(template, named)
    if tenant is None:
        facts = {field for _, text in texts(template) for field in fields(text)} - {"name", "phone"}
        tenant = Tenant("", "{name}", "UTC", facts={field: f"{{{field}}}" for field in facts})
    return {name: system_prompt(template, name, tenant, datetime.now(UTC)) for name in template.nodes}


def _described(template: "Template", tenant: "Tenant | None") -> dict[str, Any]:
    from agent.conversation.prompt import HOUSE_RULES

    prompts = _prompts(template, tenant)
    nodes = {
        name: {
            "tools": list(node.tools),
            "moves": list(dict.fromkeys(intent.go for intent in node.intents if intent.go)),
            "intents": len(node.intents),
            "prompt_characters": len(prompts[name]),
            "prompt_tokens": about_tokens(prompts[name]),
        }
        for name, node in template.nodes.items()
    }
    return {
        "template": template.name,
        "start": template.start,
        "tenant": tenant.name if tenant else None,
        "nodes": nodes,
        "prompt_tokens": sum(node["prompt_tokens"] for node in nodes.values()),
        "house_rules_tokens": about_tokens(HOUSE_RULES),
    }


def _print_table(described: dict[str, Any]) -> None:
    title = f"{described['template']}, starts in {described['start']}"
    table = Table(box=None, title=title, title_justify="left", title_style="bold")
    for column in ("node", "tools", "moves to"):
        table.add_column(column, no_wrap=True)
    for column in ("intents", "tokens, about"):
        table.add_column(column, justify="right")
    for name, node in described["nodes"].items():
        tools, moves = ("\n".join(node[key]) or "—" for key in ("tools", "moves"))
        table.add_row(f"[bold]{name}", tools, moves, str(node["intents"]), str(node["prompt_tokens"]))
    table.add_row("all nodes", "", "", "", str(described["prompt_tokens"]), style="dim")
    table.add_row("house rules, in each", "", "", "", str(described["house_rules_tokens"]), style="dim")
    Console().print(table)
    Console().print(f"with the facts of {described['tenant']}" if described["tenant"] else "without a tenant's facts")


def _print_prompt(templates: "list[Template]", node: str, tenant: "Tenant | None") -> None:
    """Raises InputError when none of the templates has the node."""
    found = [template for template in templates if node in template.nodes]
    if not found:
        known = sorted({name for template in templates for name in template.nodes})
        raise InputError(f"no node {node!r}: there are {', '.join(known)}")
    for template in found:
        typer.echo(_prompts(template, tenant)[node])
