"""Client of the lab's desk (`/lab/...`): faults, expected utterances, received requests, speech and recognition."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Literal

import httpx

from lab.base import timescale

Target = Literal["stt", "llm", "tts", "sentry"]
Kind = Literal["refuse", "status", "hang", "cut", "delay", "silent", "blank", "zeros"]

_TIMEOUT_SECONDS = 30.0


class LabControl:
    """Speaks to the providers at `url` (`http://127.0.0.1:PORT`). `async with` closes its connections.

    Raises httpx.HTTPStatusError when the desk refuses; the response's body has the reason.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        # the timeout is in real seconds: the lab works no faster when this process's clock runs faster
        # trust_env: a proxy from the environment must not stand between two processes of one machine
        self._client = httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_SECONDS * timescale.speed(), trust_env=False)

    async def __aenter__(self) -> "LabControl":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._client.aclose()

    async def ready(self) -> None:
        """Waits until the engines are loaded, so that loading doesn't count in the next measurement."""
        await self._send("GET", "/lab/ready")

    async def fault(
        self,
        target: Target,
        kind: Kind,
        *,
        status: int = 503,
        seconds: float = 5.0,
        times: int | None = None,
        after: int = 0,
        at: int | None = None,
        now: bool = False,
        model: str | None = None,
    ) -> None:
        """Sets a fault: see `lab.providers.faults.Fault`. `times` None: until `clear`."""
        fault = {"target": target, "kind": kind, "status": status, "seconds": seconds, "times": times, "after": after}
        await self._send("POST", "/lab/faults", json={**fault, "at": at, "now": now, "model": model})

    async def clear(self, target: Target | None = None) -> None:
        """Clears all faults, or those of one target."""
        await self._send("DELETE", "/lab/faults", params={"target": target} if target else None)

    @asynccontextmanager
    async def faulty(self, target: Target, kind: Kind, **more: Any) -> AsyncIterator[None]:
        """Sets the fault while the context lasts; on exit it clears all faults of the target."""
        await self.fault(target, kind, **more)
        try:
            yield
        finally:
            await self.clear(target)

    async def expect(self, texts: Sequence[str], *, seconds: Sequence[float] | None = None, stream: str = "") -> None:
        """Announces the next utterances, so that the recogniser needn't decode them.

        `seconds`: their lengths, so that a pause doesn't split one. `stream`: a Deepgram `tag`, API key or id.
        """
        body: dict[str, Any] = {"texts": list(texts), "stream": stream}
        if seconds is not None:
            body["seconds"] = list(seconds)
        await self._send("POST", "/lab/expect", json=body)

    async def forget_expected(self) -> None:
        await self._send("DELETE", "/lab/expect")

    async def streams(self) -> list[dict[str, Any]]:
        """The open Deepgram streams, `{"id", "names", "seconds"}`, oldest first."""
        return (await self._send("GET", "/lab/streams")).json()

    async def model(self, kind: Literal["scripted", "contrary", "sloppy", "insistent"], seed: int = 0) -> None:
        """Chooses the model that answers all chat requests."""
        await self._send("POST", "/lab/model", json={"kind": kind, "seed": seed})

    async def teach(self, playbooks: dict[str, Any]) -> None:
        """Gives the scripted model playbooks by role, `template/node`, beside those of the templates' files."""
        await self._send("POST", "/lab/playbooks", json=playbooks)

    async def sentry_items(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The items of received envelopes: `{"type", "header", "envelope", "payload"}`."""
        return (await self._send("GET", "/lab/sentry", params={"type": kind} if kind else None)).json()

    async def sentry_events(self) -> list[dict[str, Any]]:
        """The payloads of the events Sentry would show as issues."""
        return [item["payload"] for item in await self.sentry_items("event")]

    async def clear_sentry(self) -> None:
        await self._send("DELETE", "/lab/sentry")

    async def requests(self) -> dict[str, Any]:
        """`{"counts": {target: n}, "last": {target: [body, ...]}}`."""
        return (await self._send("GET", "/lab/requests")).json()

    async def forget_requests(self) -> None:
        await self._send("DELETE", "/lab/requests")

    async def say(self, text: str, voice: str = "caller-1", speed: float = 1.0) -> bytes:
        """Speech as PCM s16le mono, 24 kHz. `voice`: a key of `lab.providers.voice.VOICES`. No fault touches it."""
        body = {"model": "tts-1", "input": text, "voice": voice, "response_format": "pcm", "speed": speed}
        return (await self._send("POST", "/lab/say", json=body)).content

    async def hear(self, pcm: bytes, rate: int = 16_000) -> str:
        """Recognises the words in PCM s16le mono (at most 60 s). No fault touches it."""
        headers = {"content-type": "application/octet-stream"}
        answer = await self._send("POST", "/lab/hear", params={"rate": rate}, content=pcm, headers=headers)
        return answer.json()["text"]

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        response = await self._client.request(method, path, **more)
        response.raise_for_status()
        return response
