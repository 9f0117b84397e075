"""Serves house audio as WAV, for a carrier that plays it to a caller."""

import asyncio
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response

from shared.house_audio import FOLDER, wav
from webhooks.answers import Missing, Refused

TELEPHONE_RATE = 8_000
_CACHED = {"Cache-Control": "public, max-age=86400"}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "WAV: 8 kHz, mono, 16 bit", "content": {"audio/wav": {}}},
    "4XX": {"model": Refused, "description": "There is no such sentence"},
}


def router() -> APIRouter:
    routes = APIRouter(tags=["lines"])
    recordings = {path.stem: path for path in FOLDER.glob("*.ogg")}

    @routes.get("/lines/{name}.wav", response_class=Response, responses=_ANSWERS)
    async def line(name: str) -> Response:
        if name not in recordings:
            raise Missing("there is no such sentence")
        return Response(await asyncio.to_thread(_as_wav, recordings[name]), media_type="audio/wav", headers=_CACHED)

    return routes


@lru_cache(maxsize=64)
def _as_wav(recording: Path) -> bytes:
    return wav(recording, TELEPHONE_RATE)
