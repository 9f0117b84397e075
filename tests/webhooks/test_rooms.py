"""A real LiveKit server tells the webhooks of real rooms; callers are participants of kind SIP."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from livekit import api, rtc
from rooms_world import People, serving_livekit
from webhooks_world import CALLER, NUMBER, Process, environment_of, room_name

from lab.stack.livekit import LiveKitServer
from lab.stack.ports import free_port
from shared.config import Settings
from shared.domain.call import CallRecord
from shared.domain.telephony.rooms import Participant, call_id_of
from shared.services import Services
from webhooks.health import COPY_SECONDS

ON_THE_LINE = Participant(f"sip_{CALLER}", "caller", {"sip.phoneNumber": CALLER, "sip.trunkPhoneNumber": NUMBER})
AGENT = Participant("agent-AJ_1", "agent")


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def livekit(tmp_path: Path, port: int) -> Iterator[LiveKitServer]:
    with serving_livekit(tmp_path, [f"http://127.0.0.1:{port}/livekit"]) as server:
        yield server


@dataclass
class World:
    livekit: LiveKitServer
    people: People
    services: Services
    environment: dict[str, str]
    start: Callable[..., Process]
    webhooks: Process

    async def room(self) -> str:
        """As the dispatch rule would make it."""
        name = room_name()
        async with api.LiveKitAPI(self.livekit.url, self.livekit.api_key, self.livekit.api_secret) as client:
            await client.room.create_room(api.CreateRoomRequest(name=name, departure_timeout=1))
        return name

    async def record(self, room: str, fits: Callable[[CallRecord], bool]) -> CallRecord:
        """As soon as it is so, within some seconds."""
        found: CallRecord | None = None
        try:
            async with asyncio.timeout(15):
                while (found := await self.services.records.find(call_id_of(room))) is None or not fits(found):
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pytest.fail(f"it never was so: {found}\n{self.webhooks.log.read_text()}")
        return found


@pytest.fixture
async def world(
    livekit: LiveKitServer, port: int, settings: Settings, services: Services, started: Callable[..., Process]
) -> AsyncIterator[World]:
    where = {"LIVEKIT_URL": livekit.url, "LIVEKIT_API_KEY": livekit.api_key, "LIVEKIT_API_SECRET": livekit.api_secret}
    environment = environment_of(settings, **where)
    webhooks = started("webhooks", environment, "--port", str(port))
    people = People(livekit)
    yield World(livekit, people, services, environment, started, webhooks)
    await people.aclose()


def kinds(record: CallRecord) -> set[str]:
    return {event.kind for event in record.events}


async def speak(room: rtc.Room) -> None:
    """What an agent does to pick up: it publishes an audio track."""
    track = rtc.LocalAudioTrack.create_audio_track("voice", rtc.AudioSource(24000, 1))
    await room.local_participant.publish_track(track)


async def test_given_a_caller_in_a_real_room_when_they_hang_up_then_the_whole_call_is_recorded(world: World) -> None:
    room = await world.room()
    await world.people.join(room, ON_THE_LINE)
    opened = await world.record(room, lambda record: record.did is not None)
    assert (opened.did, opened.caller, opened.decision["reason"]) == (NUMBER, CALLER, "NUMBER_BOUND")
    await world.people.leave(room, ON_THE_LINE.identity)
    ended = await world.record(room, lambda record: record.disposition is not None)
    assert (ended.disposition, ended.ended_by, ended.end_reason) == ("ABANDONED", "caller", "caller_hung_up")
    assert {"room_started", "caller_joined", "caller_left", "room_finished"} <= kinds(ended)


async def test_given_an_agent_that_published_its_voice_when_the_room_ends_then_the_call_was_answered(
    world: World,
) -> None:
    room = await world.room()
    await speak(await world.people.join(room, ON_THE_LINE))
    await speak(await world.people.join(room, AGENT))
    await world.record(room, lambda record: "agent_published" in kinds(record))
    await world.people.leave(room, ON_THE_LINE.identity)
    await world.people.leave(room, AGENT.identity)
    ended = await world.record(room, lambda record: record.disposition is not None)
    assert (ended.disposition, ended.end_reason) == ("ANSWERED", "caller_hung_up")
    assert {"caller_published", "agent_joined", "agent_left"} <= kinds(ended)


async def test_given_a_rejected_call_when_its_caller_is_told_of_then_the_room_is_ended_at_once(world: World) -> None:
    room = await world.room()
    rejection = {"kind": "reject", "reason": "AT_CAPACITY", "tenant_id": None}
    await world.services.sessions.decide_once(call_id_of(room), rejection)
    caller = await world.people.join(room, ON_THE_LINE)
    gone: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    caller.on("disconnected", lambda reason: gone.done() or gone.set_result(reason))
    async with asyncio.timeout(5):
        assert await gone == rtc.DisconnectReason.ROOM_DELETED
    ended = await world.record(room, lambda record: record.disposition is not None)
    assert (ended.outcome, ended.end_reason, ended.ended_by) == ("REJECTED", "at_capacity", "system")


@pytest.mark.requirement("PT-67")
async def test_given_the_webhooks_died_when_the_caller_hangs_up_then_the_watchdog_completes_the_record(
    world: World,
) -> None:
    room = await world.room()
    await world.people.join(room, ON_THE_LINE)
    await world.record(room, lambda record: record.did is not None)
    world.webhooks.kill()
    await world.people.leave(room, ON_THE_LINE.identity)
    watchdog = world.start("background.watchdog", world.environment, "--every", "0.2")
    ended = await world.record(room, lambda record: record.disposition is not None)
    assert kinds(ended) >= {"caller_joined", "completion"}
    assert "room_finished" not in kinds(ended)
    assert [event.key for event in ended.events if event.kind == "completion"] == ["completion:watchdog"]
    watchdog.stop()
    assert watchdog.wait() == 0


async def test_given_the_webhooks_were_away_when_a_call_comes_then_the_watchdog_records_it_all_the_same(
    world: World,
) -> None:
    world.webhooks.kill()
    world.start("background.watchdog", world.environment, "--every", "0.2")
    room = await world.room()
    await world.people.join(room, ON_THE_LINE)
    opened = await world.record(room, lambda record: record.did is not None)
    assert (opened.did, opened.decision["reason"]) == (NUMBER, "NUMBER_BOUND")


async def test_given_livekit_is_killed_when_asked_for_readiness_then_it_is_named(world: World) -> None:
    async with httpx.AsyncClient(base_url=world.webhooks.ready["url"], trust_env=False) as client:
        before = (await client.get("/health/ready")).json()["checks"]["livekit"]
        os.kill(world.livekit.pid or 0, 9)
        await asyncio.sleep(COPY_SECONDS)
        after = (await client.get("/health/ready")).json()["checks"]["livekit"]
    assert (before["ok"], after["ok"], after["needed"]) == (True, False, True)
