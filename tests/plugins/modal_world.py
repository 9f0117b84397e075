"""Deploys by Modal's own client, to the lab's control plane."""

import asyncio
import fcntl
import os
import pickle
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.modal.plane import Plane
from lab.modal.server import client_environment, serving
from modal_deploy.deployment import DATABASE, required_keys

ROOT = Path(__file__).parents[2]
TAG = "c0ffee123456"
OWN = {f"pickup-preview-{slug}": frozenset({DATABASE}) for slug in ("demo", "blue", "red")}
"""Each preview's own secret."""
OURS = ("MODAL_", "PICKUP_", "LIVEKIT_", "SENTRY_", "SUPABASE_", "UPSTASH_", "DEEPGRAM_", "OPENAI_", "TELNYX_")


@dataclass(frozen=True)
class Ended:
    code: int
    said: str


def surroundings(plane: Plane, environment: str, token_id: str | None = None, **told: str) -> dict[str, str]:
    """This process's environment without any setting of ours, the plane, and what is told."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return plain | client_environment(plane, environment, token_id) | {"COLUMNS": "300"} | told


async def run(*program: str, environment: dict[str, str], folder: Path = ROOT) -> Ended:
    """A program of Python, until it ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *program),
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Ended(process.returncode, said.decode())


async def deployed_to(plane: Plane, stage: str | None, environment: str, *options: str, **told: str) -> Ended:
    """`modal deploy app.py`. `told`: variables, and `token_id`."""
    told |= {} if stage is None else {"PICKUP_STAGE": stage}
    program = ("-m", "modal", "deploy", *(options or ("--tag", TAG)), "app.py")
    return await run(*program, environment=surroundings(plane, environment, **told))


def new_plane() -> Plane:
    """Both environments, each with its secret."""
    keys = frozenset(required_keys())
    return Plane({"main": {"pickup-production": keys}, "preview": {"pickup-preview": keys - {DATABASE}, **OWN}})


@pytest.fixture
async def plane() -> AsyncIterator[Plane]:
    async with serving(new_plane()) as plane:
        yield plane


Deploy = Callable[..., Awaitable[Ended]]


@pytest.fixture
def deploy(plane: Plane) -> Deploy:
    async def deploy(stage: str | None, environment: str, *options: str, **told: str) -> Ended:
        return await deployed_to(plane, stage, environment, *options, **told)

    return deploy


@pytest.fixture(scope="session")
def deployments(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> tuple[Plane, Plane]:
    """Two planes to be read: the first after a deploy of `preview-demo` without a tag, the second after another with
    `TAG` and a deploy of `production`. The test process that needs them first deploys, the others read its file."""
    folder = tmp_path_factory.getbasetemp()
    kept = (folder if worker_id == "master" else folder.parent) / "deployments.pickle"

    async def deploy() -> tuple[bytes, Plane]:
        async with serving(new_plane()) as plane:
            await succeed(plane, "preview-demo", "preview", "--strategy", "rolling")
            untagged = pickle.dumps(plane)
            await succeed(plane, "preview-demo", "preview")
            await succeed(plane, "production", "main")
            return untagged, plane

    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_bytes(pickle.dumps(asyncio.run(deploy())))
    untagged, tagged = pickle.loads(kept.read_bytes())
    return pickle.loads(untagged), tagged


async def succeed(plane: Plane, stage: str, environment: str, *options: str) -> None:
    ended = await deployed_to(plane, stage, environment, *options)
    assert ended.code == 0, ended.said


@pytest.fixture(scope="session")
def untagged(deployments: tuple[Plane, Plane]) -> Plane:
    """A plane that `preview-demo` was deployed to without a tag, to be read."""
    return deployments[0]


@pytest.fixture(scope="session")
def deployed(deployments: tuple[Plane, Plane]) -> Plane:
    """A plane that `production` was deployed to, and `preview-demo` for the second time, to be read."""
    return deployments[1]
