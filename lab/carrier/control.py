"""The client of the carrier's desk: what was told by webhook, what the calls are, routes and faults."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

_TIMEOUT_SECONDS = 10.0


class CarrierControl:
    """Speaks to the carrier at `url` (`http://HOST:PORT`, or its API's). `async with` closes its connections.

    A refusal raises `httpx.HTTPStatusError`, its reason in the response's body.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        # trust_env: a proxy of the surroundings must not stand between two processes of one machine
        self._client = httpx.AsyncClient(
            base_url=f"{parts.scheme}://{parts.netloc}", timeout=_TIMEOUT_SECONDS, trust_env=False
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def webhooks(self) -> list[dict[str, Any]]:
        """Each event in the order in which it happened: `{event, attempts, statuses, delivered_to, lost}`."""
        return (await self._send("GET", "/lab/webhooks")).json()

    async def calls(self) -> list[dict[str, Any]]:
        """`{call_session_id, did, mode, legs}`, oldest first; the first leg is the caller's."""
        return (await self._send("GET", "/lab/calls")).json()

    async def routes(self, *routes: Mapping[str, Any], phones: Mapping[str, str] | None = None) -> None:
        """Adds these, or replaces those of the same numbers. See `lab.carrier.route.Route`."""
        await self._send("POST", "/lab/routes", json={"routes": [*routes], "phones": dict(phones or {})})

    async def faults(
        self,
        *,
        duplicate: int = 0,
        delay_ms: tuple[int, int] | None = None,
        reorder: bool = False,
        lose: Sequence[str] = (),
        lose_next: int = 0,
    ) -> None:
        """From now on, and no others. See `lab.carrier.faults.Faults`."""
        told = {"duplicate": duplicate, "delay_ms": delay_ms, "reorder": reorder}
        await self._send("POST", "/lab/faults", json={**told, "lose": [*lose], "lose_next": lose_next})

    async def clear(self) -> None:
        """Takes away all faults."""
        await self._send("DELETE", "/lab/faults")

    async def expire_recordings(self) -> None:
        """As if ten minutes had passed."""
        await self._send("DELETE", "/lab/recordings")

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        return (await self._client.request(method, path, **more)).raise_for_status()
