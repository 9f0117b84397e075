"""What the functions do: run from the files that a container would hold, against this test's stores."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import pytest
from modal_world import TAG, run, surroundings
from sentry_world import Receiver
from webhooks_world import KEY, NOWHERE, SECRET

from lab.modal.deployed import deployed_functions
from lab.modal.plane import Plane
from lab.modal.server import serving
from lab.stack.operator import stage_dsn
from shared.config import Settings, overrides_of
from shared.ports import WorkerBeat
from shared.services import Services
from shared.wiring import open_services

STAGE, APP = "preview-demo", "pickup-preview-demo"
HOOKS = """
import socket, uvicorn
from modal_deploy.functions import hooks
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(hooks.local(), lifespan="on")).run([listening])
"""
WATCHDOG = "import asyncio; from modal_deploy.functions import watchdog; asyncio.run(watchdog.local(4.0))"
WORKER = "import asyncio; from modal_deploy.functions import worker; asyncio.run(worker.local('w7', 9e9))"
HOME = """
import sys, modal_deploy.functions, agent.worker.attend, agent.worker.server
from agent.businesses.business import business_of
business_of("church").template
ours = ("agent", "cli", "lab", "modal_deploy", "shared", "webhooks")
print([n for n, m in list(sys.modules.items()) if n.split(".")[0] in ours and not m.__file__.startswith(sys.argv[1])])
"""


@pytest.fixture
def home(deployed: Plane, tmp_path: Path) -> Path:
    """The folder of a container's sources."""
    folder = tmp_path / "home"
    for path, digest in deployed_functions(deployed, "preview", APP)["worker"].files.items():
        file = folder / path.split("/", 2)[2]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(deployed.files[digest])
    return folder


@pytest.fixture
async def told(deployed: Plane, settings: Settings, sentry: Receiver, tmp_path: Path) -> dict[str, str]:
    """The variables of a container."""
    stores = overrides_of(settings)
    secret = {
        "PICKUP_DATABASE_URL": await stage_dsn(stores["database_url"], STAGE),
        "PICKUP_REDIS_URL": stores["redis_url"],
        "LIVEKIT_URL": NOWHERE,
        "LIVEKIT_API_KEY": KEY,
        "LIVEKIT_API_SECRET": SECRET,
        "PICKUP_SIGNING_KEYS": stores["signing_keys"],
        "DEEPGRAM_API_KEY": "lab",
        "OPENAI_API_KEY": "lab",
        "SENTRY_DSN": sentry.dsn,
    }
    recordings = {
        "PICKUP_RECORDINGS_DIR": str(tmp_path / "recordings"),
        "PICKUP_VOLUME_SOCKET": str(tmp_path / "volume.sock"),
    }
    return secret | deployed_functions(deployed, "preview", APP)["worker"].variables | recordings


@pytest.fixture
async def stage(settings: Settings) -> AsyncIterator[Services]:
    """What the deployed stage has, to be looked at."""
    async with open_services(settings.model_copy(update={"stage": STAGE})) as services:
        yield services


@contextlib.asynccontextmanager
async def running(program: str, folder: Path, environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program),
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            for each in psutil.Process(process.pid).children(recursive=True):
                each.kill()
            process.kill()
        await process.communicate()


async def test_given_the_files_of_a_container_then_all_that_runs_there_is_loaded_from_them(
    deployed: Plane, home: Path, told: dict[str, str]
) -> None:
    ended = await run("-c", HOME, str(home), environment=surroundings(deployed, "preview", **told), folder=home)
    assert (ended.code, ended.said.strip()) == (0, "[]")


@pytest.mark.requirement("OP-47")
async def test_given_the_hooks_of_a_container_then_the_webhooks_answer_with_its_stage_and_release(
    deployed: Plane, home: Path, told: dict[str, str]
) -> None:
    environment = surroundings(deployed, "preview", **told)
    async with running(HOOKS, home, environment) as process, httpx.AsyncClient(trust_env=False) as client:
        assert process.stdout
        port = int(await asyncio.wait_for(process.stdout.readline(), 20))
        live = await client.get(f"http://127.0.0.1:{port}/health/live", timeout=10)
        ready = await client.get(f"http://127.0.0.1:{port}/health/ready", timeout=10)
        assert process.stderr
        async with asyncio.timeout(10):
            lines = [json.loads(line) async for line in _until(process.stderr, b"readiness changed")]
    assert (live.status_code, live.json()) == (200, {"live": True})
    assert (ready.status_code, ready.json()) == (503, {"ready": False})
    assert (lines[-1]["stage"], lines[-1]["release"]) == (STAGE, TAG)
    assert (lines[-1]["postgres"], lines[-1]["workers"]) == ("answers", "0 alive, 0 registered, 0 of 0 calls")


async def _until(log: asyncio.StreamReader, text: bytes) -> AsyncIterator[bytes]:
    """The log's lines of JSON, up to one with this text."""
    async for line in log:
        if line.startswith(b"{"):
            yield line
            if text in line:
                return


