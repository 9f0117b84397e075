"""The whole system in a folder of its own, and the hands that strike its parts."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import psutil
import structlog

from bench.chaos.accounts import Way
from bench.chaos.schedule import Strike
from lab.carrier.control import CarrierControl
from lab.providers.control import Kind, LabControl, Target
from lab.sip.stack import SipStack
from lab.stack.stack import StackAddresses, joined_stack
from local_deploy.fleet import Fleet, Plan
from local_deploy.local import local_settings, opened
from local_deploy.stage import Stage, kept_keys
from shared.config import EVERYTHING, load_settings, pg_bin, redis_bin
from shared.services import Services

log = structlog.get_logger(__name__)

READY_SECONDS = 60.0
DELAYS_MS = (0, 3000)
STORES = {"redis": ("valkey", "redis"), "postgres": ("postgres",)}


@dataclass(frozen=True)
class Rig:
    fleet: Fleet
    stage: Stage
    services: Services
    stack: StackAddresses
    lab: LabControl
    carrier: CarrierControl
    sip: SipStack

    @property
    def entrances(self) -> dict[Way, str]:
        return {"carrier": self.fleet.carrier.sip, "direct": self.fleet.sip}

    @property
    def _ready(self) -> bool:
        return self.fleet.livekit.running and all(child.state == "ready" for child in self.fleet.children)

    async def all_ready(self) -> None:
        """Raises TimeoutError when the system doesn't mend itself."""
        async with asyncio.timeout(READY_SECONDS):
            while not self._ready:  # noqa: ASYNC110 (the processes are looked at from outside)
                await asyncio.sleep(0.1)

    async def strike(self, strike: Strike) -> bool:
        """Strikes, and mends it after its time. False where there was nothing to strike."""
        match strike.act:
            case "kill":
                return self._signal(strike.target, signal.SIGKILL)
            case "freeze":
                struck = self._processes(strike.target)
                try:
                    _send(struck, signal.SIGSTOP)
                    await asyncio.sleep(strike.seconds)
                finally:
                    _send(struck, signal.SIGCONT)
                return bool(struck)
            case "provider":
                # longer than the fault lasts: it is cleared
                target, kind = cast(Target, strike.target), cast(Kind, strike.how)
                await self.lab.fault(target, kind, seconds=strike.seconds)
                try:
                    await asyncio.sleep(strike.seconds)
                finally:
                    await self.lab.clear(target)
                return True
            case "webhooks":
                return await self._disturb(strike)

    async def _disturb(self, strike: Strike) -> bool:
        try:
            match strike.how:
                case "double":
                    await self.carrier.faults(duplicate=1)
                case "delay":
                    await self.carrier.faults(delay_ms=DELAYS_MS)
                case "reorder":
                    await self.carrier.faults(reorder=True)
                case _:
                    await self.carrier.faults(lose=["call.hangup"])
            await asyncio.sleep(strike.seconds)
            return True
        finally:
            await self.carrier.clear()

    def _signal(self, target: str, number: signal.Signals) -> bool:
        struck = self._processes(target)
        _send(struck, number)
        return bool(struck)

    def _processes(self, target: str) -> Sequence[psutil.Process]:
        match target:
            case "redis" | "postgres":
                return [one for one in self._servers() if any(name in one.name() for name in STORES[target])]
            case "livekit":
                pids = [self.fleet.livekit.pid]
            case "job" | "worker":
                busy = busy_worker([child.pid for child in self.stage.workers], self.fleet.livekit.url)
                return [busy[target == "job"]] if busy else []
            case _:
                pids = [child.pid for child in self.fleet.children if child.name == target]
        return [psutil.Process(pid) for pid in pids if pid is not None and psutil.pid_exists(pid)]

    def _servers(self) -> list[psutil.Process]:
        supervisor = f"lab.stack.supervisor --data-dir {self.stack.folder}"
        return [
            child
            for one in psutil.process_iter(["cmdline"])
            if supervisor in " ".join(one.info["cmdline"] or ())
            for child in one.children(recursive=True)
        ]


@asynccontextmanager
async def raised(folder: Path, *, workers: int, calls: int) -> AsyncIterator[Rig]:
    """The system, ready, each worker for so many calls at once. Raises StackError without the phone rig."""
    async with AsyncExitStack() as entered:
        stack = await entered.enter_async_context(joined_stack(folder, pg_bin=pg_bin(), redis_bin=redis_bin()))
        lab = await entered.enter_async_context(LabControl(stack.providers_url))
        await lab.ready()
        own = {"data_dir": folder, "worker_calls": calls, "signing_keys": kept_keys(folder / "signing.keys")}
        stage = Stage(local_settings(stack, keys={}) | own, folder / "logs")
        fleet = Fleet(Plan(drain_seconds=2.0, workers=workers), stack, [stage])
        entered.push_async_callback(fleet.stop, at_once=True)
        await fleet.start_livekit()
        settings = load_settings((*EVERYTHING, "livekit", "signing"), **fleet.settings_of(stage))
        services = await entered.enter_async_context(opened(stack, settings))
        await fleet.start([services], lambda _: None)
        carrier = await entered.enter_async_context(CarrierControl(fleet.carrier.url))
        sip = await entered.enter_async_context(SipStack())
        rig = Rig(fleet, stage, services, stack, lab, carrier, sip)
        await rig.all_ready()
        yield rig


def busy_worker(workers: Sequence[int | None], livekit: str) -> tuple[psutil.Process, psutil.Process] | None:
    """A worker that serves a call, and its job process: that is connected to LiveKit; idle ones aren't."""
    port = int(livekit.rsplit(":", 1)[1])
    for pid in workers:
        if pid is None or not psutil.pid_exists(pid):
            continue
        worker = psutil.Process(pid)
        for one in worker.children(recursive=True):
            with suppress(psutil.Error):
                if any(each.raddr and each.raddr.port == port for each in one.net_connections("tcp")):
                    return worker, one
    return None


def _send(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    for one in processes:
        # a connection's own process may end just now
        with suppress(ProcessLookupError):
            os.kill(one.pid, number)
