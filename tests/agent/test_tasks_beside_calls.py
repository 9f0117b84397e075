"""Each task that runs beside a call or a worker: killed by what nobody foresaw, it is reported and runs again."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from agent.conversation import timeouts
from agent.conversation.consent import Consent
from agent.conversation.session import SessionSaver
from agent.conversation.timeouts import Timeouts
from agent.record.recording import CallRecorder
from agent.worker import lease, server
from agent.worker.lease import SpeakingLease
from agent.worker.retirement import Shift
from agent.worker.server import Worker
from background import rounds as duties
from background.rounds import Rounds
from background.watchdog import serve
from shared.calls.alerting import CallAlerts
from shared.config import Settings, changed
from shared.domain.language.consent import ConsentAnswer, ConsentRecord
from shared.services import Services
from shared.tasks import Backoff
from shared.wiring import open_services


class Unforeseen(Exception):
    """What nobody wrote a handler for."""


class Breaking:
    """`port`, of which `method` breaks the first time and counts how often it is called."""

    def __init__(self, port: Any, method: str) -> None:
        self._port, self._method = port, method
        self.calls = 0
        self.again = asyncio.Event()
        """The method was called once more after it broke, and has answered."""

    def __getattr__(self, name: str) -> Any:
        if name != self._method:
            return getattr(self._port, name)

        async def method(*args: Any) -> Any:
            self.calls += 1
            if self.calls == 1:
                raise Unforeseen(name)
            try:
                return await getattr(self._port, name)(*args)
            finally:
                self.again.set()

        return method


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done every few seconds is done at once."""
    soon = Backoff(first_seconds=0.01, longest_seconds=0.02)
    for module in (timeouts, lease, server):
        monkeypatch.setattr(module, "_RESTART", soon)
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.01)
    monkeypatch.setattr(server, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(server, "LOOK_SECONDS", 0.01)


@asynccontextmanager
async def reported(*actions: str, call_id: str | None = None) -> AsyncIterator[None]:
    with capture_logs() as logs:
        yield
    reports = [entry for entry in logs if entry["event"] == "error" and entry["code"] == "Unforeseen"]
    assert [entry["action"] for entry in reports] == list(actions)
    if call_id is not None:
        assert {entry["call_id"] for entry in reports} == {call_id}


async def soon(happened: Awaitable[Any]) -> None:
    async with asyncio.timeout(10):
        await happened


async def test_given_the_session_saver_is_killed_then_it_saves_what_had_changed(conversation: Any) -> None:
    state = conversation.state
    sessions = Breaking(state.services.sessions, "save")
    state.services = replace(state.services, sessions=sessions)
    async with reported("session saver", call_id=state.call_id):
        saver = SessionSaver(state)
        state.on_change()
        await soon(sessions.again.wait())
        await saver.aclose()
    assert await state.services.sessions.load(state.call_id) is not None


async def test_given_the_lease_is_killed_then_it_is_renewed_on(conversation: Any) -> None:
    services, call_id = conversation.state.services, conversation.state.call_id
    leases = Breaking(services.leases, "renew")
    alerts = CallAlerts(call_id, services.alerts)
    async with reported("lease", call_id=call_id):
        mine = SpeakingLease(call_id, "w1:j1", leases, alerts)  # type: ignore[arg-type]
        assert await mine.take()
        mine.keep(lambda: pytest.fail("nobody else speaks"))
        await soon(leases.again.wait())
        await mine.aclose()
    assert await services.leases.holder(call_id) is None


async def test_given_the_following_of_consent_is_killed_then_a_no_said_meanwhile_is_acted_on(conversation: Any) -> None:
    state = conversation.state
    recorder = Breaking(CallRecorder(state.call_id, None, state.services, state.journal), "discard")
    consent = Consent(state, recorder)  # type: ignore[arg-type]
    now = state.services.clock.now()
    await state.services.consents.record(
        ConsentRecord(state.call_id, "told:1", ConsentAnswer.WITHDRAWN, "v1", "ab" * 32, "en", "", now)
    )
    async with reported("consent", call_id=state.call_id), server.Tasks(call_id=state.call_id) as tasks:
        tasks.start("consent", consent.follow, restart=Backoff(first_seconds=0.01))
        await soon(recorder.again.wait())


class Session:
    """A session that breaks the first time that something is to be said."""

    current_speech = None

    def __init__(self) -> None:
        self.said: list[str] = []
        self.broke = False

    def on(self, event: str, listener: Callable[..., Any]) -> None: ...

    def say(self, text: str, **_: Any) -> Awaitable[None]:
        if not self.broke:
            self.broke = True
            raise Unforeseen("no voice")
        self.said.append(text)
        return asyncio.sleep(0)


async def test_given_the_silence_timeout_is_killed_then_it_asks_again_and_ends_the_call(conversation: Any) -> None:
    state, session = conversation.state, Session()
    patience = state.template.patience.model_copy(update={"silence_seconds": 0.01})
    state.template = state.template.model_copy(update={"patience": patience})
    async with reported("silence", call_id=state.call_id):
        watching = Timeouts(state, session)  # type: ignore[arg-type]
        watching._on_user_state(SimpleNamespace(new_state="away"))  # type: ignore[arg-type]
        async with asyncio.timeout(10):
            assert await state.end_requested == "silence"
        await watching.aclose()
    assert session.said


async def test_given_the_time_limit_is_killed_then_the_call_ends_all_the_same(conversation: Any) -> None:
    state, session = conversation.state, Session()
    patience = state.template.patience.model_copy(update={"max_call_seconds": 0.01})
    state.template = state.template.model_copy(update={"patience": patience})
    async with reported("time limit", call_id=state.call_id):
        watching = Timeouts(state, session)  # type: ignore[arg-type]
        async with asyncio.timeout(10):
            assert await state.end_requested == "time_limit"
        await watching.aclose()


# ---- a worker


class Jobs:
    """Stands for LiveKit's agent server: serves until it is closed, and has a job that ends."""

    id, _agent_name, _connecting, draining = "AW_1", "pickup-local", False, False

    def __init__(self) -> None:
        self.closed = asyncio.Event()
        info: Any = SimpleNamespace(
            job=SimpleNamespace(id="AJ_1", room=SimpleNamespace(name="local._1")),
            worker_id="AW_1",
            accept_arguments=SimpleNamespace(identity="agent-AJ_1"),
        )
        self.active_jobs: list[Any] = [info]

    async def run(self) -> None:
        await self.closed.wait()

    async def drain(self, **_: float) -> None: ...

    async def aclose(self) -> None:
        self.closed.set()


SHIFT = Shift("w1", began=0.0, drain_seconds=0.1)


@pytest.fixture
async def alone(settings: Settings) -> AsyncIterator[Services]:
    async with open_services(settings) as services:
        yield replace(services, settings=with_livekit(settings))


def with_livekit(settings: Settings) -> Settings:
    """Set to a LiveKit server that isn't there."""
    secret = "the secret of a server that isn't there"
    return changed(settings, livekit_url="ws://127.0.0.1:1", livekit_api_key="lab", livekit_api_secret=secret)


async def test_given_the_heartbeat_of_a_worker_is_killed_then_it_beats_on(alone: Services) -> None:
    workers = Breaking(alone.workers, "beat")
    worker = Worker(replace(alone, workers=workers), SHIFT)  # type: ignore[arg-type]
    worker._server = Jobs()  # type: ignore[assignment]
    async with reported("heartbeat"):
        await run_until(worker, workers.again)


@pytest.mark.parametrize(("method", "action"), [("ringing", "rescue"), ("job_gone", "watch over jobs")])
async def test_given_the_rescue_of_calls_is_killed_then_it_goes_on(alone: Services, method: str, action: str) -> None:
    worker, jobs = Worker(alone, SHIFT), Jobs()
    worker._server = jobs  # type: ignore[assignment]
    rescue = Breaking(worker._rescue, method)
    worker._rescue = rescue  # type: ignore[assignment]
    async with reported(action), server.Tasks() as tasks:
        if method == "ringing":
            worker._on_registered()
        else:
            tasks.start("jobs", lambda: _jobs_end(jobs, rescue))
        await run_until(worker, rescue.again)


async def _jobs_end(jobs: Jobs, rescue: Breaking) -> None:
    """Again and again a job is there and ends: one kills the watch, and a later one is seen, whenever it runs again."""
    info = jobs.active_jobs[0]
    while not rescue.again.is_set():
        jobs.active_jobs = [info]
        await asyncio.sleep(0.05)
        jobs.active_jobs = []
        await asyncio.sleep(0.05)


async def run_until(worker: Worker, happened: asyncio.Event) -> None:
    ending = asyncio.Event()
    async with asyncio.timeout(20), server.Tasks() as tasks:
        running = tasks.start("worker", lambda: worker.run(ending))
        await happened.wait()
        ending.set()
        assert await running == 0


# ---- the watchdog


async def test_given_a_duty_of_the_watchdog_breaks_then_it_is_reported_and_the_others_are_done(alone: Services) -> None:
    healer = Breaking(alone.healer, "heal")
    # where the cached property keeps it
    vars(alone)["healer"] = healer
    rounds = Rounds(alone)
    async with reported("heal"):
        await rounds.go()
        await rounds.go()
    assert healer.again.is_set()


async def test_given_the_rounds_are_killed_then_they_go_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ending, passes = asyncio.Event(), 0

    async def go(_: Rounds) -> None:
        nonlocal passes
        passes += 1
        if passes == 1:
            raise Unforeseen("between two duties")
        ending.set()

    monkeypatch.setattr(duties.Rounds, "go", go)
    async with reported("rounds"):
        await soon(serve(0.01, with_livekit(settings), ending))
    assert passes == 2
    assert json.loads(capsys.readouterr().out) == {"ready": {}}
