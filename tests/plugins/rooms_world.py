"""A real LiveKit server for tests, and people who join its rooms without a telephone."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from livekit import api, rtc

from lab.stack.livekit import LiveKitServer, livekit_program
from lab.stack.redis import EmbeddedRedis
from shared.config import cache_dir, redis_bin
from shared.domain.telephony.rooms import Participant
from shared.errors import StackError

_KINDS = {"caller": "sip", "agent": "agent", "other": "standard"}


@contextlib.contextmanager
def serving_livekit(folder: Path, webhooks: Sequence[str] = ()) -> Iterator[LiveKitServer]:
    """A server with a Redis of its own; the test is skipped where the program isn't built. Not for a running loop."""
    try:
        program = livekit_program(cache_dir())
    except StackError as error:
        pytest.skip(f"needs the phone rig: make phone-rig ({error})")
    redis = EmbeddedRedis(folder / "redis", appendonly=False, redis_bin=redis_bin())
    asyncio.run(redis.start())
    try:
        server = LiveKitServer(folder / "livekit", redis.url, program=program, webhooks=webhooks)
        try:
            asyncio.run(server.start())
            yield server
        finally:
            # asked politely it would wait for the rooms that tests leave behind
            server.kill()
    finally:
        asyncio.run(redis.stop())


class People:
    """Those who are in the rooms of a real server; all leave at the end."""

    def __init__(self, server: LiveKitServer) -> None:
        self._server = server
        self._rooms: dict[tuple[str, str], rtc.Room] = {}

    async def join(self, room: str, who: Participant) -> rtc.Room:
        token = (
            api.AccessToken(self._server.api_key, self._server.api_secret)
            .with_identity(who.identity)
            .with_kind(_KINDS[who.kind])
            .with_attributes(dict(who.attributes))
            .with_ttl(timedelta(minutes=5))
            .with_grants(api.VideoGrants(room_join=True, room=room, agent=who.kind == "agent"))
        )
        joined = rtc.Room()
        await asyncio.wait_for(joined.connect(self._server.url, token.to_jwt()), 10)
        self._rooms[room, who.identity] = joined
        return joined

    async def leave(self, room: str, identity: str) -> None:
        await asyncio.wait_for(self._rooms.pop((room, identity)).disconnect(), 10)

    async def aclose(self) -> None:
        for room, identity in list(self._rooms):
            await self.leave(room, identity)
