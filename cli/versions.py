"""`pickup template publish`, `rollback`, `withdraw`, `versions`, `stats`: which version serves which calls."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import orjson
import typer
from rich.console import Console
from rich.table import Table

from cli.stage import Deployed, Stage, database_settings
from cli.template import refuse_faults
from shared.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from shared.domain.rollout import Rollout, TemplateHistory, VersionRecord
    from shared.ports import Templates

T = TypeVar("T")

_Name = Annotated[str, typer.Argument(help="The template.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
_Days = Annotated[int | None, typer.Option(min=1, help="Count the calls of so many days; without it, all.")]


def publish(
    name: _Name,
    file: Annotated[Path | None, typer.Argument(help="The new version's file; without it, --version.")] = None,
    version: Annotated[
        int | None, typer.Option(min=1, help="A version that is stored; without it, the newest.")
    ] = None,
    share: Annotated[int, typer.Option(min=0, max=100, help="Percent of the callers; 0 only stores the file.")] = 100,
    stage: Stage = "local",
    deployed: Deployed = False,
    json: _Json = False,
) -> None:
    """Publish a version of a template to a share of the callers. The same caller gets the same version each time.

    A call keeps the version that it began with. A file that `pickup template check` finds fault with is refused.

    Example:  pickup template publish church church.yaml --share 20   |   pickup template publish church --share 100
    """
    body = _body(name, file) if file else None
    if body is None and share == 0:
        raise InputError("give a file to store, or a share of 1 to 100")
    if body is not None and version is not None:
        raise InputError("a file is a version of its own: leave out --version")

    async def store(templates: "Templates") -> "tuple[int, Rollout | None]":
        if body is not None:
            wanted = await templates.put(name, body)
        else:
            wanted = version or _newest(name, await templates.history(name))
            await _refuse_unusable(name, wanted, templates)
        if share == 0:
            return wanted, await templates.rollout(name)
        return wanted, await templates.publish(name, wanted, share, uuid.uuid4().hex)

    wanted, rollout = _on(stage, deployed, store)
    _tell(name, rollout, json, version=wanted)


def rollback(name: _Name, stage: Stage = "local", deployed: Deployed = False, json: _Json = False) -> None:
    """End the trial of a version; without a trial, go back to what served all callers before.

    Running calls keep the version that they began with.

    Example:  pickup template rollback church --stage production --deployed
    """
    rollout = _on(stage, deployed, lambda templates: templates.roll_back(name, uuid.uuid4().hex))
    _tell(name, rollout, json)


def withdraw(name: _Name, stage: Stage = "local", deployed: Deployed = False, json: _Json = False) -> None:
    """Let a template answer no call. Publishing it, or a rollback, brings it back.

    One that answers a number, or that an active template hands calls to, is refused by naming those.

    Example:  pickup template withdraw church --stage production --deployed
    """
    from agent.businesses.business import shipped_routing

    shipped, key = shipped_routing(), uuid.uuid4().hex
    rollout = _on(stage, deployed, lambda templates: templates.withdraw(name, key, shipped))
    _tell(name, rollout, json)


def versions(name: _Name, stage: Stage = "local", deployed: Deployed = False, json: _Json = False) -> None:
    """List a template's versions, and which callers of a stage get which.

    Example:  pickup template versions church   |   pickup template versions church --json
    """
    history = _on(stage, deployed, lambda templates: templates.history(name))
    serves = _serves(history.rollout)
    if json:
        rows = [
            {"version": each.version, "created_at": each.created_at, "serves_percent": serves.get(each.version, 0)}
            | {"calls": each.calls}
            for each in history.versions
        ]
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return
    table = Table("version", "stored", box=None, title=f"{name} in {stage}", title_justify="left", title_style="bold")
    for column in ("serves", "calls"):
        table.add_column(column, justify="right")
    for each in history.versions:
        percent = f"{serves[each.version]} %" if each.version in serves else "—"
        table.add_row(each.version, _day(each.created_at), percent, str(each.calls))
    Console().print(table)


def stats(
    name: _Name, days: _Days = None, stage: Stage = "local", deployed: Deployed = False, json: _Json = False
) -> None:
    """Compare what became of the calls of each version: outcomes side by side, as counts and shares.

    Only calls that have ended count, and no synthetic ones.

    Example:  pickup template stats church --days 7   |   pickup template stats church --json
    """
    since = datetime.now(UTC) - timedelta(days=days) if days else None
    history = _on(stage, deployed, lambda templates: templates.history(name, since))
    if json:
        plain = {"template": name, "stage": stage, "rollout": history.rollout and asdict(history.rollout)}
        typer.echo(orjson.dumps(plain | {"versions": [_plain(each) for each in history.versions]}, option=_INDENT))
        return
    _print_stats(
        name, stage, [each for each in history.versions if each.calls or each.version in _serves(history.rollout)]
    )


_INDENT = orjson.OPT_INDENT_2


def _body(name: str, file: Path) -> dict[str, Any]:
    """The file as a version's body. Prints its faults and exits where it has any."""
    template = refuse_faults(file, name)
    return template.model_dump(mode="json", exclude_unset=True)


