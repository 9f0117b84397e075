"""Policy for a caller's leg at the carrier: takes an event or a decision, returns commands. Pure.

An admitted caller is transferred to an agent and hears ringing meanwhile. A caller who isn't admitted hears an
announcement with the reason. A caller whom no agent answers gets the number's fallback. Only the first needs an agent.
"""

from collections.abc import Callable
from dataclasses import replace

from shared.domain.announcements import announcement, apology, leave_a_message
from shared.domain.routing import Reason
from shared.domain.telephony.legs import Answer, CarrierEvent, Command, Hangup, LegNote, Play, Record, Say, Transfer

Voice = Callable[[str, LegNote], Play | Say]
"""Turns a sentence into a command, in the note's language: house audio if it exists, else the carrier's own voice."""

FORWARD_SECONDS = 30
MESSAGE_SECONDS = 120
MESSAGE_SILENCE_SECONDS = 5
OVER = ("normal_clearing", "originator_cancel", "time_limit")
"""Hangup causes of a leg after which no fallback follows: the parties talked, or the caller has gone."""


def announce(note: LegNote) -> list[Command]:
    """Answer a ringing caller's leg, so that an announcement can follow."""
    return [Answer(replace(note, step="announcing"))]


def fall_back(note: LegNote, caller: str) -> list[Command]:
    """The number's fallback, for a ringing caller whom no agent answers."""
    if note.fallback == "forward" and note.forward_to:
        leg_note = LegNote("forward", reason=note.reason, caller_leg=note.caller_leg, language=note.language)
        return [Transfer(note.forward_to, caller, FORWARD_SECONDS, replace(note, step="ringing"), leg_note)]
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


def _transferred(event: CarrierEvent, note: LegNote) -> list[Command]:
    """The agent's or the forwarded leg has ended: start the fallback, unless the parties talked."""
    if event.hangup_cause in OVER:
        return []
    # a forwarded phone that doesn't answer has no further number: the caller may leave a message
    fallback = "voicemail" if note.role == "forward" else note.fallback
    waiting = replace(note, role="caller", fallback=fallback, reason=note.reason or event.hangup_cause)
    return fall_back(replace(waiting, caller_leg=note.caller_leg), event.caller)


def _with_caller(event: CarrierEvent, note: LegNote, say: Voice) -> list[Command]:
    match event.name, note.step:
        case "call.answered", "announcing":
            return [say(words_for(note), note)]
        case "call.answered", "asking_voicemail":
            return [say(leave_a_message(_reason(note), note.language), note)]
        case (("call.playback.ended" | "call.speak.ended"), "announcing"):
            return [Hangup()]
        case (("call.playback.ended" | "call.speak.ended"), "asking_voicemail"):
            return [Record(MESSAGE_SECONDS, MESSAGE_SILENCE_SECONDS, replace(note, step="voicemail"))]
        case "call.recording.saved", "voicemail":
            return [Hangup()]
        case _:
            return []


def words_for(note: LegNote) -> str:
    """The announcement after which the call ends."""
    reason = _reason(note)
    if reason is Reason.DIRECTORY_ERROR:
        return apology(note.promised, note.language)
    return announcement(reason, language=note.language)


def _reason(note: LegNote) -> Reason:
    """NOT_ANSWERED for a hangup cause."""
    return Reason(note.reason) if note.reason in set(Reason) else Reason.NOT_ANSWERED
