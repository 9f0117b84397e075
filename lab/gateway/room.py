"""The room's side of a call: the phone as a participant that publishes its audio and subscribes to the others."""

import asyncio
import contextlib
import logging
import time
from typing import Any

from livekit import rtc

from lab.gateway.mix import Mix
from lab.sip.stack import Leg
from shared.errors import PickupError
from shared.tasks import Backoff, Tasks, first

log = logging.getLogger(__name__)

ROOM_RATE = 16_000
"""Sample rate of the phone's track in the room: the highest rate of a leg (G.722)."""
JOIN_SECONDS = 10.0
_LEAVE_SECONDS = 2.0
_ATTEMPT_SECONDS = 16.0
"""The client library's attempt to connect has failed by then at the latest."""
_STATUS_SECONDS = 0.5
_FRAME_MS = 20
_PIECE_BYTES = ROOM_RATE // 100 * 2
"""10 ms: an audio source without a queue takes no other size, and a queue costs 20 to 30 ms of delay."""
_BACKLOG_FRAMES = 5
_BACKLOG_SECONDS = 0.12
"""Audio of the room queued in the leg at most; frames beyond it are dropped, so that the delay can't grow."""

_REQUESTS, _REQUEST_SECONDS = 10, 1.0
"""A lost subscription is requested this often, with this pause between."""

_READER_RESTART = Backoff(first_seconds=0.1, longest_seconds=2.0)

STATUS = "sip.callStatus"


class RoomError(PickupError):
    """The room could not be joined."""

    code = "room_failed"


