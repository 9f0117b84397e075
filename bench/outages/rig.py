"""The whole system, on a Postgres and a Redis of its own that can be taken away. LiveKit's Redis is another one."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from lab.providers.control import LabControl
from lab.sip.stack import SipStack
from lab.stack.postgres import EmbeddedPostgres
from lab.stack.redis import EmbeddedRedis
from lab.stack.stack import joined_stack
from lab.stack.supervisor import migrate_local
from local_deploy.fleet import Fleet, Plan
from local_deploy.local import local_settings, opened
from local_deploy.stage import Stage, kept_keys
from shared.config import EVERYTHING, load_settings, pg_bin, redis_bin
from shared.services import Services

Way = Literal["kill", "hang"]
Store = EmbeddedPostgres | EmbeddedRedis


@dataclass(frozen=True)
class Rig:
    sip: SipStack
    fleet: Fleet
    services: Services
    stores: dict[str, Store]
    """By their names in lower case."""
    data_dir: Path

    def take_away(self, names: Sequence[str], way: Way) -> None:
        for name in names:
            store = self.stores[name]
            if way == "kill":
                store.kill()
                continue
            for process in _family(store):
                with suppress(psutil.NoSuchProcess):
                    process.suspend()

    async def bring_back(self, names: Sequence[str], way: Way) -> None:
        for name in names:
            store = self.stores[name]
            if way == "kill":
                await store.start()
                continue
            for process in _family(store):
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    def replace_worker(self) -> None:
        """Kills the worker, which the fleet starts again, and removes the copies on this machine's disk."""
        shutil.rmtree(self.data_dir / "directory", ignore_errors=True)
        for worker in self.fleet.stages[0].workers:
            if worker.pid is not None:
                psutil.Process(worker.pid).kill()


def _family(store: Store) -> list[psutil.Process]:
    server = psutil.Process(store.pid)
    return [server, *server.children(recursive=True)]


@asynccontextmanager
async def raised_rig(folder: Path) -> AsyncIterator[Rig]:
    """Raises `StackError` without the phone rig."""
    async with AsyncExitStack() as entered:
        stack = await entered.enter_async_context(joined_stack(folder))
        lab = await entered.enter_async_context(LabControl(stack.providers_url or ""))
        await lab.ready()
        postgres = EmbeddedPostgres(folder / "own-postgres", pg_bin=pg_bin())
        redis = EmbeddedRedis(folder / "own-redis", appendonly=False, redis_bin=redis_bin())
        for server in (postgres, redis):
            await server.start()
            entered.push_async_callback(server.stop)
        await migrate_local(postgres.url)
        data_dir = folder / "data"
        own = {
            "data_dir": data_dir,
            "recordings_dir": data_dir / "recordings",
            "database_url": postgres.url,
            "redis_url": redis.url,
            "signing_keys": kept_keys(data_dir / "signing.keys"),
        }
        stage = Stage(local_settings(stack, keys={}) | own, folder / "logs")
        fleet = Fleet(Plan(drain_seconds=2.0), stack, [stage])
        entered.push_async_callback(fleet.stop, at_once=True)
        await fleet.start_livekit()
        settings = load_settings((*EVERYTHING, "livekit", "signing"), **fleet.settings_of(stage))
        services = await entered.enter_async_context(opened(stack, settings))
        await fleet.start([services], lambda _: None)
        sip = await entered.enter_async_context(SipStack())
        yield Rig(sip, fleet, services, {"postgres": postgres, "redis": redis}, data_dir)
