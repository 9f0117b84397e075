"""`pickup heal`: has a worker restarted by the stage's own watchdog, and waits until that is proven."""

import asyncio
import getpass
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console

from cli.stage import Deployed, Stage, stage_services
from shared.errors import InputError

if TYPE_CHECKING:
    from shared.domain.worker_events import WorkerEvent
    from shared.services import Services

WAIT_SECONDS = 200.0
"""Longer than the longest rung is bounded."""
_LOOK_SECONDS = 0.5


def heal(
    worker: Annotated[str, typer.Option(help="The worker's id, as `pickup status` shows it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    stage: Stage = "local",
    deployed: Deployed = False,
    by: Annotated[str | None, typer.Option(help="Who asks for it, which is kept; without it, you.")] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Have a worker replaced, well or not: one whose calls go on ends after them. Exit 0 once a new one is ready.

    Example:  pickup heal --worker 4f2a91b0 --dry-run   |   pickup heal --worker 4f2a91b0 --by ann
    """
    found = asyncio.run(_heal(stage, deployed, worker, by or getpass.getuser(), dry_run))
    if json:
        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    else:
        Console(highlight=False).print(found["says"], style=None if found["ok"] else "red")
    if not found["ok"]:
        raise typer.Exit(1)


async def _heal(stage: str, deployed: bool, worker_id: str, by: str, dry_run: bool) -> dict[str, Any]:
    from shared.domain.heal import HealRequest

    async with stage_services(stage, deployed) as services:
        known = await services.stage_health.known()
        if not any(each.worker_id == worker_id and not each.stopped for each in known.stage.workers):
            raise InputError(f"no worker {worker_id} in {stage}: `pickup status --stage {stage}` shows those there are")
        request = HealRequest(uuid.uuid4().hex, worker_id, by)
        if dry_run:
            return await _planned(services, request)
        return await _ordered(services, request)


async def _planned(services: "Services", request: Any) -> dict[str, Any]:
    from background.heal import Unseen, WorkerHealer

    step = await WorkerHealer(services, Unseen()).planned(request)
    says = f"would do: {type(step).__name__.lower()} {', '.join(f'{k}={v}' for k, v in vars(step).items() if v)}"
    return {"ok": True, "dry_run": True, "step": type(step).__name__, "says": says, **vars(step)}


async def _ordered(services: "Services", request: Any) -> dict[str, Any]:
    from shared.domain.worker_events import HEAL, HEAL_REQUESTED, WorkerEvent

    order = WorkerEvent(
        request.request_id, HEAL_REQUESTED, datetime.now(UTC), request.worker_id, None, {"by": request.by}
    )
    await services.worker_events.note(order)
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        for event in await services.worker_events.find(HEAL, 600.0):
            if event.fields.get("request") == request.request_id and (result := _ended(event)) is not None:
                return result
        await asyncio.sleep(_LOOK_SECONDS)
    return {"ok": False, "says": f"nothing healed {request.worker_id} within {WAIT_SECONDS:g} s: is a watchdog there?"}


def _ended(event: "WorkerEvent") -> dict[str, Any] | None:
    fields = dict(event.fields)
    if event.name.endswith(".success"):
        new, seconds = fields.get("new_worker_id"), fields.get("seconds")
        return {"ok": True, "says": f"{event.worker_id} is replaced by {new}, ready after {seconds} s", **fields}
    if event.name.endswith(".failed"):
        return {"ok": False, "says": f"not healed: {fields.get('problem')}", **fields}
    return None
