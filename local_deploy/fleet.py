"""Runs the system's processes on this machine: the LiveKit server, SIP gateway and carrier, and each stage's own."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lab.stack.child import Child
from lab.stack.livekit import LiveKitServer, livekit_program
from lab.stack.ports import free_port
from lab.stack.stack import StackAddresses, joined_stack
from local_deploy.carrier import CarrierDesk
from local_deploy.stage import Stage
from shared.config import cache_dir, generation, pg_bin, redis_bin
from shared.domain.generations import Generation
from shared.errors import StackError, StoreError, SwitchboardError
from shared.observe import log
from shared.ports import Generations
from shared.services import Services
from shared.tasks import Backoff, Tasks

LOOPBACK = "127.0.0.1"
WATCH_SECONDS = 0.5
RESTART = Backoff(longest_seconds=5.0)
CALLS_ENDED_SECONDS = 6.0
"""Calls that we end get so long to be recorded."""
PROVISION_SECONDS = 15.0


@dataclass(frozen=True)
class Plan:
    """The options of `pickup up`."""

    listen: str = LOOPBACK
    sip_port: int = 0
    """0 takes a free one."""
    sip_service: str = ""
    """`host:port` of the user's own LiveKit SIP service; empty for the lab's gateway."""
    direct: bool = True
    """Whether phones may dial the SIP service past the carrier. Else its trunk has a login, and a call needs the
    carrier's signed header, as in a deployed stage."""
    workers: int = 1
    """For each stage."""
    drain_seconds: float = 30.0
    """Running calls may go on for so long after Ctrl-C."""


