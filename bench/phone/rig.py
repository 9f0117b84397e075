"""Both sides on one rig: Pickup's processes, and a bare worker with a trunk, a rule and a number of its own."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from signal import SIGTERM

from bench.agents import Side
from bench.phone.bare_worker import GREETING
from bench.script import DID, QUESTIONS, VOICE, add_tenant, brief_from, prepared
from lab.person.caller import SimulatedCaller
from lab.person.scenario import Scenario
from lab.providers.control import LabControl
from lab.sip.phone import Phone
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
NUMBERS: dict[Side, str] = {"bare": "+12065550190", "pickup": DID}


@dataclass(frozen=True)
class Rig:
    stack: SipStack
    sip: str
    """`host:port` of the gateway."""
    lab: LabControl

    def uri(self, side: Side) -> str:
        return f"sip:{NUMBERS[side]}@{self.sip}"


@asynccontextmanager
async def raised_rig(folder: Path, calls: int) -> AsyncIterator[Rig]:
    """The whole system in `folder`, both workers ready for so many calls at once. Raises StackError without the rig."""
    async with AsyncExitStack() as entered:
        stack = await entered.enter_async_context(joined_stack(folder))
        lab = await entered.enter_async_context(LabControl(stack.providers_url))
        await lab.ready()
        await add_tenant(stack.postgres_url)
        await prepared(lab)
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
        rig = Rig(await entered.enter_async_context(SipStack()), fleet.sip, lab)
        await _first_call(rig)
        brief, greeting = folder / "bare-brief.json", folder / "bare-greeting.pcm"
        brief.write_text(json.dumps(asdict(await brief_from(lab, fleet.settings_of(stage)))))
        greeting.write_bytes(await lab.say(GREETING, "alloy"))
        bare = Child(
            "bare-worker",
            [sys.executable, "-m", "bench.phone.bare_worker", name, greeting, brief],
            folder / "logs",
            environment=as_environment(fleet.settings_of(stage)),
            stop_steps=((SIGTERM, 5.0),),
        )
        tasks = await entered.enter_async_context(Tasks())
        tasks.start("bare worker", bare.run)
        entered.push_async_callback(bare.stop)
        await bare.first_ready()
        yield rig


async def _first_call(rig: Rig) -> None:
    """A call to Pickup: the lab caches its answers, and logs the model's prompt for the bare side."""
    steps = [{"interrupt": {"say": question, "after_seconds": 0.3}} for question in QUESTIONS]
    about = {"name": "first", "description": "Asks all.", "did": DID, "caller": "+12065550182", "voice": VOICE}
    scenario = Scenario.model_validate(about | {"steps": steps})
    phone = Phone(await rig.stack.dial(rig.uri("pickup"), caller="+12065550182"))
    await SimulatedCaller(scenario, phone, rig.lab.say).run()
