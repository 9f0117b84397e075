"""Liveness of this process, and readiness: whether calls would be answered now."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response
from pydantic import BaseModel

from shared.errors import PickupError
from shared.services import Services

CHECK_SECONDS = 1.0
"""For each; they run side by side."""


class Check(BaseModel):
    ok: bool | None
    """None: unknown."""
    needed: bool
    """Whether calls go unanswered, or are lost, without it."""
    ms: float
    detail: str


class Readiness(BaseModel):
    ready: bool
    stage: str
    release: str
    checks: dict[str, Check]


class Liveness(BaseModel):
    live: bool = True


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/health", tags=["health"])
    stage = services.settings.stage

    async def postgres() -> tuple[bool, str]:
        await services.records.recent(stage, 1)
        return True, "answers"

    async def redis() -> tuple[bool, str]:
        await services.sessions.decided("health")
        return True, "answers"

    async def livekit() -> tuple[bool, str]:
        return True, f"answers: {len(await services.switchboard.rooms(stage))} rooms"

    async def workers() -> tuple[bool, str]:
        beats = await services.workers.alive()
        registered = [beat for beat in beats if beat.registered]
        taken, places = sum(beat.calls for beat in registered), sum(beat.capacity for beat in registered)
        detail = f"{len(beats)} alive, {len(registered)} registered, {taken} of {places} calls"
        return any(beat.ready for beat in registered), detail

    @routes.get("/live")
    async def live() -> Liveness:
        """The event loop answers; nothing else is checked."""
        return Liveness()

    @routes.get("/ready", responses={503: {"model": Readiness, "description": "A call would not be answered now"}})
    async def ready(response: Response) -> Readiness:
        """Each check by its name. Redis alone doesn't count: calls are answered without it."""
        probes = {"postgres": postgres, "livekit": livekit, "redis": redis, "workers": workers}
        done = await asyncio.gather(*(_checked(probe) for probe in probes.values()))
        checks = dict(zip(probes, done, strict=True))
        checks["redis"].needed = False
        if not checks["redis"].ok:
            checks["workers"] = checks["workers"].model_copy(update={"ok": None, "needed": False})
        answered = all(check.ok or not check.needed for check in checks.values())
        response.status_code = 200 if answered else 503
        return Readiness(ready=answered, stage=stage, release=services.settings.release, checks=checks)

    return routes


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
