"""A person's leg in the caller's room, kept apart from the caller until the person takes the call.

The room is the caller's own: no second one has to be joined, moved out of or cleaned up, and the room's end ends each
leg. What we play is kept from the wrong party by the permissions of our tracks, which LiveKit's server enforces. The
two legs are kept apart by their subscriptions, which we take away again and again, as a SIP service subscribes itself.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from livekit import rtc

from agent.lines.music import RATE, hold_music
from shared.domain.telephony.rooms import PERSON_PREFIX
from shared.errors import SwitchboardError
from shared.observe import report
from shared.ports import Dialler
from shared.tasks import Backoff, Tasks, cancelled, first

_APART_SECONDS = 1.0
"""How often the two legs' subscriptions are taken away again."""
_AUDIBLE_SECONDS = 5.0
"""The longest wait until a party's telephone has subscribed to our track."""
_HEAD_SECONDS = 0.3
"""Of silence before the first word: a telephone that was just answered isn't at the ear yet."""
_LOOK_SECONDS = 0.5
_FRAME = RATE // 50
_RESTART = Backoff(first_seconds=0.2, longest_seconds=2.0)


class Hold:
    """A caller on hold: hears the music, and nothing that is played to a person. Inside `async with`."""

    def __init__(self, room: rtc.Room, caller: str) -> None:
        self.room = room
        self.caller = caller
        self._closing = AsyncExitStack()
        self._allowed: dict[str, list[str]] = {}

    async def __aenter__(self) -> "Hold":
        async with AsyncExitStack() as closing:
            closing.callback(self._allow_all)
            music = await closing.enter_async_context(sounding(self.room, "hold"))
            agents = [each.sid for each in self.room.local_participant.track_publications.values()]
            self.allow(self.caller, agents)
            tasks = await closing.enter_async_context(Tasks())
            tasks.start("hold music", music.repeat, restart=_RESTART)
            self._closing = closing.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.release()

    def allow(self, identity: str, tracks: list[str]) -> None:
        """This participant may hear these tracks of ours, and no other."""
        self._allowed[identity] = tracks
        self.room.local_participant.set_track_subscription_permissions(
            allow_all_participants=False,
            participant_permissions=[
                rtc.ParticipantTrackPermission(participant_identity=who, allow_all=False, allowed_track_sids=sids)
                for who, sids in self._allowed.items()
            ],
        )

    async def release(self) -> None:
        """The music ends, and everybody hears all of our tracks again. Idempotent."""
        await self._closing.aclose()

    def _allow_all(self) -> None:
        if self.room.isconnected():
            self.room.local_participant.set_track_subscription_permissions(allow_all_participants=True)


