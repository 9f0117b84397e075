import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from google.protobuf.empty_pb2 import Empty
from livekit.protocol.sip import SIPStatus
from structlog.testing import capture_logs

from lab.gateway import messages
from lab.gateway.bus import Bus, BusError
from lab.gateway.channels import channel
from lab.stack.redis import EmbeddedRedis
from shared.config import redis_bin

SERVICE, METHOD = "SIPInternal", "CreateSIPParticipant"


async def joined(stack: AsyncExitStack, url: str) -> Bus:
    bus = Bus(url)
    stack.push_async_callback(bus.close)
    await bus.start(SERVICE)
    return bus


@pytest.fixture
async def buses(redis_url: str) -> AsyncIterator[tuple[Bus, Bus]]:
    """Two processes' places on one bus."""
    async with AsyncExitStack() as stack:
        yield await joined(stack, redis_url), await joined(stack, redis_url)


async def ask(bus: Bus, seconds: float = 2.0, **request: Any) -> Any:
    return await bus.request(SERVICE, METHOD, messages.DialRequest(**request), messages.DialResponse, seconds=seconds)


async def echo(request: Any) -> Any:
    return messages.DialResponse(sip_call_id=request.sip_call_id)


async def test_given_a_server_when_asked_then_it_answers(buses: tuple[Bus, Bus]) -> None:
    client, server = buses
    await server.serve(SERVICE, METHOD, messages.DialRequest, echo)

    assert (await ask(client, sip_call_id="SCL_1")).sip_call_id == "SCL_1"


async def test_given_many_questions_at_once_when_asked_then_each_gets_its_own_answer(buses: tuple[Bus, Bus]) -> None:
    client, server = buses
    await server.serve(SERVICE, METHOD, messages.DialRequest, echo)

    answers = await asyncio.gather(*(ask(client, sip_call_id=f"SCL_{n}") for n in range(50)))

    assert [answer.sip_call_id for answer in answers] == [f"SCL_{n}" for n in range(50)]


async def test_given_two_servers_when_asked_then_one_alone_answers(buses: tuple[Bus, Bus], redis_url: str) -> None:
    client, server = buses
    asked: list[str] = []

    def by(name: str) -> Any:
        async def answer(request: Any) -> Any:
            asked.append(name)
            return await echo(request)

        return answer

    async with AsyncExitStack() as stack:
        other = await joined(stack, redis_url)
        await server.serve(SERVICE, METHOD, messages.DialRequest, by("one"))
        await other.serve(SERVICE, METHOD, messages.DialRequest, by("two"))
        for n in range(10):
            await ask(client, sip_call_id=f"SCL_{n}")

    assert len(asked) == 10


async def test_given_a_refusal_when_asked_then_its_reason_comes_back(buses: tuple[Bus, Bus]) -> None:
    client, server = buses

    async def refuse(_: Any) -> Any:
        raise BusError("resource_exhausted", "sip status: 486", SIPStatus(code=486))  # type: ignore[arg-type]

    await server.serve(SERVICE, METHOD, messages.DialRequest, refuse)

    with pytest.raises(BusError) as refused:
        await ask(client)
    assert (refused.value.reason, str(refused.value)) == ("resource_exhausted", "sip status: 486")


async def test_given_no_server_when_asked_then_unavailable_within_a_second(buses: tuple[Bus, Bus]) -> None:
    with pytest.raises(BusError) as refused:
        await asyncio.wait_for(ask(buses[0], seconds=10), 2)
    assert refused.value.reason == "unavailable"


async def test_given_a_server_that_takes_too_long_when_asked_then_the_deadline_is_kept_on_both_sides(
    buses: tuple[Bus, Bus],
) -> None:
    client, server = buses
    given_up = asyncio.Event()

    async def forever(_: Any) -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()

    await server.serve(SERVICE, METHOD, messages.DialRequest, forever)

    with pytest.raises(BusError) as refused:
        await ask(client, seconds=0.5)
    assert refused.value.reason == "deadline_exceeded"
    await asyncio.wait_for(given_up.wait(), 2)


async def test_given_a_topic_when_withdrawn_then_only_the_others_are_answered(buses: tuple[Bus, Bus]) -> None:
    client, server = buses

    async def done(_: Any) -> Any:
        return Empty()

    for topic in ("SCL_one", "SCL_two"):
        await server.serve(SERVICE, "TransferSIPParticipant", messages.TransferRequest, done, topic)
    await server.withdraw(SERVICE, "TransferSIPParticipant", "SCL_one")

    async def transfer(topic: str) -> Any:
        method = "TransferSIPParticipant"
        return await client.request(SERVICE, method, messages.TransferRequest(), Empty, seconds=2, topic=topic)

    await transfer("SCL_two")
    with pytest.raises(BusError):
        await transfer("SCL_one")


async def test_given_a_redis_that_was_away_when_it_is_back_then_the_bus_is_too(tmp_path: Path) -> None:
    store = EmbeddedRedis(tmp_path / "redis", redis_bin=redis_bin())
    await store.start()
    try:
        async with AsyncExitStack() as stack:
            client, server = await joined(stack, store.url), await joined(stack, store.url)
            await server.serve(SERVICE, METHOD, messages.DialRequest, echo)
            assert (await ask(client, sip_call_id="before")).sip_call_id == "before"

            store.kill()
            with pytest.raises(BusError) as refused:
                await ask(client)
            assert refused.value.reason == "unavailable"
            await store.start()

            deadline = asyncio.get_running_loop().time() + 10
            while True:
                try:
                    assert (await ask(client, sip_call_id="after")).sip_call_id == "after"
                    break
                except BusError:
                    assert asyncio.get_running_loop().time() < deadline
                    await asyncio.sleep(0.1)
    finally:
        await store.stop()


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("IOInfo", "Method", "", "REQ"), "IOInfo|Method|REQ"),
        (("SIPInternal", "Transfer", "SCL_x", "RCLAIM"), "SIPInternal|Transfer|SCL_x|RCLAIM"),
        (("foo", "a.b", "É"), "foo|au+002eb|u+00c9"),
    ],
)
def test_given_parts_when_a_channel_is_named_then_it_is_as_the_server_names_it(
    parts: tuple[str, ...], name: str
) -> None:
    assert channel(*parts) == name


async def test_given_no_redis_when_started_then_it_says_so(tmp_path: Path) -> None:
    bus = Bus("redis://127.0.0.1:1/0")
    with pytest.raises(BusError, match="Redis"):
        await bus.start(SERVICE)
    await bus.close()


async def test_given_a_message_that_kills_the_reader_when_the_next_comes_then_it_was_reported_and_is_answered(
    buses: tuple[Bus, Bus], redis_url: str
) -> None:
    client, server = buses
    await server.serve(SERVICE, METHOD, messages.DialRequest, echo)
    with capture_logs() as logs:
        async with redis.asyncio.from_url(redis_url) as stranger:
            await stranger.publish(f"{SERVICE}|{client._client_id}|RES", b"\xff no message of ours")
            while not any(entry.get("action") == "bus reader" for entry in logs):
                await asyncio.sleep(0.01)
        async with asyncio.timeout(10):
            await asyncio.sleep(0.3)  # the reader's pause
            assert (await ask(client, sip_call_id="SCL_1")).sip_call_id == "SCL_1"
