"""The whole system, as `pickup up` runs it, in a process of the tests' own, seen from outside."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from lab.providers.control import LabControl
from lab.stack.livekit import livekit_program
from lab.stack.postgres import folders
from lab.stack.stack import joined_stack
from shared.config import cache_dir, load_settings, pg_bin, redis_bin
from shared.domain.call import CallRecord
from shared.errors import StackError, SwitchboardError
from shared.services import Services
from shared.wiring import open_services

ROOT = Path(__file__).parents[2]
PICKUP = Path(sys.executable).parent / "pickup"
FOREIGN = ("DEEPGRAM_", "OPENAI_", "SENTRY_", "SUPABASE_", "UPSTASH_", "PICKUP_", "LIVEKIT_")
READY_SECONDS = 90.0


@dataclass
class System:
    """A running `pickup up`, seen from outside."""

    data_dir: Path
    process: subprocess.Popen[str]
    here: str = "127.0.0.1"
    """This machine's address as the system sees it."""
    services: Services | None = None
    lab: LabControl | None = None
    lines: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """What it has told, the newest last."""

    @property
    def ready(self) -> dict[str, Any]:
        return next(line["ready"] for line in self.lines if "ready" in line)

    @property
    def sip(self) -> str:
        return self.ready["sip"]

    @property
    def state(self) -> dict[str, Any]:
        return next((line["state"] for line in reversed(self.lines) if "state" in line), {})

    @property
    def livekit(self) -> dict[str, str]:
        """Settings by which the test reaches the system's LiveKit server."""
        told = json.loads((self.data_dir / "livekit" / "livekit.json").read_text())
        ((key, secret),) = told["keys"].items()
        return {"livekit_url": self.ready["livekit"], "livekit_api_key": key, "livekit_api_secret": secret}

    def row(self, name: str) -> dict[str, Any]:
        """What the status table says of one process."""
        return next((row for row in self.state.get("processes", []) if row["name"] == name), {})

    def pid(self, name: str) -> int:
        return self.row(name)["pid"]

    def log_lines(self, name: str) -> list[dict[str, Any]]:
        """What one process and its job processes have logged, and can be read as JSON."""
        lines = [line for file in (self.data_dir / "logs").glob(f"*{name}*") for line in file.read_text().splitlines()]
        return [json.loads(line) for line in lines if line.startswith("{")]

    def kill(self, name: str) -> None:
        """SIGKILL."""
        os.kill(self.pid(name), signal.SIGKILL)

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def children(self, name: str) -> list[psutil.Process]:
        """The processes that this one has begun, at any depth."""
        return psutil.Process(self.pid(name)).children(recursive=True)

    def servers(self) -> list[psutil.Process]:
        """Those of the stack: Postgres with its connections' processes, Redis."""
        supervisor = f"lab.stack.supervisor --data-dir {self.data_dir}"
        return [
            child
            for one in psutil.process_iter(["cmdline"])
            if supervisor in " ".join(one.info["cmdline"] or ())
            for child in one.children(recursive=True)
        ]

    async def until(self, true: Callable[[], Any], seconds: float = 30.0, what: str = "") -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, f"not in {seconds} s: {what}\n{self.state}"
            await asyncio.sleep(0.05)

    async def records(self) -> list[CallRecord]:
        """All calls so far, newest first, each whole."""
        assert self.services is not None
        recent = await self.services.records.recent("local", 200)
        found = [await self.services.records.find(record.call_id) for record in recent]
        return [record for record in found if record is not None]

    async def record_of(self, caller: str, seconds: float = 20.0, number: int = 1) -> CallRecord:
        """The newest call of this caller once it is complete; `number` of them are there, and not one more."""
        deadline = time.monotonic() + seconds
        while True:
            mine = [record for record in await self.records() if record.caller == caller]
            if len(mine) >= number and all(record.disposition for record in mine):
                assert len(mine) == number, [record.call_id for record in mine]
                return mine[0]
            assert time.monotonic() < deadline, f"no complete record of {caller}: {mine}"
            await asyncio.sleep(0.2)

    async def told_by_carrier(self, caller: str, seconds: float = 15.0) -> CallRecord:
        """The caller's one record, once the carrier's account of its end is in it."""
        deadline = time.monotonic() + seconds
        while True:
            record = await self.record_of(caller, seconds)
            if any(event.key == "completion:carrier" for event in record.events):
                return record
            assert time.monotonic() < deadline, [event.kind for event in record.events]
            await asyncio.sleep(0.2)

    async def running_call(self, caller: str, seconds: float = 10.0) -> CallRecord:
        """The caller's call that goes on, once a whole sentence of the agent's stands in its record."""
        deadline = time.monotonic() + seconds
        while True:
            for record in await self.records():
                if record.caller == caller and any(event.kind == "agent_said" for event in record.events):
                    return record
            assert time.monotonic() < deadline, f"no sentence of the agent's to {caller} in {seconds:g} s"
            await asyncio.sleep(0.1)

    async def people(self) -> list[list[str]]:
        """Who is in the stage's rooms, a list of kinds a room. Empty while LiveKit is away."""
        assert self.services is not None
        try:
            return [
                sorted(one.kind for one in await self.services.switchboard.participants(room.name))
                for room in await self.services.switchboard.rooms("local")
            ]
        except SwitchboardError:
            return []

    async def alone_with_the_agent(self, seconds: float) -> None:
        """Until the one caller in the stage's rooms has one agent there."""
        deadline = time.monotonic() + seconds
        while (found := await self.people()) != [["agent", "caller"]]:
            assert time.monotonic() < deadline, f"not one caller with one agent in {seconds:g} s, but {found}"
            await asyncio.sleep(0.1)

    async def alerts(self) -> list[str]:
        """The keys of those that are open, without those about the seed's numbers that are broken on purpose."""
        assert self.services is not None
        found = [alert.key for alert in await self.services.alerts.open_alerts()]
        return [key for key in found if key not in ("setup:+12065550103", "setup:+18005550197")]

    async def until_alert(self, part: str, seconds: float = 10.0) -> None:
        """Until an open alert has this in its key: a call's record is complete before its alerts are raised."""
        deadline = time.monotonic() + seconds
        while not any(part in key for key in await self.alerts()):
            assert time.monotonic() < deadline, f"no alert {part} in {seconds:g} s"
            await asyncio.sleep(0.1)

    async def test_call(self, *arguments: str, seconds: float = 120.0) -> tuple[int, dict[str, Any]]:
        """`pickup test-call --json`: its exit code and what it judged."""
        calling = self.begin_call(*arguments)
        return await finished(calling, seconds)

    def begin_call(self, *arguments: str) -> subprocess.Popen[str]:
        program = [PICKUP, "test-call", "--sip", self.sip, "--json", *arguments]
        return subprocess.Popen(
            program, cwd=ROOT, env=environment(self.data_dir), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )


