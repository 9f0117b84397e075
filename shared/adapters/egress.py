"""The port `Egress` by LiveKit: records a room into an S3 bucket, the caller and the agent on a channel each."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Protocol

import aiohttp
from livekit import api
from livekit.api.twirp_client import ServerError

from shared.adapters.s3 import Bucket
from shared.errors import SwitchboardError

CALL_SECONDS = 3.0
GONE = ("not_found", "failed_precondition")
"""LiveKit's error codes for an egress that has already ended."""


class EgressService(Protocol):
    """The part of LiveKit's server API that the adapter uses."""

    async def start_room_composite_egress(self, start: api.RoomCompositeEgressRequest) -> api.EgressInfo: ...

    async def stop_egress(self, stop: api.StopEgressRequest) -> api.EgressInfo: ...


class LiveKitEgress:
    def __init__(self, service: EgressService, bucket: Bucket, call_seconds: float = CALL_SECONDS) -> None:
        self._service = service
        self._bucket = bucket
        self._call_seconds = call_seconds

    async def start(self, room: str, path: str) -> str:
        bucket = self._bucket
        file = api.EncodedFileOutput(
            file_type=api.EncodedFileType.OGG,
            filepath=bucket.key_of(path),
            disable_manifest=True,
            s3=api.S3Upload(
                access_key=bucket.access_key,
                secret=bucket.secret,
                region=bucket.region,
                endpoint=bucket.endpoint or "",
                bucket=bucket.name,
                force_path_style=bucket.endpoint is not None,
            ),
        )
        wanted = api.RoomCompositeEgressRequest(
            room_name=room, audio_only=True, audio_mixing=api.AudioMixing.DUAL_CHANNEL_AGENT, file_outputs=[file]
        )
        try:
            async with asyncio.timeout(self._call_seconds):
                return (await self._service.start_room_composite_egress(wanted)).egress_id
        except (ServerError, TimeoutError, aiohttp.ClientError) as error:
            raise _failed(f"record {room}", error) from error

    async def stop(self, egress_id: str) -> None:
        try:
            async with asyncio.timeout(self._call_seconds):
                await self._service.stop_egress(api.StopEgressRequest(egress_id=egress_id))
        except (ServerError, TimeoutError, aiohttp.ClientError) as error:
            if not (isinstance(error, ServerError) and error.code in GONE):
                raise _failed(f"stop {egress_id}", error) from error


def _failed(what: str, error: Exception) -> SwitchboardError:
    if isinstance(error, ServerError):
        return SwitchboardError(f"LiveKit's egress: {what}: {error.code}: {error.message}", error.status)
    return SwitchboardError(f"LiveKit's egress: {what}: {error or type(error).__name__}")


@asynccontextmanager
async def open_egress(
    url: str, key: str, secret: str, bucket: Bucket, *, call_seconds: float = CALL_SECONDS
) -> AsyncGenerator[LiveKitEgress]:
    """Connects at the first request."""
    # the client's own retries are for several regions, and would outlast the time limit
    client = api.LiveKitAPI(url, key, secret, failover=False)
    try:
        yield LiveKitEgress(client.egress, bucket, call_seconds)
    finally:
        await client.aclose()
