"""LiveKit's egress: adapter and stand-in by one contract; and a real server that has no egress service."""

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from livekit import api
from livekit.api.twirp_client import ServerError
from rooms_world import People, serving_livekit

from lab.stack.livekit import LiveKitServer
from shared.adapters.egress import LiveKitEgress, open_egress
from shared.adapters.memory import MemoryEgress
from shared.adapters.s3 import Bucket
from shared.config import Settings, changed
from shared.domain.telephony.rooms import Participant, room_prefix
from shared.errors import ConfigError, SwitchboardError
from shared.ports import Egress
from shared.services import Services

BUCKET = Bucket("calls", "AKIDEXAMPLE", "not a secret", "eu-west-1", "https://store.example")
PATH = "s3://calls/pickup/local/one.ogg"


class Server:
    """LiveKit's egress as its server tells of it."""

    def __init__(self, fault: ServerError | None = None) -> None:
        self.fault = fault
        self.asked: list[Any] = []
        self._running: set[str] = set()

    async def start_room_composite_egress(self, start: api.RoomCompositeEgressRequest) -> api.EgressInfo:
        self._reach()
        self.asked.append(start)
        egress_id = f"EG_{uuid.uuid4().hex[:12]}"
        self._running.add(egress_id)
        return api.EgressInfo(egress_id=egress_id)

    async def stop_egress(self, stop: api.StopEgressRequest) -> api.EgressInfo:
        self._reach()
        if stop.egress_id not in self._running:
            raise ServerError("not_found", "egress does not exist", status=404)
        self._running.remove(stop.egress_id)
        return api.EgressInfo(egress_id=stop.egress_id)

    def _reach(self) -> None:
        if self.fault is not None:
            raise self.fault


def by_livekit(fault: bool) -> Egress:
    refusal = ServerError("unavailable", "no response from servers", status=503)
    return LiveKitEgress(Server(refusal if fault else None), BUCKET)


def by_memory(fault: bool) -> Egress:
    return MemoryEgress(SwitchboardError("no response from servers", 503) if fault else None)


@pytest.fixture(params=[by_livekit, by_memory], ids=["livekit", "memory"])
def made(request: pytest.FixtureRequest) -> Callable[[bool], Egress]:
    return request.param


async def test_when_two_rooms_are_recorded_then_each_has_its_id(made: Callable[[bool], Egress]) -> None:
    egress = made(False)
    assert await egress.start("a", PATH) != await egress.start("b", PATH.replace("one", "two"))


async def test_given_a_recording_when_it_is_stopped_twice_then_the_second_is_fine(
    made: Callable[[bool], Egress],
) -> None:
    egress = made(False)
    egress_id = await egress.start("a", PATH)
    await egress.stop(egress_id)
    await egress.stop(egress_id)


async def test_given_no_egress_service_when_it_is_asked_then_that_may_be_tried_again(
    made: Callable[[bool], Egress],
) -> None:
    egress = made(True)
    for asking in (egress.start("a", PATH), egress.stop("EG_1")):
        with pytest.raises(SwitchboardError) as refused:
            await asking
        assert (refused.value.status, refused.value.retryable) == (503, True)


async def test_when_a_room_is_recorded_then_each_voice_has_its_channel_and_the_file_goes_to_the_bucket() -> None:
    server = Server()
    await LiveKitEgress(server, BUCKET).start("a-room", PATH)
    (asked,) = server.asked
    (file,) = asked.file_outputs
    assert (asked.room_name, asked.audio_only) == ("a-room", True)
    assert asked.audio_mixing == api.AudioMixing.DUAL_CHANNEL_AGENT
    assert (file.filepath, file.file_type) == ("pickup/local/one.ogg", api.EncodedFileType.OGG)
    assert (file.s3.bucket, file.s3.region, file.s3.endpoint) == ("calls", "eu-west-1", "https://store.example")
    assert file.s3.force_path_style


@pytest.fixture(scope="module")
def livekit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKitServer]:
    with serving_livekit(tmp_path_factory.mktemp("egress")) as server:
        yield server


@pytest.fixture
async def people(livekit: LiveKitServer) -> AsyncIterator[People]:
    there = People(livekit)
    yield there
    await there.aclose()


async def test_given_a_real_server_without_an_egress_service_then_it_says_so_soon(
    livekit: LiveKitServer, people: People, tmp_path: Path
) -> None:
    room = f"{room_prefix('local')}_{uuid.uuid4().hex[:10]}"
    await people.join(room, Participant("sip_1", "caller"))
    async with open_egress(livekit.url, livekit.api_key, livekit.api_secret, BUCKET) as egress:
        with pytest.raises(SwitchboardError) as refused:
            await egress.start(room, PATH)
        assert refused.value.retryable
        assert "egress" in str(refused.value)


async def test_given_an_egress_without_a_bucket_when_a_process_starts_then_it_is_said_what_is_missing(
    settings: Settings,
) -> None:
    with pytest.raises(ConfigError, match="RECORDING_STORAGE"):
        changed(settings, egress=True)


async def test_given_no_egress_when_a_process_starts_then_agents_record_by_themselves(services: Services) -> None:
    assert services.egress is None