class Fleet:
    """Starts the processes in the order of dependence, restarts those that die, ends them in reverse. Used once."""

    def __init__(self, plan: Plan, stack: StackAddresses, stages: Sequence[Stage]) -> None:
        self.plan = plan
        self.stages = stages
        self.children: list[Child] = []
        self.livekit = LiveKitServer(
            stack.folder / "livekit",
            stack.redis_url,
            program=livekit_program(cache_dir()),
            # the server sends every event to every stage, which handles those of its own rooms
            webhooks=[f"{stage.webhooks_url}/livekit" for stage in stages],
        )
        self._stack = stack
        self._logs = stack.folder / "logs"
        self._running, self._watching = Tasks(), Tasks()
        self._gateway: Child | None = None
        self._carrier: Child | None = None
        # chosen here, so that a restart doesn't change it
        self.sip = plan.sip_service or f"{plan.listen}:{plan.sip_port or free_port(plan.listen)}"
        """`host:port` of the SIP service, for calls past the carrier."""
        self.carrier = CarrierDesk(plan.listen, self.sip, direct=plan.direct)

    def settings_of(self, stage: Stage) -> dict[str, Any]:
        """The settings of a stage's processes: its own, and those that the stages share."""
        return (
            stage.settings
            | self.carrier.settings(stage.webhooks_url)
            | {
                "livekit_url": self.livekit.url,
                "livekit_api_key": self.livekit.api_key,
                "livekit_api_secret": self.livekit.api_secret,
                # on another address than the loopback, everyone who reaches it may call
                "sip_peers": LOOPBACK if self.plan.listen == LOOPBACK else "",
            }
        )

    async def start_livekit(self) -> None:
        await self.livekit.start()

    async def start(self, services: Sequence[Services], progress: Callable[[str], None]) -> None:
        """Starts all processes but LiveKit, which runs already. `services` are the stages', in their order.

        Raises InputError for a stage without a number, StackError with the log's end of what can't start.
        """
        progress("setting up trunks and dispatch rules …")
        for stage, of_stage in zip(self.stages, services, strict=True):
            await self._open_entrance(stage, of_stage)
        # the processes that all stages share
        if not self.plan.sip_service:
            self._gateway = self.add(self._gateway_child())
        webhooks = {did: (stage.webhooks_url, stage.failover_url) for stage in self.stages for did in stage.dids}
        self._carrier = self.add(self.carrier.child(self._logs, webhooks, self._stack.providers_url or ""))
        for stage, of_stage in zip(self.stages, services, strict=True):
            await self._first_generation(stage, of_stage)
            for child in stage.staff(self.settings_of(stage), self.plan.workers, self.plan.drain_seconds):
                self.add(child)
        progress("starting the gateway, webhooks and workers …")
        await asyncio.gather(*(child.first_ready() for child in self.children))
        for stage, of_stage in zip(self.stages, services, strict=True):
            self._watching.start("generations", partial(self._deploys, stage, of_stage.generations), restart=RESTART)
        self._watching.start("watch over LiveKit and the stores", self._watch, restart=RESTART)

    def write_sip_config(self) -> Path:
        """Writes the configuration by which the user's own LiveKit SIP service joins this server."""
        redis = urlsplit(self._stack.redis_url)
        path = self._stack.folder / "livekit-sip.json"
        path.touch(mode=0o600)
        settings = {
            "api_key": self.livekit.api_key,
            "api_secret": self.livekit.api_secret,
            "ws_url": self.livekit.url,
            "redis": {"address": f"{redis.hostname}:{redis.port}", "password": redis.password or ""},
        }
        path.write_text(json.dumps(settings))
        return path

    async def stop(self, *, at_once: bool = False) -> None:
        """Takes no new calls, lets running ones end up to the limit, ends the rest, then ends every process."""
        drain = 0.0 if at_once else self.plan.drain_seconds
        await self._watching.aclose()
        # SIGTERM: no new calls; SIGINT: running ones end. The gateway drains too, for calls past the carrier
        entrances = [child for child in (self._carrier, self._gateway) if child]
        steps = ((signal.SIGTERM, drain), (signal.SIGINT, CALLS_ENDED_SECONDS))
        await asyncio.gather(*(child.stop(*steps) for child in entrances))
        workers = [worker for stage in self.stages for worker in stage.workers]
        await asyncio.gather(*(worker.stop((signal.SIGTERM, CALLS_ENDED_SECONDS + 10.0)) for worker in workers))
        for child in reversed(self.children):
            await child.stop()
        await self._running.aclose()
        await self.livekit.stop()

    def _gateway_child(self) -> Child:
        return Child(
            "gateway",
            [sys.executable, "-m", "lab.gateway", "--sip", self.sip],
            self._logs,
            line={
                "redis_url": self._stack.redis_url,
                "livekit_url": self.livekit.url,
                "api_key": self.livekit.api_key,
                "api_secret": self.livekit.api_secret,
            },
            stop_steps=((signal.SIGTERM, 2.0), (signal.SIGINT, CALLS_ENDED_SECONDS)),
        )

    def add(self, child: Child) -> Child:
        """Starts it, and keeps it running until the end."""
        self.children.append(child)
        self._running.start(child.name, child.run, restart=RESTART)
        return child

    async def _first_generation(self, stage: Stage, services: Services) -> None:
        """It needs no proof, as there is no other that could take the calls."""
        new, now = Generation(generation(), stage.settings["release"]), services.clock.now()
        stage.known = await services.generations.change(lambda known: known.offered(new, now, proven=True))

    async def _deploys(self, stage: Stage, generations: Generations) -> None:
        """Starts the workers of each new candidate, as Modal does of a deployed one, and forgets those that left."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                stage.known = await generations.known()
            except StoreError as error:
                log.warning("generations unknown", action="watch", error=str(error))
                continue
            # the current one where Redis had lost what it knew, so that a deploy needed no proof
            new = stage.known.candidate or stage.known.current
            if new is not None and new.number > stage.started:
                log.info("generation starts", action="watch", stage=stage.name, **vars(new))
                for _ in range(self.plan.workers):
                    # one that can't start is reported, and its generation given up
                    self._running.start("worker's start", self.add(stage.one_more_worker(new)).first_ready)
            left = [worker for worker in stage.workers if worker.state == "ended"]
            for worker in left:
                await worker.stop()
                stage.workers.remove(worker)
                self.children.remove(worker)

    async def _open_entrance(self, stage: Stage, services: Services) -> None:
        deadline = time.monotonic() + PROVISION_SECONDS
        while True:
            try:
                await stage.open_entrance(services)
                return
            except SwitchboardError as error:
                # the server announces itself a moment before it serves
                if not error.retryable or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.2)

    async def _watch(self) -> None:
        """Restarts LiveKit and the stores when they die; the other processes restart as children."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                if not self.livekit.running:
                    log.error("livekit-server died, starting it again", action="watch")
                    await self.livekit.start()
                if not (await _listens(self._stack.redis_url) and await _listens(self._stack.postgres_url)):
                    log.error("a store died, starting it again", action="watch")
                    await self._mend_stores()
            except StackError as error:
                log.error("restart failed", action="watch", error=str(error))

    async def _mend_stores(self) -> None:
        # joining starts the servers that don't run, on their old addresses
        folder, providers = self._stack.folder, bool(self._stack.providers_url)
        async with joined_stack(folder, with_providers=providers, pg_bin=pg_bin(), redis_bin=redis_bin()):
            pass


async def _listens(url: str) -> bool:
    address = urlsplit(url)
    try:
        async with asyncio.timeout(2):
            _, writer = await asyncio.open_connection(address.hostname, address.port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
