"""How much may be told, and how slowly."""

import asyncio
import contextlib

import httpx
import pytest
from webhooks_world import Webhooks, event, room_name

from webhooks.body import MOST_BYTES, READ_SECONDS

PATHS = ("/livekit", "/telnyx")


@pytest.mark.parametrize("path", PATHS)
async def test_given_a_body_over_the_limit_when_told_then_it_is_refused_while_it_comes(
    webhooks: Webhooks, path: str
) -> None:
    url = httpx.URL(webhooks.process.ready["url"])
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(f"POST {path} HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < 100 * MOST_BYTES:
            writer.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
            await writer.drain()
            sent += 0x4000
            if sent > MOST_BYTES and not reader.at_eof() and sent % (16 * 0x4000) == 0:
                await asyncio.sleep(0.02)
    assert sent < 50 * MOST_BYTES, "it went on listening"
    writer.close()
    declared = await webhooks.client.post(path, content=b"x" * (MOST_BYTES + 1))
    assert (declared.status_code, declared.json()["code"]) == (413, "body_too_large")
    assert (await webhooks.tell(event("room_started", room_name()))).status_code == 200


async def test_given_headers_without_an_end_then_they_are_not_listened_to(webhooks: Webhooks) -> None:
    url = httpx.URL(webhooks.process.ready["url"])
    reader, writer = await asyncio.open_connection(url.host, url.port)
    more = (b"x-more: " + b"x" * 0x4000 + b"\r\n") * 8
    assert len(more) < MOST_BYTES
    writer.write(b"POST /telnyx HTTP/1.1\r\nHost: here\r\n" + more)
    # else it would go on listening, and never close
    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionError):
            await reader.read()
    writer.close()


async def test_given_a_body_that_does_not_come_when_told_then_it_is_not_waited_for(webhooks: Webhooks) -> None:
    url = httpx.URL(webhooks.process.ready["url"])

    async def begun(path: str) -> None:
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n{{".encode())
        async with asyncio.timeout(READ_SECONDS + 5):
            assert b" 408 " in await reader.readline()
            await reader.read()
        writer.close()

    await asyncio.gather(*(begun(path) for path in PATHS))
