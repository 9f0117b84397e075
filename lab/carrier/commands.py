"""Telnyx's call control commands: checks of their fields, and the work that each starts. They answer at once."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from lab.carrier.announcing import play, speak
from lab.carrier.call import Call
from lab.carrier.faults import CommandFault
from lab.carrier.fields import Body, number, phone, state, text
from lab.carrier.hangup import REJECTIONS, commanded, rejected
from lab.carrier.leg import CallLeg
from lab.carrier.recording import Recorder, Recording
from lab.carrier.refusals import Refusal, enumerated, impossible, invalid, not_found
from lab.carrier.route import E164

_ANONYMOUS = "anonymous"


def command(call: Call, leg: CallLeg, name: str, body: Body) -> None:
    """Raises Refusal. A repeated `command_id` has no effect within a minute."""
    if name not in _COMMANDS:
        raise not_found()
    command_id = body.get("command_id")
    if leg.is_repeated(command_id):
        return
    fault = call.exchange.webhooks.faults.of_command(name, call.caller.caller)
    if fault and fault.status:
        raise Refusal(fault.status, fault.code, "Refused by a fault", f"The lab refuses {name}.")
    if unknown := set(body) - FIELDS[name]:
        raise invalid(min(unknown), "isn't known")
    if leg.state == "hangup":
        detail = "This call is no longer active and can't receive commands."
        raise Refusal(422, "90018", "Call has already ended", detail)
    if name not in _BEFORE_ANSWER and leg.state != "answered":
        detail = "This call can't receive this command because it has not been answered yet."
        raise Refusal(422, "90034", "Call not answered yet", detail)
    states = {field: state(body, field) for field in ("client_state", "target_leg_client_state")}
    work = _COMMANDS[name](call, leg, body)
    if fault:
        work.close()
        work = _fail(leg, name, fault)
    if states["client_state"] is not None:
        leg.client_state = states["client_state"]
    leg.take(name, command_id)
    call.start(name, lambda: work)


async def _fail(leg: CallLeg, name: str, fault: CommandFault) -> None:
    """Telnyx took the command, and fails at it."""
    match name:
        case "playback_start":
            leg.send("call.playback.ended", status=fault.outcome, status_detail="a fault of the lab's", overlay=False)
        case "speak":
            leg.send("call.speak.ended", status=fault.outcome)
        case "record_start":
            leg.recording = None
            leg.send("call.recording.error", reason=fault.outcome)
        case _:
            pass


# -- the commands


async def _answer(call: Call, leg: CallLeg) -> None:
    await call.answer(leg)


def _to_answer(call: Call, leg: CallLeg, _: Body) -> Coroutine[Any, Any, None]:
    if leg.state == "answered":
        raise impossible("This call has been answered already.")
    return _answer(call, leg)


def _to_transfer(call: Call, leg: CallLeg, body: Body) -> Coroutine[Any, Any, None]:
    to = text(body, "to")
    if not E164.fullmatch(to) and not to.lower().startswith(("sip:", "sips:")):
        detail = "The 'to' parameter must be in E164 format."
        raise Refusal(422, "10016", "Phone number must be in +E164 format", detail, "to")
    seconds = number(body, "timeout_secs", 30, 5, 600)
    headers = body.get("custom_headers") or []
    if not isinstance(headers, list) or not all(
        isinstance(one, dict) and {"name", "value"} <= set(one) for one in headers
    ):
        raise invalid("custom_headers", "must be a list of objects with name and value")
    if leg.transferring:
        raise impossible("This call is being transferred already.")
    # Telnyx's default for `from` is the number called, which misleads the callee
    caller = phone(body, "from") or call.route.did
    if body.get("privacy") not in (None, "none", "id"):
        raise enumerated("privacy", ("id", "none"))
    sent = {str(one["name"]): str(one["value"]) for one in headers}
    if diversion := phone(body, "diversion"):
        if (diversion, caller) != (call.route.did, call.caller.caller):
            raise Refusal(403, "10010", "Authorization failed", "Unverified origination number D51", "diversion")
        sent["Diversion"] = f"<sip:{diversion}@{call.exchange.stack.address}>"
    leg.transferring = True
    return call.transfer(
        leg,
        to,
        caller=_ANONYMOUS if body.get("privacy") == "id" else caller,
        headers=sent,
        login=(str(body.get("sip_auth_username") or ""), str(body.get("sip_auth_password") or "")),
        state=body.get("target_leg_client_state"),
        seconds=seconds,
    )


def _to_play(call: Call, leg: CallLeg, body: Body) -> Coroutine[Any, Any, None]:
    return play(leg, text(body, "audio_url"), call.exchange.voice)


def _to_speak(call: Call, leg: CallLeg, body: Body) -> Coroutine[Any, Any, None]:
    text(body, "voice")
    return speak(leg, text(body, "payload"), str(body.get("language") or "en-US"), call.exchange.voice)


def _to_record(call: Call, leg: CallLeg, body: Body) -> Coroutine[Any, Any, None]:
    for field, allowed in (("format", ("wav", "mp3")), ("channels", ("single", "dual"))):
        if text(body, field) not in allowed:
            raise enumerated(field, allowed)
    if body["format"] != "wav":
        raise impossible("This carrier records WAV alone.")
    if leg.recording:
        raise impossible("This call is being recorded already.")
    options = Recording(
        beep=body.get("play_beep") is True,
        silence_seconds=number(body, "timeout_secs", 0, 0, 14_400),
        most_seconds=number(body, "max_length", 0, 0, 14_400),
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
        raise impossible("This call isn't being recorded.")
    return _set(leg.recording)


async def _set(event: asyncio.Event) -> None:
    event.set()


def _to_hang_up(call: Call, leg: CallLeg, _: Body) -> Coroutine[Any, Any, None]:
    # an incoming leg that wasn't answered is refused so
    return leg.end(commanded(leg.direction), 480)


def _to_reject(call: Call, leg: CallLeg, body: Body) -> Coroutine[Any, Any, None]:
    cause = text(body, "cause")
    if cause not in REJECTIONS:
        raise enumerated("cause", tuple(REJECTIONS))
    if leg.direction != "incoming" or leg.state == "answered":
        raise impossible("Only an incoming call that isn't answered can be rejected.")
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
_EVERY = frozenset({"client_state", "command_id"})
FIELDS: dict[str, frozenset[str]] = {
    "answer": _EVERY,
    "transfer": _EVERY
    | {"to", "from", "timeout_secs", "custom_headers", "privacy", "diversion", "target_leg_client_state"}
    | {"sip_auth_username", "sip_auth_password"},
    "playback_start": _EVERY | {"audio_url"},
    "speak": _EVERY | {"payload", "voice", "language"},
    "record_start": _EVERY | {"format", "channels", "play_beep", "timeout_secs", "max_length"},
    "record_stop": _EVERY,
    "hangup": _EVERY,
    "reject": _EVERY | {"cause"},
}
"""The parameters that are done here, of those that Telnyx's published SDK has; any other is refused."""