async def finished(calling: subprocess.Popen[str], seconds: float = 120.0) -> tuple[int, dict[str, Any]]:
    try:
        told, complaints = await asyncio.to_thread(calling.communicate, timeout=seconds)
    except subprocess.TimeoutExpired:
        calling.kill()
        calling.communicate()
        raise
    assert told, complaints
    return calling.returncode, json.loads(told)


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return {**kept, "PICKUP_DATA_DIR": str(data_dir), "PICKUP_RELEASE": "test", "COLUMNS": "120", **more}


def running(data_dir: Path, *options: str, **variables: str) -> Iterator[System]:
    """`pickup up` on a data folder of the tests' own, with these variables too; everything has ended afterwards."""
    try:
        livekit_program(cache_dir())
    except StackError as error:
        pytest.skip(f"needs the phone rig: {error}")
    program = [PICKUP, "up", "--json", "--drain", "10", *options]
    process = subprocess.Popen(
        program,
        cwd=ROOT,
        env=environment(data_dir, **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    system = System(data_dir, process)
    assert process.stdout and process.stderr

    def listen() -> None:
        assert process.stdout
        for line in process.stdout:
            with suppress(ValueError):
                system.lines.append(json.loads(line))

    complaints: list[str] = []
    listeners = [
        threading.Thread(target=listen, daemon=True),
        threading.Thread(target=lambda: complaints.extend(process.stderr or ()), daemon=True),
    ]
    for listener in listeners:
        listener.start()
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not system.state:
            assert process.poll() is None, f"pickup up ended: {''.join(complaints)}"
            assert time.monotonic() < deadline, f"not ready: {''.join(complaints)}"
            time.sleep(0.05)
        yield system
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for listener in listeners:
            listener.join(timeout=5)
        process.stdout.close()
        process.stderr.close()
        # for whoever looks into a failure: pytest keeps its folders for a while
        shutil.copytree(data_dir / "logs", data_dir.parent / "logs", dirs_exist_ok=True)
        for left in folders(data_dir):
            shutil.rmtree(left, ignore_errors=True)


@asynccontextmanager
async def served(system: System) -> AsyncIterator[System]:
    """Lets the test look into the system's stores, and use the lab's voice and ears."""
    async with joined_stack(system.data_dir, pg_bin=pg_bin(), redis_bin=redis_bin()) as stack:
        settings = load_settings(
            ("database", "redis", "livekit"),
            stage="local",
            release="test",
            data_dir=system.data_dir / "test",
            database_url=stack.postgres_url,
            redis_url=stack.redis_url,
            **system.livekit,
        )
        async with LabControl(stack.providers_url) as system.lab, open_services(settings) as system.services:
            yield system
    system.services = system.lab = None