class RoomSide:
    """One participant of kind SIP. `join` once, then `subscribe`, then `bridge`; `leave` in any case."""

    def __init__(self) -> None:
        self.subscribed = asyncio.Event()
        """A participant's audio track was subscribed to."""
        self.closed = asyncio.Event()
        """The room is gone, or the participant was removed from it."""
        self.heard = asyncio.Event()
        """The first RTP or DTMF came from the phone."""
        self.last_audio_at: float | None = None
        """`time.monotonic()` of the last RTP or DTMF from the phone."""
        self.digits: asyncio.Queue[str] = asyncio.Queue(64)
        """DTMF that other participants send to the phone."""
        self._room = rtc.Room()
        self._source = rtc.AudioSource(ROOM_RATE, 1, queue_size_ms=0)
        self._mix = Mix()
        self._tracks: dict[str, rtc.Track] = {}
        self._tasks = Tasks()
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._leg: Leg | None = None
        self._subscribing = False
        self._joining: asyncio.Task[RoomError | None] | None = None
        """Mustn't be cancelled halfway: the participant would join all the same, and couldn't be removed."""

    @property
    def joined(self) -> bool:
        """Whether the attempt to join is over."""
        return self._joining is not None and self._joining.done()

    @property
    def participant_id(self) -> str:
        return self._room.local_participant.sid

    async def join(self, url: str, token: str) -> None:
        """Enters, and publishes the phone's track. Raises RoomError."""
        room = self._room
        room.on("track_published", lambda publication, _: self._request(publication))
        room.on("participant_connected", self._on_participant)
        room.on("track_subscribed", lambda track, publication, _: self._add_track(publication.sid, track))
        room.on("track_unsubscribed", lambda _track, publication, _: self._remove_track(publication.sid))
        room.on("sip_dtmf_received", lambda digit: self._on_digit(digit.digit))
        room.on("reconnected", lambda: self._tasks.start("lost subscriptions", self._request_again))
        room.on("disconnected", lambda _: self.closed.set())
        self._joining = self._tasks.start("room joining", lambda: self._enter(url, token))
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                failure = await asyncio.shield(self._joining)
        except TimeoutError as error:
            raise RoomError(f"the room can't be joined within {JOIN_SECONDS:g} s") from error
        if failure:
            raise failure

    async def _enter(self, url: str, token: str) -> RoomError | None:
        """Returns the failure instead of raising it: after the timeout of `join` nobody needs a report of it."""
        try:
            await self._room.connect(url, token, rtc.RoomOptions(auto_subscribe=False))
            me = self._room.local_participant
            track = rtc.LocalAudioTrack.create_audio_track(me.identity, self._source)
            await me.publish_track(track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE))
        except (rtc.ConnectError, rtc.participant.PublishTrackError) as error:
            return RoomError(f"the room can't be joined: {error or type(error).__name__}")
        return None

    def subscribe(self) -> None:
        """Subscribes to the audio of all present and future participants."""
        self._subscribing = True
        for other in self._room.remote_participants.values():
            self._on_participant(other)
            for publication in other.track_publications.values():
                self._request(publication)

    def bridge(self, leg: Leg) -> None:
        """Starts sending the room's audio to the phone. The leg must be connected."""
        self._leg = leg
        for number, track in self._tracks.items():
            self._listen(number, track, leg)

    async def carry(self, leg: Leg) -> None:
        """Publishes the phone's audio in the room until the leg ends."""
        resampler: rtc.AudioResampler | None = None
        rate = ROOM_RATE
        waiting = bytearray()
        async for received in leg.audio():
            self.last_audio_at = received.at
            self.heard.set()
            if received.rate != rate:
                rate = received.rate
                resampler = rtc.AudioResampler(rate, ROOM_RATE) if rate != ROOM_RATE else None
            if resampler:
                for frame in resampler.push(bytearray(received.pcm)):
                    waiting += frame.data
            else:
                waiting += received.pcm
            while len(waiting) >= _PIECE_BYTES:
                piece = rtc.AudioFrame(bytes(waiting[:_PIECE_BYTES]), ROOM_RATE, 1, _PIECE_BYTES // 2)
                del waiting[:_PIECE_BYTES]
                await self._source.capture_frame(piece)

    async def publish_digit(self, digit: str) -> None:
        """Publishes a DTMF digit of the phone in the room."""
        self.last_audio_at = time.monotonic()
        self.heard.set()
        code = "0123456789*#ABCD".index(digit.upper())
        with contextlib.suppress(rtc.participant.PublishDTMFError):
            await self._room.local_participant.publish_dtmf(code=code, digit=digit)

    async def set_attributes(self, **attributes: str) -> None:
        """Sets attributes of the participant; no effect once the room is gone."""
        if not self._room.isconnected():
            return
        try:
            async with asyncio.timeout(_STATUS_SECONDS):
                await self._room.local_participant.set_attributes(attributes)
        except TimeoutError:
            log.warning("attributes not set in time")

    async def set_status(self, status: str) -> None:
        await self.set_attributes(**{STATUS: status})

    async def leave(self, status: str = "", reason: "rtc.DisconnectReason.ValueType | None" = None) -> None:
        """Sets the last status, disconnects, frees everything; bounded and idempotent."""
        if self._joining and not self._joining.done():
            late = asyncio.sleep(_ATTEMPT_SECONDS)
            await first(joined=_settled(self._joining), closed=self.closed.wait(), late=late)
            self._joining.cancel()
            await _settled(self._joining)
        if status and self._room.isconnected():
            await self.set_status(status)
        await self._tasks.aclose()
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                await self._room.disconnect(reason=rtc.DisconnectReason.CLIENT_INITIATED if reason is None else reason)
        except TimeoutError:
            log.warning("the room wasn't left within %g s", _LEAVE_SECONDS)
        await self._source.aclose()

    def _on_participant(self, other: rtc.RemoteParticipant) -> None:
        if self._subscribing and other.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP:
            # else two phones would each wait for the other's audio
            self.subscribed.set()

    def _request(self, publication: rtc.RemoteTrackPublication) -> None:
        if self._subscribing and publication.kind == rtc.TrackKind.KIND_AUDIO:
            publication.set_subscribed(True)
            self.subscribed.set()

    async def _request_again(self) -> None:
        """Repeats subscriptions that a reconnection lost, until all are there; the client library believes that they
        were made.

        One repetition isn't enough: the server may forget a request for a track that was published while this
        participant came back.
        """
        for _ in range(_REQUESTS):
            lost = [
                publication
                for other in self._room.remote_participants.values()
                for publication in other.track_publications.values()
                if not publication.subscribed
            ]
            if not lost:
                return
            for publication in lost:
                publication.set_subscribed(False)
                self._request(publication)
            await asyncio.sleep(_REQUEST_SECONDS)

    def _add_track(self, number: str, track: rtc.Track) -> None:
        self._tracks[number] = track
        if self._leg:
            self._listen(number, track, self._leg)

    def _remove_track(self, number: str) -> None:
        self._tracks.pop(number, None)
        # at once: a subscription that the server gives back comes in the same breath as its loss
        if reader := self._readers.pop(number, None):
            reader.cancel()

    def _listen(self, number: str, track: rtc.Track, leg: Leg) -> None:
        if number not in self._readers:
            reader = self._readers[number] = self._tasks.start(
                f"audio of track {number}", lambda: self._play_track(number, track, leg), restart=_READER_RESTART
            )
            reader.add_done_callback(lambda ended: self._readers.get(number) is ended and self._readers.pop(number))

    async def _play_track(self, number: str, track: rtc.Track, leg: Leg) -> None:
        """Sends one track to the phone, at the phone's rate (which a hold may change)."""
        try:
            while not leg.ending:
                rate = leg.rate
                stream = rtc.AudioStream(
                    track, capacity=_BACKLOG_FRAMES, sample_rate=rate, num_channels=1, frame_size_ms=_FRAME_MS
                )
                try:
                    async for event in stream:
                        piece = self._mix.add(number, bytes(event.frame.data))
                        if piece is not None and leg.unspoken_seconds < _BACKLOG_SECONDS:
                            leg.speak(piece)
                        if leg.rate != rate:
                            break
                    else:
                        return
                finally:
                    await stream.aclose()
        finally:
            self._mix.drop(number)

    def _on_digit(self, digit: str) -> None:
        if not self.digits.full():
            self.digits.put_nowait(digit)


async def _settled(task: asyncio.Task[Any]) -> None:
    await asyncio.wait((task,))


def silent_for(side: RoomSide, since: float) -> tuple[float, bool]:
    """Seconds without RTP from the phone, and whether there ever was any; counted from `since` at the earliest."""
    last = side.last_audio_at
    now = time.monotonic()
    return (now - since, False) if last is None else (now - max(last, since), True)
