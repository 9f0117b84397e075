"""The port `Dialler` by LiveKit's server API: a person's leg in a caller's room, and who hears whom."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from google.protobuf.duration_pb2 import Duration
from livekit import api
from livekit.api.twirp_client import ServerError, SipCallError

from shared.adapters.livekit import CALL_SECONDS, NOT_FOUND, bounded, livekit_client
from shared.domain.telephony.rooms import SipOut
from shared.errors import NotAnswered, SwitchboardError

_ANSWER_SECONDS = 5.0
"""Beyond the ringing: for the request itself."""


class LiveKitDialler:
    """`out`: the carrier's SIP host; None: nobody can be dialled."""

    def __init__(self, client: api.LiveKitAPI, call_seconds: float, out: SipOut | None) -> None:
        self._client = client
        self._call_seconds = call_seconds
        self._out = out

    @property
    def available(self) -> bool:
        return self._out is not None

    async def dial(self, room: str, identity: str, to: str, *, caller_id: str, ring_seconds: float) -> None:
        if self._out is None:
            raise SwitchboardError("nobody can be dialled: set PICKUP_SIP_OUT_HOST", 400)
        request = api.CreateSIPParticipantRequest(
            trunk=api.SIPOutboundConfig(
                hostname=self._out.host,
                auth_username=self._out.user,
                auth_password=self._out.password,
            ),
            sip_call_to=to,
            sip_number=caller_id,
            room_name=room,
            participant_identity=identity,
            wait_until_answered=True,
            ringing_timeout=Duration(seconds=round(ring_seconds)),
        )
        what, seconds = f"dial a person into {room}", ring_seconds + _ANSWER_SECONDS
        try:
            async with asyncio.timeout(seconds):
                await self._client.sip.create_sip_participant(request, timeout=seconds)
        except TimeoutError as error:
            raise NotAnswered(f"LiveKit: {what}: no answer within {seconds} s", 408) from error
        except SipCallError as error:
            raise NotAnswered(f"LiveKit: {what}: {error.sip_status_code}", error.sip_status_code) from error
        except ServerError as error:
            raise SwitchboardError(f"LiveKit: {what}: {error.code}: {error.message}", error.status) from error
        except aiohttp.ClientError as error:
            raise SwitchboardError(f"LiveKit: {what}: {error or type(error).__name__}") from error

    async def hear(self, room: str, identity: str, tracks: Sequence[str], *, on: bool) -> None:
        request = api.UpdateSubscriptionsRequest(room=room, identity=identity, track_sids=list(tracks), subscribe=on)
        async with bounded(f"subscriptions of {identity} in {room}", self._call_seconds):
            await self._client.room.update_subscriptions(request)

    async def drop(self, room: str, identity: str) -> None:
        try:
            async with bounded(f"drop {identity} of {room}", self._call_seconds):
                await self._client.room.remove_participant(api.RoomParticipantIdentity(room=room, identity=identity))
        except SwitchboardError as error:
            if error.status != NOT_FOUND:
                raise


@asynccontextmanager
async def open_dialler(
    url: str, key: str, secret: str, out: SipOut | None, *, call_seconds: float = CALL_SECONDS
) -> AsyncGenerator[LiveKitDialler]:
    async with livekit_client(url, key, secret) as client:
        yield LiveKitDialler(client, call_seconds, out)
