"""What to do with a caller's leg at the carrier: events and a decision in, commands out. Pure.

A caller who is admitted is passed on to an agent and hears it ring meanwhile; one who is announced to hears the
sentence of the reason; one whom nobody answers gets the number's fallback. The carrier needs no agent for any but the
first.
"""

from collections.abc import Callable
from dataclasses import replace

from shared.domain.announcements import announcement, apology, leave_a_message
from shared.domain.routing import Reason
from shared.domain.telephony.legs import Answer, CarrierEvent, Command, Hangup, LegNote, Play, Record, Say, Transfer

Voice = Callable[[str, LegNote], Play | Say]
"""How a sentence is said, in the language of the note: a recording where there is one, else the carrier's own voice."""

FORWARD_SECONDS = 30
MESSAGE_SECONDS = 120
MESSAGE_SILENCE_SECONDS = 5
OVER = ("normal_clearing", "originator_cancel", "time_limit")
"""Hangup causes of a leg that needs nobody else: they talked, or the caller has gone."""


def announce(note: LegNote) -> list[Command]:
    """To a caller whose leg rings: pick up, and say why."""
    return [Answer(replace(note, step="announcing"))]


def fall_back(note: LegNote, caller: str) -> list[Command]:
    """To a caller whose leg rings and whom nobody answered, or will."""
    if note.fallback == "forward" and note.forward_to:
        leg_note = LegNote("forward", reason=note.reason, caller_leg=note.caller_leg, language=note.language)
        return [Transfer(note.forward_to, caller, FORWARD_SECONDS, replace(note, step="ringing"), leg_note)]
    step = "asking_voicemail" if note.fallback == "voicemail" else "announcing"
    return [Answer(replace(note, step=step))]


def go_on(event: CarrierEvent, say: Voice) -> tuple[str, list[Command]]:
    """What follows from an event after the first: the leg to command, and the commands; none where nothing does."""
    note = event.note
    if note is None:
        return event.leg_id, []
    if note.role != "caller":
        return note.caller_leg, _passed_on(event, note) if event.name == "call.hangup" else []
    return event.leg_id, _with_caller(event, note, say)


def _passed_on(event: CarrierEvent, note: LegNote) -> list[Command]:
    """The leg that should have led to somebody has ended."""
    if event.hangup_cause in OVER:
        return []
    # who doesn't answer a forwarded call has no further number: then the caller is asked for a message
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
    """What a caller hears whose call ends with it."""
    reason = _reason(note)
    if reason is Reason.DIRECTORY_ERROR:
        return apology(note.promised, note.language)
    return announcement(reason, language=note.language)


def _reason(note: LegNote) -> Reason:
    """A hangup cause means that nobody took the call."""
    return Reason(note.reason) if note.reason in set(Reason) else Reason.NOT_ANSWERED
