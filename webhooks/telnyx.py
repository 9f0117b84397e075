"""Telnyx's webhooks: events of a call's legs at the carrier."""

import base64
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Security
from fastapi.security import APIKeyHeader
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from structlog.contextvars import bind_contextvars

from shared.config import needed
from shared.domain.telephony.legs import CarrierEvent, Direction, LegNote
from shared.domain.telephony.rooms import SYNTHETIC_HEADER
from shared.services import Services
from webhooks.answers import Handled, refusals
from webhooks.body import described, invalid, parsed, read_body
from webhooks.deliveries import Deliveries
from webhooks.signatures import telnyx_key, verify_telnyx
from webhooks.times import refuse_absurd, refuse_absurd_duration

_OF_CALLS = "call."
_KIND = "an event of Telnyx's"
_YEARS = range(2000, 9000)
_DIRECTIONS: dict[str | None, Direction] = {"incoming": "incoming", "outgoing": "outgoing"}


def _in_utc(at: datetime) -> datetime:
    if at.year not in _YEARS:
        raise ValueError("not a time of ours")
    return at.astimezone(UTC)


_Name = Annotated[str, Field(min_length=1, max_length=256)]
_Text = Annotated[str, Field(max_length=1024)] | None
_Note = Annotated[str, Field(max_length=8192)] | None
_Time = Annotated[AwareDatetime, AfterValidator(_in_utc)] | None


class _Message(BaseModel):
    """The part of Telnyx's JSON that we read. Any field that an event has no use for may be null."""

    model_config = ConfigDict(frozen=True)


class SipHeader(_Message):
    name: str | None = None
    value: str | None = None


class Urls(_Message):
    wav: Annotated[str, Field(max_length=4096)] | None = None


class Leg(_Message):
    """The payload of an event: its leg, with the fields of all kinds of events."""

    call_control_id: _Text = None
    call_session_id: _Text = None
    client_state: _Note = None
    """Base64."""
    direction: _Text = None
    caller: Annotated[_Text, Field(alias="from")] = None
    dialled: Annotated[_Text, Field(alias="to")] = None
    shaken_stir_attestation: _Text = None
    """`A`, `B` or `C`; with `call.initiated` only, as the next."""
    shaken_stir_validated: bool | None = None
    hangup_cause: _Text = None
    hangup_source: _Text = None
    sip_hangup_cause: Annotated[str, Field(max_length=64)] | Annotated[int, Field(ge=0, lt=1000)] | None = None
    status: _Text = None
    status_detail: _Text = None
    reason: _Text = None
    """Of a recording that failed."""
    start_time: _Time = None
    recording_started_at: _Time = None
    recording_ended_at: _Time = None
    recording_urls: Urls | None = None
    digits: _Text = None
    custom_headers: list[SipHeader] | None = None
    """X- headers of the caller's INVITE; with `call.initiated` only."""

    def header(self, name: str) -> str:
        """The value of the first custom header of this name, in any case; empty when there is none."""
        named = (each for each in self.custom_headers or () if (each.name or "").lower() == name.lower())
        return next((each.value or "" for each in named), "")


class Envelope(_Message):
    event_type: _Name
    id: _Name
    occurred_at: _Time = None
    payload: Annotated[Leg | dict[str, Any], Field(union_mode="left_to_right")] = {}
    """Anything, for an event without a call."""


class WebhookMessage(_Message):
    data: Envelope

    def event(self, now: datetime) -> CarrierEvent | None:
        """None for an event without a call. Raises `ValidationError`."""
        data = self.data
        if not data.event_type.startswith(_OF_CALLS):
            return None
        leg = data.payload if isinstance(data.payload, Leg) else Leg.model_validate(data.payload)
        note = note_of(leg.client_state)
        # a saved recording's is documented without the leg that it was made of
        leg_id = leg.call_control_id or (note.caller_leg if note else "")
        if not leg_id or not leg.call_session_id:
            return None
        return CarrierEvent(
            event_id=data.id,
            name=data.event_type,
            at=data.occurred_at or now,
            leg_id=leg_id,
            session_id=leg.call_session_id,
            direction=_DIRECTIONS.get(leg.direction),
            caller=leg.caller or "",
            attested=leg.shaken_stir_validated is True and (leg.shaken_stir_attestation or "").upper() == "A",
            dialled=leg.dialled or "",
            note=note,
            hangup_cause=leg.hangup_cause or "",
            hangup_source=leg.hangup_source or "",
            sip_code=_sip_code(leg.sip_hangup_cause),
            status=leg.status or "",
            detail=leg.status_detail or leg.reason or "",
            started_at=leg.recording_started_at or leg.start_time,
            ended_at=leg.recording_ended_at,
            recording_url=(leg.recording_urls and leg.recording_urls.wav) or "",
            digits=leg.digits or "",
            synthetic_mark=leg.header(SYNTHETIC_HEADER),
        )


def note_of(client_state: str | None) -> LegNote | None:
    """Our note on the leg; None for anything else."""
    try:
        return LegNote.from_text(base64.b64decode(client_state or "", validate=True).decode())
    except (ValueError, RecursionError):
        return None


def _sip_code(code: str | int | None) -> int | None:
    text = str(code)
    return int(text) if len(text) == 3 and text.isascii() and text.isdigit() else None


def parse(body: bytes, now: datetime) -> tuple[Envelope, CarrierEvent | None]:
    """No event for a message without a call. Raises `InputError` saying what is wrong where."""
    message = parsed(WebhookMessage, body, _KIND)
    try:
        event = message.event(now)
    except ValidationError as error:
        raise invalid(error, _KIND) from error
    if event is not None:
        refuse_absurd(now, event.at, event.started_at, event.ended_at)
        refuse_absurd_duration(event.started_at, event.ended_at)
    return message.data, event


def router(services: Services) -> APIRouter:
    public_key = needed(services.settings.carrier).public_key
    telnyx_key(public_key)
    calls, clock, deliveries = services.carrier_calls, services.clock, Deliveries()
    routes = APIRouter(tags=["telnyx"])
    signed = APIKeyHeader(
        name="telnyx-signature-ed25519",
        scheme_name="TelnyxSignature",
        description="Base64, of the header `telnyx-timestamp` (seconds since 1970), `|` and the body",
        auto_error=False,
    )

    @routes.post("/telnyx", responses=refusals(400, 401, 408, 413, 503), openapi_extra=described(WebhookMessage))
    async def telnyx(request: Request, signature: Annotated[str | None, Security(signed)] = None) -> Handled:
        """Stored before it is answered. Sending it again, late or in another order does no harm."""
        body, now = await read_body(request), clock.now()
        verify_telnyx(body, signature or "", request.headers.get("telnyx-timestamp", ""), public_key, now)
        envelope, event = parse(body, now)
        if event is None:
            return Handled(event=envelope.event_type, id=envelope.id, kept=False)
        bind_contextvars(call_id=event.call_id)
        async with deliveries.first(event.event_id) as first:
            kept = await calls.handle(event) if first else True
        return Handled(event=event.name, id=event.event_id, kept=kept)

    return routes
