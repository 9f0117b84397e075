"""Telnyx's call control commands: checks of their fields, and the work that each starts. They answer at once."""

import asyncio
import base64
import binascii
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from lab.carrier.announcing import play, speak
from lab.carrier.call import Call
from lab.carrier.hangup import REJECTIONS, commanded, rejected
from lab.carrier.leg import CallLeg
from lab.carrier.recording import Recorder, Recording
from lab.carrier.route import E164

Body = Mapping[str, Any]
_ANONYMOUS = "anonymous"


class Refusal(Exception):
    """A command is refused with one of Telnyx's errors and its HTTP status; it has no effect."""

    def __init__(self, status: int, code: str, title: str, detail: str, pointer: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.body: dict[str, Any] = {"errors": [{"code": code, "title": title, "detail": detail}]}
        if pointer:
            self.body["errors"][0]["source"] = {"pointer": f"/{pointer}"}


def unauthorized() -> Refusal:
    detail = "The required authentication headers were either invalid or not included in the request."
    return Refusal(401, "10009", "Authentication failed", detail)


def not_found() -> Refusal:
    return Refusal(404, "10005", "Resource not found", "The requested resource or URL could not be found.")


def command(call: Call, leg: CallLeg, name: str, body: Body) -> None:
    """Raises Refusal. A repeated `command_id` has no effect within a minute."""
    if name not in _COMMANDS:
        raise not_found()
    command_id = body.get("command_id")
    if leg.is_repeated(command_id):
        return
    if leg.state == "hangup":
        detail = "This call is no longer active and can't receive commands."
        raise Refusal(422, "90018", "Call has already ended", detail)
    if name not in _BEFORE_ANSWER and leg.state != "answered":
        detail = "This call can't receive this command because it has not been answered yet."
        raise Refusal(422, "90034", "Call not answered yet", detail)
    states = {field: _state(body, field) for field in ("client_state", "target_leg_client_state")}
    work = _COMMANDS[name](call, leg, body)
    if states["client_state"] is not None:
        leg.client_state = states["client_state"]
    leg.take(name, command_id)
    call.start(name, lambda: work)


# -- the commands


async def _answer(call: Call, leg: CallLeg) -> None:
    await call.answer(leg)


def _to_answer(call: Call, leg: CallLeg, _: Body) -> Coroutine[Any, Any, None]:
    if leg.state == "answered":
        raise _impossible("This call has been answered already.")
    return _answer(call, leg)


def _to_transfer(call: Call, leg: CallLeg, body: Body) -> Coroutine[Any, Any, None]:
    to = _text(body, "to")
    if not E164.fullmatch(to) and not to.lower().startswith(("sip:", "sips:")):
        detail = "The 'to' parameter must be in E164 format."
        raise Refusal(422, "10016", "Phone number must be in +E164 format", detail, "to")
    seconds = _number(body, "timeout_secs", 30, 5, 600)
    headers = body.get("custom_headers") or []
    if not isinstance(headers, list) or not all(
        isinstance(one, dict) and {"name", "value"} <= set(one) for one in headers
    ):
        raise _invalid("custom_headers", "must be a list of objects with name and value")
    if leg.transferring:
        raise _impossible("This call is being transferred already.")
    # Telnyx's default for `from` is the number called, which misleads the callee
    leg.transferring = True
    caller = _ANONYMOUS if body.get("privacy") == "id" else str(body.get("from") or call.route.did)
    return call.transfer(
        leg,
        to,
        caller=caller,
        headers={str(one["name"]): str(one["value"]) for one in headers},
        state=body.get("target_leg_client_state"),
        seconds=seconds,
    )


def _to_play(call: Call, leg: CallLeg, body: Body) -> Coroutine[Any, Any, None]:
    return play(leg, _text(body, "audio_url"), call.exchange.voice)


def _to_speak(call: Call, leg: CallLeg, body: Body) -> Coroutine[Any, Any, None]:
    _text(body, "voice")
    return speak(leg, _text(body, "payload"), str(body.get("language") or "en-US"), call.exchange.voice)


def _to_record(call: Call, leg: CallLeg, body: Body) -> Coroutine[Any, Any, None]:
    for field, allowed in (("format", ("wav", "mp3")), ("channels", ("single", "dual"))):
        if _text(body, field) not in allowed:
            raise _enumerated(field, allowed)
    if body["format"] != "wav":
        raise _impossible("This carrier records WAV alone.")
    if leg.recording:
        raise _impossible("This call is being recorded already.")
    options = Recording(
        beep=body.get("play_beep") is True,
        silence_seconds=_number(body, "timeout_secs", 0, 0, 14_400),
        most_seconds=_number(body, "max_length", 0, 0, 14_400),
        channels=body["channels"],
    )
    leg.recording = asyncio.Event()
    return _record(call, leg, options, leg.recording)


async def _record(call: Call, leg: CallLeg, options: Recording, stop: asyncio.Event) -> None:
    try:
        await Recorder(leg, options).run(call.exchange.recordings, stop)
    finally:
        leg.recording = None


def _to_stop_recording(call: Call, leg: CallLeg, _: Body) -> Coroutine[Any, Any, None]:
    if not leg.recording:
        raise _impossible("This call isn't being recorded.")
    return _set(leg.recording)


async def _set(event: asyncio.Event) -> None:
    event.set()


def _to_hang_up(call: Call, leg: CallLeg, _: Body) -> Coroutine[Any, Any, None]:
    # an incoming leg that wasn't answered is refused so
    return leg.end(commanded(leg.direction), 480)


def _to_reject(call: Call, leg: CallLeg, body: Body) -> Coroutine[Any, Any, None]:
    cause = _text(body, "cause")
    if cause not in REJECTIONS:
        raise _enumerated("cause", tuple(REJECTIONS))
    if leg.direction != "incoming" or leg.state == "answered":
        raise _impossible("Only an incoming call that isn't answered can be rejected.")
    return leg.end(rejected(cause), REJECTIONS[cause])


_COMMANDS: dict[str, Callable[[Call, CallLeg, Body], Coroutine[Any, Any, None]]] = {
    "answer": _to_answer,
    "transfer": _to_transfer,
    "playback_start": _to_play,
    "speak": _to_speak,
    "record_start": _to_record,
    "record_stop": _to_stop_recording,
    "hangup": _to_hang_up,
    "reject": _to_reject,
}
_BEFORE_ANSWER = frozenset({"answer", "transfer", "hangup", "reject"})


# -- fields


def _text(body: Body, field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not value:
        detail = f"The '{field}' parameter is required and cannot be blank."
        raise Refusal(422, "10004", "Missing required parameter", detail, field)
    return value


def _number(body: Body, field: str, default: int, least: int, most: int) -> int:
    value = body.get(field)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool):
        raise _invalid(field, "must be a whole number")
    if not least <= value <= most:
        detail = f"The value is outside of allowed range {least} to {most}"
        raise Refusal(422, "10033", "Value outside of range", detail, field)
    return value


def _state(body: Body, field: str) -> str | None:
    value = body.get(field)
    if value is None:
        return None
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise _invalid(field, "must be Base-64 encoded") from None
    return value


def _invalid(field: str, problem: str) -> Refusal:
    return Refusal(422, "10015", "Bad Request", f"The '{field}' parameter {problem}.", field)


def _enumerated(field: str, allowed: tuple[str, ...]) -> Refusal:
    detail = f"The value must be one of: {', '.join(allowed)}."
    return Refusal(422, "10032", "Invalid enumerated value", detail, field)


def _impossible(detail: str) -> Refusal:
    """Telnyx documents no code for these cases."""
    return Refusal(422, "90033", "Unable to execute command", detail)