def _newest(name: str, history: "TemplateHistory") -> int:
    stored = [int(each.version) for each in history.versions if each.version.isdecimal()]
    if not stored:
        raise InputError(f"no version of {name} is stored: pickup template publish {name} FILE")
    return max(stored)


async def _refuse_unusable(name: str, version: int, templates: "Templates") -> None:
    """Raises `TemplateError` for a version that this release can't use."""
    from agent.businesses.business import business_of
    from agent.businesses.versions import read_version

    await read_version(business_of(name), version, templates)


def _on(stage: str, deployed: bool, work: "Callable[[Templates], Awaitable[T]]") -> T:
    async def run() -> T:
        async with _templates(stage, deployed) as templates:
            return await work(templates)

    return asyncio.run(run())


@asynccontextmanager
async def _templates(stage: str, deployed: bool) -> "AsyncGenerator[Templates]":
    from shared.wiring import open_templates

    async with database_settings(stage, deployed) as settings, open_templates(settings) as templates:
        yield templates


def _serves(rollout: "Rollout | None") -> dict[str, int]:
    """Percent of the callers, by the version's label."""
    from shared.domain.rollout import SHIPPED, label

    if rollout is None:
        return {SHIPPED: 100}
    if rollout.withdrawn:
        return {}
    if rollout.trial is None:
        return {label(rollout.stable): 100}
    share = rollout.share or 0
    return {str(rollout.trial): share, label(rollout.stable): 100 - share}


def _tell(name: str, rollout: "Rollout | None", json: bool, version: int | None = None) -> None:
    serves = _serves(rollout)
    if json:
        stored = {} if version is None else {"version": version}
        typer.echo(orjson.dumps({"template": name, **stored, "serves_percent": serves}, option=_INDENT))
        return
    shares = ", ".join(f"{_named(each)} serves {percent} % of the callers" for each, percent in serves.items())
    shares = shares or "it is withdrawn, and answers no call"
    stored = f"version {version} is stored; " if version is not None and str(version) not in serves else ""
    Console().print(f"{name}: {stored}{shares}", highlight=False, soft_wrap=True)


def _named(label: str) -> str:
    return f"version {label}" if label.isdecimal() else "the shipped version"


def _plain(each: "VersionRecord") -> dict[str, Any]:
    return asdict(each) | {"cost_usd": None if each.cost_usd is None else str(each.cost_usd)}


def _print_stats(name: str, stage: str, records: "list[VersionRecord]") -> None:
    table = Table(box=None, title=f"{name} in {stage}, by version", title_justify="left", title_style="bold")
    table.add_column("")
    for each in records:
        table.add_column(each.version, justify="right")
    all_calls = sum(each.calls for each in records)
    table.add_row("calls", *(_share(each.calls, all_calls) for each in records))
    table.add_row("answered", *(_share(each.answered, each.calls) for each in records))
    for outcome in sorted({outcome for each in records for outcome in each.outcomes}):
        table.add_row(outcome, *(_share(each.outcomes.get(outcome, 0), each.calls) for each in records))
    table.add_row("median seconds", *(_figure(each.median_seconds, "{:.0f}") for each in records))
    table.add_row("cost a call, USD", *(_cost(each) for each in records))
    Console().print(table)


def _share(count: int, of: int) -> str:
    return f"{count} ({100 * count / of:.0f} %)" if of else "—"


def _figure(value: float | None, shape: str) -> str:
    return "—" if value is None else shape.format(value)


def _cost(each: "VersionRecord") -> str:
    return "—" if each.cost_usd is None or not each.calls else f"{each.cost_usd / each.calls:.4f}"


def _day(at: datetime | None) -> str:
    return "with the release" if at is None else f"{at:%Y-%m-%d %H:%M}"


COMMANDS: Iterable[Callable[..., None]] = (publish, rollback, withdraw, versions, stats)
