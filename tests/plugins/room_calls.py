"""Calls in rooms of a real LiveKit server: a worker as the process it is, and callers without a telephone.

A caller's participant is what a SIP service would put there: kind SIP, its numbers as attributes, ringing until an
agent's track can be heard.
"""

import asyncio
import json
import signal
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from livekit import api, rtc

from lab.base import sound
from lab.person.caller import SimulatedCaller
from lab.person.report import CallerReport
from lab.person.scenario import Scenario
from lab.person.wire import AGENT_FRAME, AGENT_RATE, FRAME, RATE, Wire
from lab.providers.control import LabControl
from lab.stack import processes
from lab.stack.livekit import LiveKitServer
from lab.stack.starting import Starting
from shared.config import Settings, as_environment, overrides_of
from shared.domain.call import CallRecord
from shared.domain.telephony.rooms import agent_name, call_id_of, room_prefix
from shared.services import Services

ROOT = Path(__file__).parents[2]
READY_SECONDS = 40.0
AUDIBLE = 0.02
"""Of full scale: more than the codec's own noise."""


async def until(true: Callable[[], Any], seconds: float, what: str) -> None:
    """Fails the test when it isn't so in time."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        await asyncio.sleep(0.02)


async def completed(services: Services, call_id: str, within: float = 10.0) -> CallRecord:
    """The call's record, once its end is written down."""
    deadline = time.monotonic() + within
    while True:
        record = await services.records.find(call_id)
        if record is not None and record.disposition is not None:
            return record
        assert time.monotonic() < deadline, f"no end was written down within {within:g} s: {record}"
        await asyncio.sleep(0.05)


def as_told(settings: Settings, livekit: LiveKitServer) -> dict[str, Any]:
    """What a process must be set to for these settings, on that server."""
    return overrides_of(settings) | {
        "livekit_url": livekit.url,
        "livekit_api_key": livekit.api_key,
        "livekit_api_secret": livekit.api_secret,
    }


