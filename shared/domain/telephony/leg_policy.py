"""Policy for a caller's leg at the carrier: takes an event or a decision, returns commands. Pure.

An admitted caller is transferred to an agent and hears ringing meanwhile. A caller who isn't admitted hears an
announcement with the reason. A caller whom no agent answers gets the number's fallback. Only the first needs an agent.

Where the carrier refuses a command for good, or fails at one, the caller gets the next rung: the number's fallback,
then the same words by the carrier's own voice, then a hang-up. No rung leads back up, so no caller is left waiting.
"""

from collections.abc import Callable
from dataclasses import replace

from shared.domain.announcements import announcement, apology, leave_a_message, not_recorded
from shared.domain.reasons import Reason
from shared.domain.telephony.legs import (
    Answer,
    CarrierEvent,
    Command,
    Hangup,
    LegNote,
    Play,
    Record,
    Reject,
    Say,
    Transfer,
)
from shared.domain.telephony.numbers import e164
from shared.domain.tenant import Fallback

Voice = Callable[[str, LegNote], Play | Say]
"""Turns a sentence into a command, in the note's language: house audio if it exists, else the carrier's own voice."""

FORWARD_SECONDS = 30
MESSAGE_SECONDS = 120
MESSAGE_SILENCE_SECONDS = 5
OVER = ("normal_clearing", "originator_cancel", "time_limit")
"""Hangup causes of a leg after which no fallback follows: the parties talked, or the caller has gone."""
_SPOKEN = ("call.playback.ended", "call.speak.ended")
_COMPLETED, _CALLER_GONE = "completed", "call_hangup"
"""Telnyx's `status` of a playback that was heard to its end, and of one whose caller hung up. After any other, such as
`failed`, `file_not_found`, `cancelled` or `unknown`, nobody knows that the caller heard it."""


def announce(note: LegNote) -> list[Command]:
    """Answer a ringing caller's leg, so that an announcement can follow."""
    return [Answer(replace(note, step="announcing"))]


def fall_back(note: LegNote, caller: str) -> list[Command]:
    """The number's fallback, for a ringing caller whom no agent answers. `caller`: E.164, or empty when withheld."""
    if note.fallback == "forward" and note.forward_to:
        leg_note = LegNote("forward", reason=note.reason, caller_leg=note.caller_leg, language=note.language)
        return [
            Transfer(
                note.forward_to, caller, FORWARD_SECONDS, replace(note, step="ringing"), leg_note, diversion=note.did
            )
        ]
    step = "asking_voicemail" if note.fallback == "voicemail" else "announcing"
    return [Answer(replace(note, step=step))]


def go_on(event: CarrierEvent, say: Voice) -> tuple[str, list[Command]]:
    """What follows from an event after the first: the leg to command, and the commands (possibly none)."""
    note = event.note
    if note is None:
        return event.leg_id, []
    if note.role != "caller":
        return note.caller_leg, _transferred(event, note) if event.name == "call.hangup" else []
    return event.leg_id, _with_caller(event, note, say)


def refused(command: Command, say: Voice) -> list[Command]:
    """The next rung for a caller whose leg the carrier refuses this command for good; empty after the last one."""
    match command:
        case Transfer(note=note, leg_note=leg_note):
            return fall_back(replace(note, fallback=_fallback_after(leg_note)), command.caller)
        case Answer():
            return [Reject()]
        case Play(note=note):
            return [_own_voice(note)]
        case Record(note=note):
            return _unrecorded(note, say)
        case Say() | Reject():
            return [Hangup()]
        case Hangup():
            return []


def failure(event: CarrierEvent) -> str:
    """What the carrier failed at for a caller by this event, for operators; empty for any other event."""
    if event.note is None or event.note.role != "caller":
        return ""
    if event.name in _SPOKEN and event.status not in (_COMPLETED, _CALLER_GONE):
        return " ".join(part for part in (event.status or "no status", event.detail) if part)
    return event.detail or "no reason" if event.name == "call.recording.error" else ""


def _transferred(event: CarrierEvent, note: LegNote) -> list[Command]:
    """The agent's or the forwarded leg has ended: start the fallback, unless the parties talked."""
    if event.hangup_cause in OVER:
        return []
    reason = note.reason or event.hangup_cause
    waiting = replace(note, role="caller", fallback=_fallback_after(note), reason=reason)
    caller = e164(event.caller)
    # the carrier shows the number called for a caller who withholds theirs
    return fall_back(waiting, caller if caller and caller != note.did else "")


def _fallback_after(leg_note: LegNote) -> Fallback:
    """A forwarded phone that doesn't answer has no further number: the caller may leave a message."""
    return "voicemail" if leg_note.role == "forward" else leg_note.fallback


def _with_caller(event: CarrierEvent, note: LegNote, say: Voice) -> list[Command]:
    match event.name, note.step:
        case "call.answered", ("announcing" | "asking_voicemail"):
            return [say(words_for(note), note)]
        case (("call.playback.ended" | "call.speak.ended"), ("announcing" | "asking_voicemail" | "unrecorded")):
            return _spoken(event, note)
        case "call.recording.saved", "voicemail":
            return [Hangup()]
        case "call.recording.error", "voicemail":
            return _unrecorded(note, say)
        case _:
            return []


def _spoken(event: CarrierEvent, note: LegNote) -> list[Command]:
    if event.status == _CALLER_GONE:
        return []
    if event.status != _COMPLETED:
        # without the words that ask for a message nothing is recorded
        return [_own_voice(note)] if event.name == "call.playback.ended" else [Hangup()]
    if note.step == "asking_voicemail":
        return [Record(MESSAGE_SECONDS, MESSAGE_SILENCE_SECONDS, replace(note, step="voicemail"))]
    return [Hangup()]


def _own_voice(note: LegNote) -> Say:
    return Say(words_for(note), note.language, note)


def _unrecorded(note: LegNote, say: Voice) -> list[Command]:
    note = replace(note, step="unrecorded")
    return [say(words_for(note), note)]


def words_for(note: LegNote) -> str:
    """The sentence that the caller hears at this step."""
    reason = _reason(note)
    if note.step == "asking_voicemail":
        return leave_a_message(reason, note.language)
    if note.step == "unrecorded":
        return not_recorded(note.language)
    if reason is Reason.DIRECTORY_ERROR:
        return apology(note.promised, note.language)
    return announcement(reason, language=note.language)


def _reason(note: LegNote) -> Reason:
    """NOT_ANSWERED for a hangup cause."""
    return Reason(note.reason) if note.reason in set(Reason) else Reason.NOT_ANSWERED