class RoomConsultation:
    """One person's leg, inside `async with`; leaving it ends the leg."""

    def __init__(self, hold: Hold, dialler: Dialler, to: str, *, caller_id: str, ring_seconds: float) -> None:
        self._hold = hold
        self._room = hold.room
        self._dialler = dialler
        self._identity = f"{PERSON_PREFIX}{uuid.uuid4().hex[:12]}"
        self._to = to
        self._caller_id = caller_id
        self._ring_seconds = ring_seconds
        self._tasks = Tasks()
        self._closing = AsyncExitStack()
        self._briefing = AsyncExitStack()
        self._left = asyncio.Event()
        self._digits: asyncio.Queue[str | None] = asyncio.Queue()
        self._listeners: dict[Any, Callable[..., None]] = {
            "participant_disconnected": self._on_left,
            "disconnected": lambda _: self._leave(),
            "sip_dtmf_received": self._on_digit,
        }

    async def __aenter__(self) -> "RoomConsultation":
        for event, listener in self._listeners.items():
            self._room.on(event, listener)
        async with AsyncExitStack() as closing:
            closing.push_async_callback(self._drop)
            await closing.enter_async_context(self._briefing)
            self._voice = await self._briefing.enter_async_context(sounding(self._room, "briefing"))
            self._hold.allow(self._identity, [self._voice.sid])
            await closing.enter_async_context(self._tasks)
            self._apart = self._tasks.start("legs apart", self._keep_apart, restart=_RESTART)
            self._closing = closing.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    async def answered(self) -> None:
        await self._dialler.dial(
            self._room.name, self._identity, self._to, caller_id=self._caller_id, ring_seconds=self._ring_seconds
        )
        # before the person's first word: a leg that can't be kept apart isn't used
        await self._part(on=False)

    async def tell(self, text: str, audio: AsyncIterator[rtc.AudioFrame]) -> None:
        await first(played=self._voice.play(audio), left=self._left.wait())

    async def digits(self) -> AsyncIterator[str]:
        while (digit := await self._digits.get()) is not None:
            yield digit
        self._digits.put_nowait(None)

    async def connect(self) -> None:
        await cancelled(self._apart)
        # before all may hear our tracks again
        await self._briefing.aclose()
        await self._hold.release()
        await self._part(on=True)

    async def ended(self) -> None:
        await self._left.wait()

    async def _keep_apart(self) -> None:
        while True:
            await self._part(on=False)
            await asyncio.sleep(_APART_SECONDS)

    async def _part(self, *, on: bool) -> None:
        """Whether the two legs hear each other."""
        parties = (self._hold.caller, self._identity)
        tracks = {who: self._tracks(who) for who in parties}
        await asyncio.gather(
            *(
                self._dialler.hear(self._room.name, who, tracks[other], on=on)
                for who, other in (parties, parties[::-1])
                if who in self._room.remote_participants and tracks[other]
            )
        )

    def _tracks(self, identity: str) -> list[str]:
        participant = self._room.remote_participants.get(identity)
        return [each.sid for each in participant.track_publications.values()] if participant else []

    async def _drop(self) -> None:
        for event, listener in self._listeners.items():
            self._room.off(event, listener)
        self._leave()
        try:
            await self._dialler.drop(self._room.name, self._identity)
        except SwitchboardError as error:
            # the leg ends with the room at the latest
            report(error, action="drop_person")

    def _on_left(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity == self._identity:
            self._leave()

    def _on_digit(self, pressed: rtc.SipDTMF) -> None:
        if pressed.participant is not None and pressed.participant.identity == self._identity:
            self._digits.put_nowait(pressed.digit)

    def _leave(self) -> None:
        self._left.set()
        self._digits.put_nowait(None)


class Sound:
    """A track of ours, published. Its listeners are those whom the permissions allow."""

    def __init__(self, source: rtc.AudioSource, publication: rtc.LocalTrackPublication) -> None:
        self._source = source
        self._publication = publication

    @property
    def sid(self) -> str:
        return self._publication.sid

    async def play(self, frames: AsyncIterator[rtc.AudioFrame]) -> None:
        """Until it has played out. It begins when somebody listens, and anyhow after some seconds."""
        await first(heard=self._publication.wait_for_subscription(), late=asyncio.sleep(_AUDIBLE_SECONDS))
        await asyncio.sleep(_HEAD_SECONDS)
        async for frame in frames:
            await self._source.capture_frame(frame)
        await self._source.wait_for_playout()

    async def repeat(self) -> None:
        """The hold music, round after round."""
        music = hold_music()
        while True:
            for start in range(0, len(music) - _FRAME * 2 + 1, _FRAME * 2):
                frame = rtc.AudioFrame(music[start : start + _FRAME * 2], RATE, 1, _FRAME)
                await self._source.capture_frame(frame)


async def left_alone(room: rtc.Room, dialler: Dialler, *, drop: bool) -> None:
    """Until no person's leg is in the room; `drop` ends them. The agent that has dialled them is gone."""
    while there := [each for each in room.remote_participants if each.startswith(PERSON_PREFIX)]:
        if drop:
            await asyncio.gather(*(dialler.drop(room.name, each) for each in there))
        await asyncio.sleep(_LOOK_SECONDS)


@asynccontextmanager
async def sounding(room: rtc.Room, name: str) -> AsyncIterator[Sound]:
    """Publishes a track, and takes it back at the end."""
    source = rtc.AudioSource(RATE, 1, queue_size_ms=200)
    try:
        track = rtc.LocalAudioTrack.create_audio_track(name, source)
        me = room.local_participant
        publication = await me.publish_track(track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE))
        try:
            yield Sound(source, publication)
        finally:
            if room.isconnected():
                await me.unpublish_track(publication.sid)
    finally:
        await source.aclose()