class WorkerProcess:
    """`python -m agent.worker`, started once."""

    def __init__(self, folder: Path, settings: dict[str, Any], *, drain_seconds: float = 20.0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = uuid.uuid4().hex[:6]
        self.log = folder / f"worker-{name}.log"
        self.ready: dict[str, Any] = {}
        program = [sys.executable, "-m", "agent.worker", "--drain-seconds", str(drain_seconds)]
        environment = as_environment(settings)
        self._starting = Starting("the worker", program, self.log, environment=environment, ready_seconds=READY_SECONDS)
        self._process = self._starting.process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def job_processes(self) -> list[psutil.Process]:
        """Those that a call has, or may have: the forks of the one that loaded what they need."""
        return [child for child in psutil.Process(self.pid).children(recursive=True) if child.ppid() != self.pid]

    async def registered(self) -> dict[str, Any]:
        """What it says when LiveKit can send it calls."""
        self.ready = await self._starting.ready()
        return self.ready

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(timeout=5)

    async def ended(self, within: float) -> int:
        """Its exit code."""
        assert await processes.ended(self._process, within), f"runs on after {within} s:\n{processes.tail(self.log)}"
        return self._process.returncode

    async def stop(self) -> None:
        await processes.stop(self._process, [(signal.SIGTERM, 15.0)])
        self._starting.close()

    def logged(self) -> list[dict[str, Any]]:
        """Its own log and its jobs', the lines of JSON."""
        found: list[dict[str, Any]] = []
        for line in self.log.read_text(errors="replace").splitlines():
            with suppress(ValueError):
                found.append(json.loads(line))
        return found


class RoomCall:
    """One caller in one room. `wire` is the caller's telephone; `Wire.answered` is set when the agent is heard."""

    def __init__(
        self,
        server: LiveKitServer,
        *,
        stage: str = "local",
        did: str = "+12065550100",
        caller: str | None = "+12065550142",
        dispatch: bool = True,
    ) -> None:
        self.name = f"{room_prefix(stage)}_{uuid.uuid4().hex[:12]}"
        self.call_id = call_id_of(self.name)
        self.wire = Wire()
        self.room = rtc.Room()
        self.agents_heard: list[str] = []
        """Identities of the agents whose sound came, each once."""
        self._server = server
        self._token = self._made_token(stage, did, caller, dispatch)
        self._source = rtc.AudioSource(RATE, 1, queue_size_ms=100)
        self._heard: list[np.ndarray] = []
        self._heard_samples = 0
        self._tasks: list[asyncio.Task[None]] = []
        self.wire.agent_sound = self._play
        self.began = time.monotonic()
        self.answered_after: float | None = None

    async def __aenter__(self) -> "RoomCall":
        self.began = time.monotonic()
        self.room.on("track_subscribed", self._on_track)
        self.room.on("disconnected", self._on_disconnected)
        await asyncio.wait_for(self.room.connect(self._server.url, self._token), 10)
        track = rtc.LocalAudioTrack.create_audio_track("caller", self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await asyncio.wait_for(self.room.local_participant.publish_track(track, options), 10)
        self._own(self._speak(), "speaking")
        self._own(self._leave(), "leaving")
        return self

    async def __aexit__(self, *_: object) -> None:
        # an agent that speaks only now isn't listened to any more
        self.room.off("track_subscribed", self._on_track)
        await self.wire.aclose()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.wait_for(self.room.disconnect(), 10)
        await self._source.aclose()

    async def answered(self, within: float = 12.0) -> None:
        async with asyncio.timeout(within):
            await self.wire.answered.wait()

    async def ended(self, within: float) -> str:
        """The reason."""
        async with asyncio.timeout(within):
            return (await self.wire.ended()).reason

    async def lives(self, scenario: Scenario, lab: LabControl) -> CallerReport:
        """Lets a simulated caller speak on this call."""
        caller = SimulatedCaller(scenario, self.wire, lab.say, hear=lab.hear)
        await caller.prepare()
        return await caller.run()

    def hang_up(self) -> None:
        self.wire.end("caller", "caller_hung_up")

    def press(self, digit: str) -> asyncio.Task[None]:
        return asyncio.ensure_future(self.room.local_participant.publish_dtmf(code=ord(digit), digit=digit))

    def _made_token(self, stage: str, did: str, caller: str | None, dispatch: bool) -> str:
        attributes = {"sip.callStatus": "ringing", "sip.trunkPhoneNumber": did, "sip.callID": uuid.uuid4().hex}
        if caller is not None:
            attributes["sip.phoneNumber"] = caller
        agents = [api.RoomAgentDispatch(agent_name=agent_name(stage))] if dispatch else []
        return (
            api.AccessToken(self._server.api_key, self._server.api_secret)
            .with_identity(f"sip_{caller or 'anonymous'}")
            .with_kind("sip")
            .with_attributes(attributes)
            .with_grants(api.VideoGrants(room_join=True, room=self.name, can_update_own_metadata=True))
            .with_room_config(api.RoomConfiguration(departure_timeout=5, agents=agents))
            .to_jwt()
        )

    def _own(self, work: Any, name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    def _on_track(self, track: rtc.Track, publication: rtc.RemoteTrackPublication, who: rtc.RemoteParticipant) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self._own(self._listen(track, who.identity), f"hearing {who.identity}")

    def _on_disconnected(self, reason: int) -> None:
        self.wire.end("agent", rtc.DisconnectReason.Name(reason).lower())

    async def _listen(self, track: rtc.Track, identity: str) -> None:
        if not self.wire.answered.is_set():
            self.answered_after = time.monotonic() - self.began
            self.wire.connect()
            await self.room.local_participant.set_attributes({"sip.callStatus": "active"})
        stream = rtc.AudioStream.from_track(track=track, sample_rate=AGENT_RATE, num_channels=1, frame_size_ms=20)
        try:
            async for event in stream:
                samples = sound.from_pcm(bytes(event.frame.data))
                if identity not in self.agents_heard and float(np.abs(samples).max(initial=0.0)) > AUDIBLE:
                    self.agents_heard.append(identity)
                self._heard.append(samples)
                self._heard_samples += len(samples)
        finally:
            await stream.aclose()

    def _play(self) -> sound.Samples:
        if self._heard_samples < AGENT_FRAME:
            return np.zeros(AGENT_FRAME, dtype=np.float32)
        there = np.concatenate(self._heard)
        self._heard = [there[AGENT_FRAME:]]
        self._heard_samples -= AGENT_FRAME
        return there[:AGENT_FRAME]

    async def _speak(self) -> None:
        while (pcm := await self.wire.to_agent.get()) is not None:
            await self._source.capture_frame(rtc.AudioFrame(pcm, RATE, 1, FRAME))

    async def _leave(self) -> None:
        """The caller's end ends the participant."""
        await self.wire.ended()
        await self.room.disconnect()


async def greeted(call: RoomCall) -> None:
    await call.answered()
    await until(lambda: call.agents_heard, 6, "the greeting")


@asynccontextmanager
async def worker_process(folder: Path, settings: dict[str, Any], **options: Any) -> AsyncIterator[WorkerProcess]:
    """Registered while the context lasts."""
    worker = WorkerProcess(folder, settings, **options)
    try:
        await worker.registered()
        yield worker
    finally:
        await worker.stop()
