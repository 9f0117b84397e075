"""Client of the lab carrier's test API: webhooks sent, calls, routes, faults."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

_TIMEOUT_SECONDS = 10.0


class CarrierControl:
    """For the carrier at `url` (`http://HOST:PORT`, or its API's). `async with` closes its connections.

    Raises `httpx.HTTPStatusError` for a refusal, with the reason in the response's body.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        # trust_env: no proxy between two processes of one machine
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
        """All events in the order in which they happened: `{event, attempts, statuses, delivered_to, lost}`."""
        return (await self._send("GET", "/lab/webhooks")).json()

    async def calls(self) -> list[dict[str, Any]]:
        """All calls, oldest first: `{call_session_id, did, mode, legs}`; the first leg is the caller's."""
        return (await self._send("GET", "/lab/calls")).json()

    async def routes(self, *routes: Mapping[str, Any], phones: Mapping[str, str] | None = None) -> None:
        """Adds routes, or replaces those of the same numbers. See `lab.carrier.route.Route`."""
        await self._send("POST", "/lab/routes", json={"routes": [*routes], "phones": dict(phones or {})})

    async def faults(
        self,
        *,
        duplicate: int = 0,
        delay_ms: tuple[int, int] | None = None,
        reorder: bool = False,
        lose: Sequence[str] = (),
        lose_next: int = 0,
        commands: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Replaces all faults. See `lab.carrier.faults.Faults`; `commands` are `CommandFault`s."""
        timing = {"duplicate": duplicate, "delay_ms": delay_ms, "reorder": reorder}
        lost = {"lose": [*lose], "lose_next": lose_next}
        await self._send("POST", "/lab/faults", json={**timing, **lost, "commands": [*commands]})

    async def clear(self) -> None:
        """Removes all faults."""
        await self._send("DELETE", "/lab/faults")

    async def expire_recordings(self) -> None:
        """Expires all recordings' URLs, as ten minutes would."""
        await self._send("DELETE", "/lab/recordings")

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        return (await self._client.request(method, path, **more)).raise_for_status()
