"""Both sides on one rig: Pickup's processes, and a bare worker with a trunk, a rule and a number of its own."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM

from bench.agents import Side
from bench.phone.bare_worker import GREETING
from lab.providers.control import LabControl
from lab.sip.stack import SipStack
from lab.stack.child import Child
from lab.stack.stack import joined_stack
from local_deploy.fleet import Fleet, Plan
from local_deploy.local import local_settings, opened
from local_deploy.stage import Stage, kept_keys
from shared.config import EVERYTHING, as_environment, load_settings
from shared.domain.telephony.rooms import TrunkPlan, agent_name
from shared.tasks import Tasks

BARE_STAGE = "preview-bare"
NUMBERS: dict[Side, str] = {"bare": "+12065550190", "pickup": "+12065550100"}


@dataclass(frozen=True)
class Rig:
    stack: SipStack
    sip: str
    """`host:port` of the gateway."""

    def uri(self, side: Side) -> str:
        return f"sip:{NUMBERS[side]}@{self.sip}"


@asynccontextmanager
async def raised_rig(folder: Path, calls: int) -> AsyncIterator[Rig]:
    """The whole system in `folder`, both workers ready for so many calls at once. Raises StackError without the rig."""
    async with AsyncExitStack() as entered:
        stack = await entered.enter_async_context(joined_stack(folder))
        lab = await entered.enter_async_context(LabControl(stack.providers_url))
        await lab.ready()
        own = {"data_dir": folder, "worker_calls": calls, "signing_keys": kept_keys(folder / "signing.keys")}
        overrides = local_settings(stack, keys={}) | own
        stage = Stage(overrides, folder / "logs")
        fleet = Fleet(Plan(drain_seconds=2.0), stack, [stage])
        entered.push_async_callback(fleet.stop, at_once=True)
        await fleet.start_livekit()
        settings = load_settings((*EVERYTHING, "livekit", "signing"), **fleet.settings_of(stage))
        services = await entered.enter_async_context(opened(stack, settings))
        await fleet.start([services], lambda _: None)
        name = agent_name(BARE_STAGE)
        await services.switchboard.provision(TrunkPlan(BARE_STAGE, (NUMBERS["bare"],), name))
        greeting = folder / "bare-greeting.pcm"
        greeting.write_bytes(await lab.say(GREETING, "alloy"))
        bare = Child(
            "bare-worker",
            [sys.executable, "-m", "bench.phone.bare_worker", name, greeting],
            folder / "logs",
            environment=as_environment(fleet.settings_of(stage)),
            stop_steps=((SIGTERM, 5.0),),
        )
        tasks = await entered.enter_async_context(Tasks())
        tasks.start("bare worker", bare.run)
        entered.push_async_callback(bare.stop)
        await bare.first_ready()
        yield Rig(await entered.enter_async_context(SipStack()), fleet.sip)
