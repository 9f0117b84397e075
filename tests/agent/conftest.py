"""Whole calls: a simulated caller on a line, the agent on real audio, real stores, the lab's providers."""

import asyncio
import io
import json
import uuid
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from livekit.agents import ConversationItemAddedEvent, ToolError
from livekit.agents.llm import ChatMessage
from livekit.rtc import EventEmitter
from room_calls import WorkerProcess, as_told, worker_process
from rooms_world import serving_livekit

from agent.call import take_call
from agent.conversation.prompt import spoken_facts
from agent.conversation.state import CallState
from agent.conversation.template_file import load_template
from agent.record.journal import Journal
from agent.record.transcript import Transcript
from agent.speech.engines import Engines, connections, load_ear, open_engines
from agent.speech.phrases import FixedPhrases
from agent.tools import TOOLS
from agent.tools.tool import offered
from lab.person.caller import CallerReport, SimulatedCaller
from lab.person.line import EmbeddedLine
from lab.person.scenario import Scenario, load_scenario
from lab.person.wire import Wire
from lab.providers.control import LabControl
from lab.providers.process import running_providers
from lab.stack.livekit import LiveKitServer
from shared.adapters.livekit import open_livekit
from shared.calls.admit import Ringing, admit_call
from shared.config import Settings, load_settings
from shared.domain.call import CallEvent
from shared.ports import Switchboard
from shared.services import Services
from shared.wiring import open_services

_CALL_SECONDS = 300.0


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def providers_url() -> AsyncIterator[str]:
    async with running_providers() as url:
        async with LabControl(url) as lab:
            await lab.ready()
        yield url


@pytest.fixture
async def lab(providers_url: str) -> AsyncIterator[LabControl]:
    async with LabControl(providers_url) as lab:
        await lab.clear()
        yield lab
        await lab.clear()
        await lab.forget_expected()
        await lab.model("scripted")


@pytest.fixture(scope="session")
def speed(pytestconfig: pytest.Config) -> float:
    """How much faster than real time this test process runs."""
    return pytestconfig.getoption("--speed")


@pytest.fixture(scope="session")
def ear() -> Any:
    return load_ear()


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path, providers_url: str, speed: float) -> Settings:
    """Stage `local` on the test's own stores, with the lab's providers, whose work doesn't go faster at speed."""
    slack = max(1.0, speed / 2)
    return load_settings(
        stage="local",
        release="test",
        data_dir=tmp_path / "data",
        database_url=database_url,
        redis_url=redis_url,
        deepgram_api_key="lab",
        openai_api_key="lab",
        deepgram_base_url=f"{providers_url}/v1/listen",
        openai_base_url=f"{providers_url}/v1",
        stt_silence_seconds=4.0 * slack,
        llm_silence_seconds=2.5 * slack,
        tts_silence_seconds=1.5 * slack,
        sentry_dsn=f"http://lab@{providers_url.removeprefix('http://')}/1",
    )


@dataclass
class Call:
    """A call that was placed: what the caller met, what the agent told."""

    call_id: str
    report: CallerReport
    events: list[CallEvent]

    def told(self, kind: str) -> list[CallEvent]:
        return [event for event in self.events if event.kind == kind]

    @property
    def story(self) -> str:
        """What happened, for the message of a failed assertion."""
        return "\n".join(f"{event.kind}: {event.fields}" for event in self.events)

    def agent_sound_at_the_end(self, seconds: float) -> bytes:
        """What the caller's ear heard last, 16 kHz mono."""
        with wave.open(io.BytesIO(self.report.heard_wav)) as heard:
            both = np.frombuffer(heard.readframes(heard.getnframes()), np.int16).reshape(-1, 2)
            return both[-int(seconds * heard.getframerate()) :, 1].tobytes()

    @property
    def agent_words(self) -> str:
        return " ".join(e.fields["text"] for e in self.told("agent_said"))

    @property
    def caller_words(self) -> str:
        return " ".join(e.fields["text"] for e in self.told("caller_said"))


Hook = Callable[[CallEvent], Awaitable[None]]


