"""The ground of both sides: the lab, the script, the tenant, and the bare session's brief."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.agents import AgentProcess, Side, running_agent
from bench.bare import FASTEST, Brief
from bench.caller import Caller, in_call
from bench.script import Script, add_tenant, brief_from, prepared
from lab.providers.control import LabControl
from lab.stack.processes import FolderLock
from lab.stack.stack import folders, joined_stack
from local_deploy.local import local_settings
from shared.config import data_dir
from shared.errors import StackError

LOG = Path("logs") / "bench.log"
"""The log of the agents' processes, in the data folder; each run begins a new one."""
_FREE_SECONDS = 15.0
_NOBODY = Brief("", [], "", {}, 0, "", "", "", "", "", "")


@dataclass(frozen=True)
class Stage:
    lab: LabControl
    script: Script
    brief: Brief
    settings: dict[str, Any]
    """Overrides of the agents' settings."""
    log: Path

    def agent(self, side: Side) -> AbstractAsyncContextManager[AgentProcess]:
        return running_agent(side, self.settings, self.log)

    def call(self, agent: AgentProcess, number: int) -> AbstractAsyncContextManager[Caller]:
        """Places a call. `number` gives callers at the same time different numbers."""
        brief = replace(self.brief, turn_handling=FASTEST) if agent.side == "tuned" else self.brief
        return in_call(agent.port, self.lab, self.script, brief, f"+120655501{number:02d}")


@asynccontextmanager
async def set_stage() -> AsyncIterator[Stage]:
    """A stack of the benchmark's own, without other calls; this context ends and removes it."""
    folder = data_dir() / "bench"
    await _remove(folder)
    try:
        async with _stage_in(folder) as stage:
            yield stage
    finally:
        await _remove(folder)


@asynccontextmanager
async def _stage_in(folder: Path) -> AsyncIterator[Stage]:
    async with joined_stack(folder) as stack, LabControl(stack.providers_url) as lab:
        await lab.ready()
        await add_tenant(stack.postgres_url)
        settings = local_settings(stack, keys={}) | {"data_dir": folder}
        script = await prepared(lab)
        log = data_dir() / LOG
        log.parent.mkdir(exist_ok=True)
        log.write_bytes(b"")
        # a first call: Pickup writes its files, the lab caches its answers and logs the model's prompt
        async with running_agent("pickup", settings, log) as pickup:
            async with in_call(pickup.port, lab, script, _NOBODY, "+12065550199") as call:
                for turn in range(len(script.questions)):
                    await call.ask(turn)
            brief = await brief_from(lab, settings)
        yield Stage(lab, script, brief, settings, log)


async def _remove(folder: Path) -> None:
    """Removes the folder once its stack has ended. Raises StackError when it doesn't: another benchmark runs."""
    if not await asyncio.to_thread(folder.exists):
        return
    lock, until = FolderLock(folder / "stack.lock"), time.monotonic() + _FREE_SECONDS
    while not lock.take():
        if time.monotonic() > until:
            raise StackError(f"another benchmark is using {folder}; let it end first")
        await asyncio.sleep(0.1)
    try:
        for left in folders(folder):
            shutil.rmtree(left)
    finally:
        lock.free()
