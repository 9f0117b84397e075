"""The gateway's process: how it is told to start and to end, and what it does while those it stands on are away."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sip_gateway import ROOT, OwnGateway, livekit, own_gateway
from sip_people import PERSON_HZ, PHONE_HZ, Person, Talk
from sip_world import World, until

from lab.sip.stack import Leg, SipStack
from lab.stack.livekit import LiveKitServer
from lab.stack.redis import EmbeddedRedis

DRAIN_SECONDS = 4.0


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveKitServer, EmbeddedRedis]]:
    with livekit(tmp_path_factory.mktemp("gateway")) as both:
        yield both


@pytest.fixture
def gateway(behind: tuple[LiveKitServer, EmbeddedRedis], tmp_path: Path) -> Iterator[OwnGateway]:
    server, store = behind
    with own_gateway(tmp_path, server, store.url, "--drain", f"{DRAIN_SECONDS}") as gateway:
        yield gateway


@pytest.fixture
async def world(behind: tuple[LiveKitServer, EmbeddedRedis], gateway: OwnGateway) -> AsyncIterator[World]:
    server, _ = behind
    async with World(gateway.sip, "127.0.0.1", server.url, server.api_key, server.api_secret) as world:
        yield world


@pytest.fixture
async def phone() -> AsyncIterator[SipStack]:
    async with SipStack() as stack:
        yield stack


@asynccontextmanager
async def answered(world: World, phone: SipStack) -> AsyncIterator[tuple[Leg, Person, Talk]]:
    """A call that both sides hear."""
    async with world.line() as line:
        leg = await phone.dial(f"sip:{line.number}@{world.sip}", caller="+15035550199")
        async with world.person(await world.room(line)) as person:
            await person.speak()
            async with Talk(leg) as talk:
                await until(lambda: talk.hears == PERSON_HZ and person.hears == PHONE_HZ, 10, "both hear each other")
                yield leg, person, talk
        await leg.hang_up()


async def test_given_a_running_call_when_told_to_end_then_it_goes_on_and_new_ones_are_refused(
    world: World, gateway: OwnGateway, phone: SipStack
) -> None:
    async with answered(world, phone) as (leg, _, talk):
        gateway.process.terminate()
        gateway.process.terminate()
        await asyncio.sleep(0.5)

        late = await phone.dial(f"sip:+15035550101@{world.sip}", caller="+15035550198")
        ending = await asyncio.wait_for(late.ended(), 2)

        assert (ending.reason, ending.sip_code) == ("refused", 503)
        assert leg.ending is None
        assert talk.hears == PERSON_HZ
        await leg.hang_up()
        assert await gateway.ended(3)
    assert gateway.process.returncode == 0


async def test_given_a_call_without_end_when_told_to_end_then_it_is_ended_when_the_time_is_over(
    world: World, gateway: OwnGateway, phone: SipStack
) -> None:
    async with answered(world, phone) as (leg, person, _):
        began = time.monotonic()
        gateway.process.terminate()
        ending = await asyncio.wait_for(leg.ended(), DRAIN_SECONDS + 3)

        assert (ending.by, ending.reason) == ("peer", "hung_up")
        assert time.monotonic() - began > DRAIN_SECONDS - 0.5
        await until(lambda: person.left, 3, "the participant leaves")
    assert await gateway.ended(3)


async def test_given_a_running_call_when_interrupted_then_it_ends_at_once(
    world: World, gateway: OwnGateway, phone: SipStack
) -> None:
    async with answered(world, phone) as (leg, person, _):
        gateway.process.send_signal(signal.SIGINT)
        ending = await asyncio.wait_for(leg.ended(), 2)

        assert (ending.by, ending.reason) == ("peer", "hung_up")
        await until(lambda: person.left, 3, "the participant leaves")
    assert await gateway.ended(3)
    assert gateway.process.returncode == 0


async def test_given_a_redis_that_dies_when_it_is_back_then_the_call_has_gone_on_and_the_next_is_answered(
    behind: tuple[LiveKitServer, EmbeddedRedis], world: World, phone: SipStack
) -> None:
    _, store = behind
    async with answered(world, phone) as (leg, person, talk):
        store.kill()
        lost = await phone.dial(f"sip:+15035550101@{world.sip}", caller="+15035550198")
        assert (await asyncio.wait_for(lost.ended(), 5)).sip_code == 503
        await store.start()
        await asyncio.sleep(1)

        assert leg.ending is None
        assert talk.hears == PERSON_HZ and person.hears == PHONE_HZ
        await leg.hang_up()
    await leg.ended()
    async with answered(world, phone):
        pass


async def test_given_a_livekit_server_that_dies_when_it_is_back_then_calls_are_answered(
    behind: tuple[LiveKitServer, EmbeddedRedis], world: World, phone: SipStack
) -> None:
    server, _ = behind
    async with world.line() as line:
        server.kill()
        try:
            leg = await phone.dial(f"sip:{line.number}@{world.sip}", caller="+15035550199")
            ending = await asyncio.wait_for(leg.ended(), 5)
        finally:
            await server.start()
        assert (ending.reason, ending.sip_code) == ("refused", 503)
    async with answered(world, phone):
        pass


async def test_given_a_livekit_server_that_dies_during_a_call_when_it_is_back_then_both_hear_each_other_again(
    behind: tuple[LiveKitServer, EmbeddedRedis], world: World, phone: SipStack
) -> None:
    server, _ = behind
    async with answered(world, phone) as (leg, person, talk):
        server.kill()
        await until(lambda: talk.hears == 0, 5, "silence")
        await server.start()

        await until(lambda: talk.hears == PERSON_HZ and person.hears == PHONE_HZ, 20, "both hear each other again")
        assert leg.ending is None


async def test_given_a_gateway_that_is_killed_when_started_again_there_then_it_takes_calls(
    behind: tuple[LiveKitServer, EmbeddedRedis], world: World, gateway: OwnGateway, phone: SipStack, tmp_path: Path
) -> None:
    server, store = behind
    gateway.process.kill()
    gateway.process.wait()

    with own_gateway(tmp_path, server, store.url, "--sip", gateway.sip) as again:
        assert again.sip == gateway.sip
        async with answered(world, phone):
            pass


@pytest.mark.parametrize("told", ["", "{}", "not json"])
def test_given_no_secrets_when_started_then_it_says_what_it_must_be_told(told: str) -> None:
    command = [sys.executable, "-m", "lab.gateway"]
    ended = subprocess.run(command, input=told, capture_output=True, text=True, cwd=ROOT, timeout=30)

    assert ended.returncode == 2
    assert "redis_url" in ended.stderr


def test_given_no_redis_when_started_then_it_ends_with_a_sentence() -> None:
    told = {"livekit_url": "ws://127.0.0.1:1", "api_key": "k", "api_secret": "s", "redis_url": "redis://127.0.0.1:1/0"}
    command = [sys.executable, "-m", "lab.gateway"]
    ended = subprocess.run(command, input=json.dumps(told), capture_output=True, text=True, cwd=ROOT, timeout=30)

    assert ended.returncode == 1
    assert "Redis can't be reached" in ended.stderr
