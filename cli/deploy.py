"""`pickup deploy`: starts a new generation of workers beside the running one, and waits until it takes the calls."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import orjson
import typer
from rich.console import Console

from shared.process import interruptible


def deploy(
    stage: Annotated[str, typer.Option(help="A stage of the running `pickup up`.")] = "local",
    release: Annotated[str | None, typer.Option(help="What to call it; without it, the checkout's commit.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Start workers from the sources as they are now, prove them by a synthetic call, and let them take the calls.

    The older workers take no more calls then, and end when theirs have ended. New workers that don't prove themselves
    within ten minutes are given up: the older ones go on, and the exit code is 1. A stage on Modal is deployed with
    `modal deploy app.py`.

    Examples:  pickup deploy   |   pickup deploy --stage preview-blue --release try-2
    """
    from local_deploy.deploying import deploy as deployed
    from shared.config import release as commit

    console = Console(stderr=True)
    with console.status("a new generation starts …") as status:
        done = asyncio.run(interruptible(deployed(stage, release or commit(), status.update)))
    if json:
        typer.echo(orjson.dumps(asdict(done)).decode())
    elif done.took_over:
        console.print(f"[green]release {done.generation.release} takes the calls[/] (after {done.seconds:.1f} s)")
    else:
        console.print(
            f"[bold red]release {done.generation.release} was given up[/]: the older one goes on"
            f" (pickup alerts list --stage {stage} says why)"
        )
    if not done.took_over:
        raise typer.Exit(1)
