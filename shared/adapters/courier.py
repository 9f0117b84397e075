"""The port `Courier`: posts to a tenant's receiver, by HTTP and with nobody's help: no proxy, cookie or redirect."""

import asyncio
import errno
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from socket import AddressFamily
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from shared.domain.addresses import is_address, is_public
from shared.domain.delivery import Answer

POST_SECONDS = 10.0
"""For all of it: resolving, connecting, sending, and the beginning of the answer."""
_MOST_READ = 300
"""Bytes of an answer: for the log."""
AT_ONCE = 20


class PublicResolver(AbstractResolver):
    """Gives only public addresses. The connection goes to what it gives: nothing is resolved a second time."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if hidden := [each["host"] for each in found if not is_public(each["host"])]:
            # all of them must be: a name that also leads inside is no mistake
            raise OSError(errno.EACCES, f"{host} leads to {hidden[0]}, which isn't public")
        return found

    async def close(self) -> None:
        await self._inner.close()


class HttpCourier:
    def __init__(self, http: aiohttp.ClientSession, *, inside: bool) -> None:
        self._http = http
        self._inside = inside

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        began = time.monotonic()
        status, error = await self._post(url, body, headers)
        return Answer(status, error, time.monotonic() - began)

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int | None, str]:
        try:
            address = urlsplit(url)
            if not self._inside:
                refuse_inside(address.scheme, address.hostname or "")
            async with asyncio.timeout(POST_SECONDS):
                async with self._http.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                    if 200 <= answer.status < 300:
                        return answer.status, ""
                    said = (await answer.content.read(_MOST_READ)).decode(errors="replace")
                    return answer.status, " ".join(said.split())
        except TimeoutError:
            return None, f"no answer within {POST_SECONDS:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return None, f"{type(error).__name__}: {error}"


def refuse_inside(scheme: str, host: str) -> None:
    """Raises ValueError for an address that no tenant's server has."""
    if scheme != "https":
        raise ValueError("a tenant's address begins with https://")
    if is_address(host) and not is_public(host):
        raise ValueError(f"{host} isn't a public address")


@asynccontextmanager
async def open_courier(*, inside: bool) -> AsyncGenerator[HttpCourier]:
    """`inside`: whether private addresses and plain HTTP are allowed, as in stage `local`."""
    resolver = ThreadedResolver() if inside else PublicResolver()
    connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True, limit=AT_ONCE)
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    ) as http:
        yield HttpCourier(http, inside=inside)
    await resolver.close()
