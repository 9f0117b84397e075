"""Liveness of this process, and readiness: whether calls would be answered now."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response
from pydantic import BaseModel

from shared.errors import PickupError
from shared.observe import log
from shared.services import Services

CHECK_SECONDS = 1.0
"""For each; they run side by side."""
COPY_SECONDS = 1.0
"""How old the answer may be: anybody may ask, so asking must not cost a round trip to every store."""


class Check(BaseModel):
    ok: bool | None
    """None: unknown."""
    needed: bool
    """Whether calls go unanswered, or are lost, without it."""
    ms: float
    detail: str


class Readiness(BaseModel):
    ready: bool
    stage: str | None = None
    """Where it runs and how each check went: on a local stage only. Elsewhere the log has it."""
    release: str | None = None
    checks: dict[str, Check] | None = None


class Liveness(BaseModel):
    live: bool = True


class Checks:
    """What calls need, asked at most once in `COPY_SECONDS`, however many ask at once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._stage = services.settings.stage
        self._asking = asyncio.Lock()
        self._asked_at = float("-inf")
        self._checks: dict[str, Check] = {}

    async def readiness(self) -> Readiness:
        async with self._asking:
            if time.monotonic() - self._asked_at >= COPY_SECONDS:
                before, self._checks = self._checks, await self._ask()
                self._asked_at = time.monotonic()
                self._log_change(before)
        ready = _ready(self._checks)
        if self._stage != "local":
            return Readiness(ready=ready)
        return Readiness(ready=ready, stage=self._stage, release=self._services.settings.release, checks=self._checks)

    async def _ask(self) -> dict[str, Check]:
        """Redis alone doesn't count: calls are answered without it."""
        probes = {"postgres": self._postgres, "livekit": self._livekit, "redis": self._redis, "workers": self._workers}
        done = await asyncio.gather(*(_checked(probe) for probe in probes.values()))
        checks = dict(zip(probes, done, strict=True))
        checks["redis"].needed = False
        if not checks["redis"].ok:
            checks["workers"] = checks["workers"].model_copy(update={"ok": None, "needed": False})
        return checks

    def _log_change(self, before: dict[str, Check]) -> None:
        if {name: check.ok for name, check in before.items()} == {
            name: check.ok for name, check in self._checks.items()
        }:
            return
        details = {name: check.detail for name, check in self._checks.items()}
        write = log.info if _ready(self._checks) else log.warning
        write("readiness changed", action="ready", ready=_ready(self._checks), **details)

    async def _postgres(self) -> tuple[bool, str]:
        await self._services.records.recent(self._stage, 1)
        return True, "answers"

    async def _redis(self) -> tuple[bool, str]:
        await self._services.sessions.decided("health")
        return True, "answers"

    async def _livekit(self) -> tuple[bool, str]:
        return True, f"answers: {len(await self._services.switchboard.rooms(self._stage))} rooms"

    async def _workers(self) -> tuple[bool, str]:
        beats = await self._services.workers.alive()
        registered = [beat for beat in beats if beat.registered]
        taken, places = sum(beat.calls for beat in registered), sum(beat.capacity for beat in registered)
        detail = f"{len(beats)} alive, {len(registered)} registered, {taken} of {places} calls"
        return any(beat.ready for beat in registered), detail


def _ready(checks: dict[str, Check]) -> bool:
    return all(check.ok or not check.needed for check in checks.values())


async def _checked(check: Callable[[], Awaitable[tuple[bool, str]]]) -> Check:
    began = time.perf_counter()
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            ok, detail = await check()
    except TimeoutError:
        ok, detail = False, f"no answer within {CHECK_SECONDS} s"
    except PickupError as error:
        ok, detail = False, error.code
    return Check(ok=ok, needed=True, ms=round((time.perf_counter() - began) * 1000, 1), detail=detail)


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/health", tags=["health"])
    checks = Checks(services)

    @routes.get("/live")
    async def live() -> Liveness:
        """The event loop answers; nothing else is checked."""
        return Liveness()

    @routes.get(
        "/ready",
        response_model_exclude_unset=True,
        responses={503: {"model": Readiness, "description": "A call would not be answered now"}},
    )
    async def ready(response: Response) -> Readiness:
        """Whether a call would be answered, as of at most a second ago; each check by its name on a local stage."""
        readiness = await checks.readiness()
        response.status_code = 200 if readiness.ready else 503
        return readiness

    return routes