@dataclass
class Telephone:
    """Places simulated calls to the services of a test."""

    services: Services
    lab: LabControl
    ear: Any
    hooks: dict[str, Hook] = field(default_factory=dict[str, Hook])

    def when(self, kind: str, hook: Hook) -> None:
        """Run `hook` once, when the first event of that kind is told."""
        self.hooks[kind] = hook

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Engines]:
        async with connections(), open_engines(self.services.settings, self.ear) as engines:
            yield engines

    async def call(self, scenario: str | Scenario) -> Call:
        script = load_scenario(scenario) if isinstance(scenario, str) else scenario
        events: list[CallEvent] = []
        hooked: list[asyncio.Task[None]] = []

        def listen(event: CallEvent) -> None:
            events.append(event)
            if hook := self.hooks.pop(event.kind, None):
                hooked.append(asyncio.ensure_future(hook(event)))

        async with asyncio.timeout(_CALL_SECONDS), self._connected() as engines, Wire(script.codec) as wire:
            line = EmbeddedLine(wire, did=script.did, caller=script.caller)
            caller = SimulatedCaller(script, wire, self.lab.say, hear=self.lab.hear)
            await caller.prepare()
            answering = asyncio.create_task(take_call(line, self.services, engines, listener=listen))
            try:
                report = await caller.run()
                await answering
            finally:
                answering.cancel()
                await asyncio.gather(answering, return_exceptions=True)
                await asyncio.gather(*hooked)
        return Call(line.call_id, report, events)


@pytest.fixture
async def telephone(services: Services, lab: LabControl, ear: Any) -> Telephone:
    return Telephone(services, lab, ear)


class Speaker(EventEmitter[str]):
    """A session as far as tools and the transcript need one: what is said in it counts as heard to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def say(self, text: str, *, audio: Any = None, allow_interruptions: bool = True, interrupted: bool = False) -> None:
        del audio, allow_interruptions
        self.said.append(text)
        message = ChatMessage(role="assistant", content=[text], interrupted=interrupted)
        self.emit("conversation_item_added", ConversationItemAddedEvent(item=message))


@dataclass
class Conversation:
    """A call's state without any sound: turns are told to it, tools are called as the model would."""

    state: CallState
    speaker: Speaker

    def hear(self, *utterances: str) -> None:
        for utterance in utterances:
            self.state.hear(utterance, ChatMessage(role="user", content=[utterance]))

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What the model is told; `{"status": "refused", …}` for an error."""
        context: Any = SimpleNamespace(session=self.speaker)
        try:
            return json.loads(await offered(TOOLS[tool], self.state)(arguments, context))
        except ToolError as error:
            return json.loads(error.message)


@pytest.fixture
async def conversation(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Conversation]:
    """An admitted call to the demo church, on stores of its own, without providers."""
    alone = load_settings(
        needs=("database", "redis"),
        stage="local",
        release="test",
        data_dir=tmp_path / "data",
        database_url=database_url,
        redis_url=redis_url,
    )
    async with open_services(alone) as services:
        call_id = str(uuid.uuid4())
        admission = await admit_call(
            Ringing(call_id, "+12065550100", "+12065550142", services.clock.now()),
            stage="local",
            release="test",
            directory=services.directory,
            calls=services.calls,
            sessions=services.sessions,
            alerts=services.alerts,
            clock=services.clock,
        )
        assert admission.tenant is not None
        template = load_template("church")
        journal = Journal(call_id, services.calls, services.clock)
        transcript, speaker = Transcript(services.clock.now(), journal), Speaker()
        transcript.follow(speaker)  # type: ignore[arg-type]
        silent: Any = None
        spoken = FixedPhrases(silent, template.voice, tmp_path / "voices", spoken_facts(admission.tenant), "")
        state = CallState(
            *(call_id, services, admission, template, admission.tenant), spoken, journal, transcript, admission.caller
        )
        yield Conversation(state, speaker)
        await journal.aclose()


@pytest.fixture(scope="session")
def livekit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKitServer]:
    """A running server. Don't stop it: make your own for that."""
    with serving_livekit(tmp_path_factory.mktemp("rooms")) as server:
        yield server


@pytest.fixture
def settings_more() -> dict[str, Any]:
    """What a test's worker is set to beside the usual."""
    return {}


@pytest.fixture
def late_worker(
    settings: Settings, settings_more: dict[str, Any], livekit: LiveKitServer, lab: LabControl, tmp_path: Path
) -> Callable[..., AbstractAsyncContextManager[WorkerProcess]]:
    """Starts a worker on the test's stores; options as of `WorkerProcess`."""

    def start(server: LiveKitServer = livekit, **options: Any) -> AbstractAsyncContextManager[WorkerProcess]:
        return worker_process(tmp_path / "worker", as_told(settings, server) | settings_more, **options)

    return start


@pytest.fixture
async def worker(
    late_worker: Callable[..., AbstractAsyncContextManager[WorkerProcess]],
) -> AsyncIterator[WorkerProcess]:
    async with late_worker() as process:
        yield process


@pytest.fixture
async def switchboard(livekit: LiveKitServer) -> AsyncIterator[Switchboard]:
    async with open_livekit(livekit.url, livekit.api_key, livekit.api_secret) as opened:
        yield opened
