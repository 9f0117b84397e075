"""The port `Partners`: asks a tenant's server by HTTP: no proxy, cookie or redirect, public addresses only."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
from aiohttp.resolver import ThreadedResolver

from shared.adapters.courier import PublicResolver, refuse_inside
from shared.domain.functions import HttpAnswer, HttpRequest
from shared.errors import PartnerError

MOST_BYTES = 64 * 1024
"""Of an answer."""
AT_ONCE = 50
_OF_THE_WAY = ("content-length", "content-encoding", "transfer-encoding", "connection")


class HttpPartners:
    def __init__(self, *, inside: bool) -> None:
        """`inside`: whether private addresses and plain HTTP are allowed, as in stage `local`."""
        self._inside = inside
        self._http: aiohttp.ClientSession | None = None

    async def ask(self, request: HttpRequest) -> HttpAnswer:
        address = urlsplit(request.url)
        try:
            if not self._inside:
                refuse_inside(address.scheme, address.hostname or "")
            async with self._session.request(
                request.method, request.url, data=request.body, headers=request.headers, allow_redirects=False
            ) as answer:
                body = await _read(answer)
        except (aiohttp.ClientConnectorError, ValueError) as error:
            # nothing was sent
            raise PartnerError(
                f"{address.hostname} can't be reached: {error}",
                retryable=not isinstance(error, ValueError),
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise PartnerError(
                f"{address.hostname} broke off: {type(error).__name__}", retryable=True, may_be_done=True
            ) from error
        if body is None:
            raise PartnerError(f"{address.hostname} answers more than {MOST_BYTES} bytes", may_be_done=True)
        headers = {name.lower(): value for name, value in answer.headers.items() if name.lower() not in _OF_THE_WAY}
        return HttpAnswer(answer.status, body, headers)

    @property
    def _session(self) -> aiohttp.ClientSession:
        """Opened when it is used first: most processes never ask a partner."""
        if self._http is None:
            resolver = ThreadedResolver() if self._inside else PublicResolver()
            connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, limit=AT_ONCE, force_close=True)
            self._http = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                # what a compressed answer becomes has no bound
                headers={"Accept-Encoding": "identity"},
                auto_decompress=False,
            )
        return self._http

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.close()


async def _read(answer: aiohttp.ClientResponse) -> bytes | None:
    """The body; None where it is too long."""
    body = bytearray()
    async for part in answer.content.iter_chunked(8192):
        body += part
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


@asynccontextmanager
async def open_partners(*, inside: bool) -> AsyncGenerator[HttpPartners]:
    partners = HttpPartners(inside=inside)
    try:
        yield partners
    finally:
        await partners.aclose()
