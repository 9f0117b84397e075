"""`python -m bench.webhooks`: times the acks of the carrier's webhooks, and counts acks a second on one core."""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from signal import SIGTERM
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from bench.caller import CallFailed
from bench.webhooks.connections import carrier_api
from bench.webhooks.load import Server
from bench.webhooks.report import as_json, show
from bench.webhooks.story import PUBLIC_KEY, stories
from lab.stack.child import Child
from lab.stack.stack import folders, joined_stack
from local_deploy.local import local_settings
from shared.config import as_environment, data_dir
from shared.errors import StackError
from shared.tasks import Tasks

PACE = 100.0
"""Events a second: a dozen calls that begin, and as many that end."""
WARM_UP_CALLS = 25
CONNECTIONS = 32


def bench(
    pace: Annotated[float, typer.Option(min=1, help="Events a second while acks are timed.")] = PACE,
    seconds: Annotated[float, typer.Option(min=1, max=20, help="How long each of the two loads lasts, about.")] = 10.0,
    json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON; progress goes to stderr.")] = False,
) -> None:
    """Measure the acks of the carrier's webhooks on a local database, the server on a core of its own."""
    console = Console(stderr=json)
    try:
        figures = asyncio.run(measure_webhooks(console, pace, seconds))
    except* (CallFailed, StackError) as failed:
        raise SystemExit(f"no figures: {failed.exceptions[0]}") from failed
    if json:
        typer.echo(orjson.dumps(figures, option=orjson.OPT_INDENT_2))


async def measure_webhooks(console: Console, pace: float, seconds: float) -> dict[str, Any]:
    """Prints the tables, and returns the figures. Raises CallFailed, and StackError when a process can't start."""
    began = time.monotonic()

    def progress(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:4.0f} s  {text}[/]", highlight=False)

    folder = data_dir() / "bench-webhooks"
    progress("starting a database and the webhooks")
    try:
        with on_cores() as core:
            async with served(folder, core) as server:
                warm = await server.at_once(stories(WARM_UP_CALLS), CONNECTIONS)
                events = len(warm.all_ms) / WARM_UP_CALLS
                progress(f"sending {pace:.0f} events a second")
                paced = await server.at_pace(stories(int(pace * seconds / events)), pace)
                progress(f"sending as fast as the server acks, on {CONNECTIONS} connections")
                flat_out = await server.at_once(stories(int(warm.per_second * seconds / events)), CONNECTIONS)
    finally:
        for left in folders(folder):
            shutil.rmtree(left, ignore_errors=True)
    show(console, paced, pace, flat_out, CONNECTIONS)
    return as_json(paced, flat_out)


@contextmanager
def on_cores() -> Generator[int]:
    """Yields the server's core; this process and its children keep to the others meanwhile."""
    mine = os.sched_getaffinity(0)
    core, *others = sorted(mine)
    os.sched_setaffinity(0, others or mine)
    try:
        yield core
    finally:
        os.sched_setaffinity(0, mine)


@asynccontextmanager
async def served(folder: Path, core: int) -> AsyncGenerator[Server]:
    """`python -m webhooks` on that core, with stores of its own in `folder` and a carrier that obeys at once."""
    async with joined_stack(folder, with_providers=False) as stack, carrier_api() as api:
        settings = local_settings(stack, keys={}) | {
            "data_dir": folder,
            "livekit_url": "ws://127.0.0.1:1",
            "livekit_api_key": "bench",
            "livekit_api_secret": "only for the measurements of the webhooks",
            "signing_keys": "only-for-the-measurements-of-the-webhooks",
            "telnyx_api_key": "bench",
            "telnyx_public_key": PUBLIC_KEY,
            "telnyx_base_url": api,
            "sip_host": "sip.agents.example",
            "sip_user": "bench",
            "sip_password": "only-for-the-measurements",
            "public_url": "https://hooks.example",
        }
        child = Child(
            "webhooks",
            [sys.executable, "-m", "bench.webhooks.pinned", str(core)],
            folder / "logs",
            environment=as_environment(settings),
            stop_steps=((SIGTERM, 5.0),),
        )
        async with Tasks() as tasks:
            tasks.start("webhooks", child.run)
            try:
                await child.first_ready()
                host, port = child.ready["url"].removeprefix("http://").split(":")
                yield Server(host, int(port), child.pid or 0)
            finally:
                await child.stop()


if __name__ == "__main__":
    typer.run(bench)
