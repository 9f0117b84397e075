"""LiveKit's webhooks: events of rooms, and of egress's recordings."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Security
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from structlog.contextvars import bind_contextvars

from shared.config import needed
from shared.domain.recording import EgressNews
from shared.domain.telephony.rooms import PERSON_PREFIX, Kind, Participant, RoomEvent, call_id_of
from shared.services import Services
from webhooks.answers import Handled, refusals
from webhooks.body import described, parsed, read_body
from webhooks.deliveries import Deliveries
from webhooks.signatures import verify_livekit
from webhooks.times import refuse_absurd, refuse_absurd_duration

_KINDS: dict[str, Kind] = {"SIP": "caller", "AGENT": "agent"}
_PREFIXES: dict[str, Kind] = {"sip_": "caller", "agent-": "agent", PERSON_PREFIX: "person"}
"""Events of tracks carry no kind, but LiveKit gives these identities."""
_PROMPT = timedelta(seconds=2)

_Text = Annotated[str, Field(max_length=1024)]
_Name = Annotated[str, Field(max_length=256)]
"""Of what Postgres has in an index, whose entries are limited to 2.7 kB."""
_YEAR_9000 = 221_845_392_000
_Seconds = Annotated[int, Field(ge=0, lt=_YEAR_9000)]
_Milliseconds = Annotated[int, Field(ge=0, lt=_YEAR_9000 * 1000)]
_Nanoseconds = Annotated[int, Field(ge=0, lt=_YEAR_9000 * 1_000_000_000)]


class _Message(BaseModel):
    """The part of LiveKit's JSON that we read. Numbers of 64 bits come as text."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class ParticipantInfo(_Message):
    identity: _Text = ""
    kind: _Text = "STANDARD"
    attributes: dict[_Text, str] = {}
    joined_at_ms: _Milliseconds = 0
    disconnect_reason: _Text = ""


class RoomInfo(_Message):
    name: _Text = ""


class Output(_Message):
    filepath: _Text = ""
    s3: "Upload | None" = None


class Upload(_Message):
    bucket: _Text = ""


class Composite(_Message):
    file_outputs: Annotated[tuple[Output, ...], Field(max_length=8)] = ()


class EgressInfo(_Message):
    egress_id: _Name = ""
    room_name: _Text = ""
    status: _Text = "EGRESS_STARTING"
    started_at: _Nanoseconds = 0
    ended_at: _Nanoseconds = 0
    error: _Text = ""
    backup_storage_used: bool = False
    room_composite: Composite = Composite()

    def news(self, at: datetime) -> EgressNews | None:
        """None for an egress that isn't a recording into a bucket. `at`: when the webhook was sent."""
        output = next(iter(self.room_composite.file_outputs), Output())
        if not self.egress_id or not output.filepath or output.s3 is None:
            return None
        ended = self.status in _OVER or self.ended_at > 0
        return EgressNews(
            egress_id=self.egress_id,
            room=self.room_name,
            path=f"s3://{output.s3.bucket}/{output.filepath}",
            started_at=_moment(self.started_at) or at,
            ended_at=(_moment(self.ended_at) or at) if ended else None,
            failed=(self.error or self.status.lower()) if self.status in _BROKEN_OFF else None,
            in_backup=self.backup_storage_used,
        )


_BROKEN_OFF = ("EGRESS_FAILED", "EGRESS_ABORTED", "EGRESS_LIMIT_REACHED")
_OVER = (*_BROKEN_OFF, "EGRESS_COMPLETE")


def _moment(nanoseconds: int) -> datetime | None:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC) if nanoseconds else None


class WebhookEvent(_Message):
    event: _Name
    id: _Name
    created_at: _Seconds = 0
    """Since the epoch."""
    room: RoomInfo = RoomInfo()
    participant: ParticipantInfo | None = None
    room_end_reason: _Text = ""
    egress_info: EgressInfo | None = None

    @property
    def room_name(self) -> str:
        return self.room.name or (self.egress_info.room_name if self.egress_info else "")

    def sent_at(self, now: datetime) -> datetime:
        """By LiveKit's clock in seconds; by our own finer one where it arrived at once."""
        at = datetime.fromtimestamp(self.created_at, UTC)
        return now if not self.created_at or timedelta(0) <= now - at < _PROMPT else at

    def refuse_absurd_times(self, now: datetime) -> None:
        """Raises `InputError`."""
        joined_at = _moment(self.participant.joined_at_ms * 1_000_000) if self.participant else None
        egress = self.egress_info or EgressInfo()
        began, ended = _moment(egress.started_at), _moment(egress.ended_at)
        refuse_absurd(now, _moment(self.created_at * 1_000_000_000), joined_at, began, ended)
        refuse_absurd_duration(began, ended)

    def room_event(self, now: datetime) -> RoomEvent:
        of_track, known = self.event.startswith("track_"), self.participant or ParticipantInfo()
        return RoomEvent(
            event_id=self.id,
            name=self.event,
            room=self.room.name,
            at=self.sent_at(now),
            participant=_participant(known, of_track) if known.identity else None,
            reason=known.disconnect_reason or self.room_end_reason,
        )


def _participant(info: ParticipantInfo, of_track: bool) -> Participant:
    joined = datetime.fromtimestamp(info.joined_at_ms / 1000, UTC) if info.joined_at_ms else None
    return Participant(info.identity, _kind(info, of_track), info.attributes, joined)


def _kind(info: ParticipantInfo, of_track: bool) -> Kind:
    if of_track:
        for prefix, kind in _PREFIXES.items():
            if info.identity.startswith(prefix):
                return kind
    return "person" if info.identity.startswith(PERSON_PREFIX) else _KINDS.get(info.kind, "other")


_BODY = described(WebhookEvent, "application/webhook+json")


def router(services: Services) -> APIRouter:
    rooms, recordings, deliveries = services.room_calls, services.call_recordings, Deliveries()
    livekit_settings = needed(services.settings.livekit)
    key, secret = livekit_settings.api_key, livekit_settings.api_secret.get_secret_value()
    routes = APIRouter(tags=["livekit"])

    async def handle(event: WebhookEvent, now: datetime) -> bool:
        event.refuse_absurd_times(now)
        bind_contextvars(call_id=call_id_of(event.room_name))
        news = event.egress_info.news(event.sent_at(now)) if event.egress_info else None
        return await (recordings.handle(news) if news else rooms.handle(event.room_event(now)))

    header = APIKeyHeader(name="Authorization", description="LiveKit's JWT, as it is", auto_error=False)

    @routes.post("/livekit", responses=refusals(400, 401, 408, 413, 503), openapi_extra=_BODY)
    async def livekit(request: Request, token: Annotated[str | None, Security(header)] = None) -> Handled:
        """Stored before it is answered. Sending it again, late or in another order does no harm."""
        body = await read_body(request)
        verify_livekit(body, token or "", key, secret)
        event = parsed(WebhookEvent, body, "an event of LiveKit's")
        async with deliveries.first(event.id) as first:
            kept = await handle(event, services.clock.now()) if first else True
        return Handled(event=event.event, id=event.id, kept=kept)

    return routes
