"""The port `Prober` by a LiveKit room of its own: a caller as LiveKit's SIP service makes one, without a telephone."""

import asyncio
import uuid
from array import array
from collections.abc import Awaitable, Callable
from datetime import datetime

from livekit import api, rtc

from shared.domain.telephony.rooms import CALL_HEADER, agent_name, attribute_of, room_prefix
from shared.errors import ProbeError
from shared.tasks import Tasks
from shared.tokens import StageTokens

CALLER = "+12025550188"
"""A number of those that are reserved for fiction."""
RATE = 16_000
FRAME_MS = 20
JOIN_SECONDS = 5.0
ANSWER_SECONDS = 8.0
SOUND_SECONDS = 6.0
"""From the answer to sound that is loud enough for long enough."""
LEAVE_SECONDS = 2.0
ATTEMPT_SECONDS = 16.0
"""The client library's attempt to connect has failed by then at the latest."""
_AUDIBLE = 600
"""Of 32,767: louder than the codec's own noise."""
_LOUD_FRAMES = 10
"""200 ms: more than a click."""


class RoomProber:
    """Joins a new room of the stage as a caller, has an agent dispatched there, and listens for its greeting."""

    def __init__(self, url: str, key: str, secret: str, tokens: StageTokens, now: Callable[[], datetime]) -> None:
        self._url, self._key, self._secret = url, key, secret
        self._tokens = tokens
        self._now = now

    async def call(self, did: str, generation: int) -> None:
        room, answered, heard = rtc.Room(), asyncio.Event(), asyncio.Event()
        async with Tasks() as tasks:

            def on_track(track: rtc.Track, *_: object) -> None:
                if track.kind == rtc.TrackKind.KIND_AUDIO:
                    answered.set()
                    tasks.start("listening for the greeting", lambda: _listen(track, heard))

            room.on("track_subscribed", on_track)  # pyright: ignore[reportUnknownMemberType]
            token = self._token(did, generation)
            # not to be cancelled halfway: the participant would join all the same
            joining = tasks.start("joining as a caller", lambda: _join(room, self._url, token))
            try:
                await _within(JOIN_SECONDS, asyncio.shield(joining), "the room isn't joined")
                await _within(ANSWER_SECONDS, answered.wait(), f"no answer within {ANSWER_SECONDS:g} s")
                active = room.local_participant.set_attributes({"sip.callStatus": "active"})
                await _within(JOIN_SECONDS, active, "the call isn't connected")
                await _within(SOUND_SECONDS, heard.wait(), f"answered, but silent for {SOUND_SECONDS:g} s")
            finally:
                await asyncio.wait({joining}, timeout=ATTEMPT_SECONDS)
                leaving = tasks.start("hanging up", room.disconnect)
                await asyncio.wait({leaving}, timeout=LEAVE_SECONDS)

    def _token(self, did: str, generation: int) -> str:
        """The room is made with it, and an agent of the generation dispatched."""
        stage = self._tokens.stage
        signed = self._tokens.sign_call(str(uuid.uuid4()), self._now(), synthetic=True)
        attributes = {
            "sip.callStatus": "ringing",
            "sip.trunkPhoneNumber": did,
            "sip.phoneNumber": CALLER,
            "sip.callID": uuid.uuid4().hex,
            attribute_of(CALL_HEADER): signed,
        }
        name = agent_name(stage)
        dispatch = api.RoomAgentDispatch(agent_name=name, metadata=f'{{"generation": {generation}}}')
        room = f"{room_prefix(stage)}proof-{uuid.uuid4().hex[:12]}"
        return (
            api.AccessToken(self._key, self._secret)
            .with_identity(f"sip_{CALLER}")
            .with_kind("sip")
            .with_attributes(attributes)
            .with_grants(api.VideoGrants(room_join=True, room=room, can_update_own_metadata=True))
            .with_room_config(api.RoomConfiguration(departure_timeout=5, agents=[dispatch]))
            .to_jwt()
        )


async def _join(room: rtc.Room, url: str, token: str) -> None:
    try:
        await room.connect(url, token)
    except rtc.ConnectError as error:
        raise ProbeError(f"the room isn't joined: {error}") from error


async def _within(seconds: float, work: Awaitable[object], otherwise: str) -> None:
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        raise ProbeError(otherwise) from None


async def _listen(track: rtc.Track, heard: asyncio.Event) -> None:
    stream = rtc.AudioStream.from_track(track=track, sample_rate=RATE, num_channels=1, frame_size_ms=FRAME_MS)
    loud = 0
    try:
        async for event in stream:
            samples = array("h", bytes(event.frame.data))
            loud += max(map(abs, samples), default=0) > _AUDIBLE
            if loud >= _LOUD_FRAMES:
                heard.set()
                return
    finally:
        await stream.aclose()