async def test_given_no_worker_when_two_watchdogs_look_at_once_then_they_order_one(
    deployed: Plane, home: Path, told: dict[str, str]
) -> None:
    deployed.inputs.clear()
    environment = surroundings(deployed, "preview", **told)
    async with serving(deployed):
        environment |= {"MODAL_SERVER_URL": deployed.url}
        both = [run("-c", WATCHDOG, environment=environment, folder=home) for _ in range(2)]
        assert [(ended.code, ended.said[-500:]) for ended in await asyncio.gather(*both) if ended.code] == []
    assert deployed.inputs == [(APP, "worker")]


async def test_given_a_worker_when_the_watchdog_looks_then_it_starts_no_other(
    deployed: Plane, home: Path, told: dict[str, str], stage: Services
) -> None:
    at = datetime.now(UTC)
    number = int(told["PICKUP_GENERATION"])
    await stage.workers.beat(WorkerBeat("w1", STAGE, TAG, calls=0, capacity=4, at=at, generation=number))
    deployed.inputs.clear()
    async with serving(deployed):
        ended = await run("-c", WATCHDOG, environment=surroundings(deployed, "preview", **told), folder=home)
    assert (ended.code, deployed.inputs) == (0, [])


async def test_given_no_redis_when_the_watchdog_looks_then_it_starts_none_and_tells_sentry(
    deployed: Plane, home: Path, told: dict[str, str], sentry: Receiver
) -> None:
    environment = surroundings(deployed, "preview", **(told | {"PICKUP_REDIS_URL": "redis://127.0.0.1:1/0"}))
    deployed.inputs.clear()
    async with serving(deployed):
        ended = await run("-c", WATCHDOG, environment=environment, folder=home)
    assert (ended.code, deployed.inputs) == (0, [])
    event = await sentry.event(lambda event: event["tags"].get("action") == "order_worker")
    assert (event["tags"]["process"], event["environment"], event["release"]) == ("watchdog", STAGE, TAG)


async def test_given_a_deployed_preview_when_asked_to_then_its_watchdog_is_started(deployed: Plane) -> None:
    deployed.inputs.clear()
    async with serving(deployed):
        told = surroundings(deployed, "preview", PICKUP_STAGE=STAGE)
        ended = await run("-m", "modal_deploy", environment=told)
    assert ended.code == 0, ended.said
    assert deployed.inputs == [(APP, "watchdog")]


async def test_given_a_stage_that_was_never_deployed_when_asked_to_start_then_it_says_so(deployed: Plane) -> None:
    async with serving(deployed):
        told = surroundings(deployed, "preview", PICKUP_STAGE="preview-other")
        ended = await run("-m", "modal_deploy", environment=told)
    assert ended.code == 1
    assert "pickup-preview-other" in ended.said and "Traceback" not in ended.said


async def test_given_a_worker_when_its_container_is_to_go_then_it_ends_in_order_and_says_farewell(
    deployed: Plane, home: Path, told: dict[str, str], stage: Services
) -> None:
    async with running(WORKER, home, surroundings(deployed, "preview", **told)) as process:
        living = await first_beat(stage)
        assert (living.worker_id, living.stage, living.release, living.registered) == ("w7", STAGE, TAG, False)
        assert living.retires_at is not None
        hours = (living.retires_at - living.at) / timedelta(hours=1)
        assert 17.9 < hours <= 19.0, "its calls, four hours at most, end within Modal's day"
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), 28)
        assert await stage.workers.alive() == []


async def test_given_a_worker_that_dies_then_the_function_fails_and_sentry_has_the_reason(
    deployed: Plane, home: Path, told: dict[str, str], stage: Services, sentry: Receiver
) -> None:
    async with running(WORKER, home, surroundings(deployed, "preview", **told)) as process:
        await first_beat(stage)
        (worker,) = psutil.Process(process.pid).children()
        worker.kill()
        assert await asyncio.wait_for(process.wait(), 15) == 1
    event = await sentry.event(lambda event: event["tags"].get("code") == "worker_ended")
    assert (event["tags"]["process"], event["tags"]["stage"], event["tags"]["release"]) == (
        "worker function",
        STAGE,
        TAG,
    )
    assert "exit code -9" in event["exception"]["values"][-1]["value"]


async def test_given_a_worker_that_comes_too_late_then_it_ends_at_once_as_another_was_ordered(
    deployed: Plane, home: Path, told: dict[str, str], stage: Services
) -> None:
    late = WORKER.replace("9e9", "1.0")
    ended = await run("-c", late, environment=surroundings(deployed, "preview", **told), folder=home)
    assert ended.code == 0, ended.said
    assert "the order of this worker has lapsed" in ended.said
    assert await stage.workers.alive() == []


async def first_beat(stage: Services) -> WorkerBeat:
    async with asyncio.timeout(30):
        while not (living := await stage.workers.alive()):
            await asyncio.sleep(0.1)
    return living[0]
