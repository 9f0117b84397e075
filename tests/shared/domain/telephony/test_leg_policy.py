"""What the carrier is told to do, by what it tells."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.domain.announcements import announcement, leave_a_message, technical_trouble
from shared.domain.routing import Reason
from shared.domain.telephony.leg_policy import announce, fall_back, go_on
from shared.domain.telephony.legs import (
    Answer,
    CarrierEvent,
    Hangup,
    LegNote,
    Play,
    Record,
    Say,
    Transfer,
    call_id_of_session,
    is_of_session,
)
from shared.domain.telephony.rooms import call_id_of, is_of_room

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
WAITING = LegNote("caller", "ringing", caller_leg="leg-1", fallback="voicemail")


def event(name: str, note: LegNote | None, **told: object) -> CarrierEvent:
    return CarrierEvent(
        uuid.uuid4().hex,
        name,
        AT,
        str(told.pop("leg", "leg-1")),
        "session-1",
        note=note,
        **told,  # pyright: ignore
    )


def say(text: str, note: LegNote) -> Play | Say:
    return Say(text, note.language, note)


@pytest.mark.parametrize("cause", ["timeout", "user_busy", "call_rejected", "not_found", "unspecified"])
def test_given_nobody_who_takes_it_when_the_leg_to_an_agent_ends_then_the_caller_gets_the_fallback(cause: str) -> None:
    leg, commands = go_on(event("call.hangup", replace(WAITING, role="agent"), leg="leg-2", hangup_cause=cause), say)
    assert leg == "leg-1"
    (command,) = commands
    assert isinstance(command, Answer)
    assert (command.note.role, command.note.step, command.note.reason) == ("caller", "asking_voicemail", cause)


@pytest.mark.parametrize("cause", ["normal_clearing", "originator_cancel", "time_limit"])
def test_given_who_talked_or_went_when_the_leg_to_an_agent_ends_then_nothing_more_is_done(cause: str) -> None:
    agents = event("call.hangup", replace(WAITING, role="agent"), leg="leg-2", hangup_cause=cause)
    assert go_on(agents, say) == ("leg-1", [])


def test_given_a_number_to_forward_to_when_nobody_answers_then_that_is_rung_for_the_caller() -> None:
    note = replace(WAITING, fallback="forward", forward_to="+12075550111")
    (command,) = fall_back(note, "+12065550142")
    assert isinstance(command, Transfer)
    assert (command.to, command.caller, command.headers) == ("+12075550111", "+12065550142", {})
    assert (command.leg_note.role, command.leg_note.caller_leg) == ("forward", "leg-1")
    # and where nobody is there either, a message can be left
    ended = event("call.hangup", command.leg_note, leg="leg-3", hangup_cause="timeout", caller="+12065550142")
    leg, (next_command,) = go_on(ended, say)
    assert (leg, isinstance(next_command, Answer)) == ("leg-1", True)
    assert isinstance(next_command, Answer) and next_command.note.step == "asking_voicemail"


def test_when_a_message_is_asked_for_then_it_is_recorded_after_the_words_and_the_call_ends_with_it() -> None:
    note = replace(WAITING, step="asking_voicemail", reason="timeout")
    assert go_on(event("call.answered", note), say)[1] == [Say(leave_a_message(Reason.NOT_ANSWERED), "en", note)]
    (record,) = go_on(event("call.speak.ended", note), say)[1]
    assert isinstance(record, Record) and record.note.step == "voicemail"
    assert go_on(event("call.recording.saved", record.note), say)[1] == [Hangup()]


@pytest.mark.parametrize("reason", [Reason.NUMBER_UNKNOWN, Reason.CALLER_BLOCKED, Reason.OVER_LIMIT])
def test_when_a_reason_is_announced_then_the_caller_hears_its_sentence_and_the_call_ends(reason: Reason) -> None:
    (answer,) = announce(LegNote("caller", reason=reason.value, caller_leg="leg-1"))
    assert isinstance(answer, Answer)
    (said,) = go_on(event("call.answered", answer.note), say)[1]
    assert isinstance(said, Say) and said.text == announcement(reason)
    assert go_on(event("call.playback.ended", answer.note), say)[1] == [Hangup()]


@pytest.mark.parametrize(
    ("promised", "words"),
    [
        ("callback", announcement(Reason.DIRECTORY_ERROR)),
        ("none", announcement(Reason.DIRECTORY_ERROR, callback=False)),
        ("", technical_trouble("en")),
    ],
)
def test_given_a_directory_that_failed_when_it_is_announced_then_only_what_was_kept_is_promised(
    promised: str, words: str
) -> None:
    note = LegNote("caller", "announcing", reason="DIRECTORY_ERROR", promised=promised)  # pyright: ignore
    (said,) = go_on(event("call.answered", note), say)[1]
    assert isinstance(said, Say) and said.text == words


def test_given_events_that_ask_for_nothing_then_nothing_is_done() -> None:
    for name in (
        "call.bridged",
        "call.dtmf.received",
        "call.machine.detection.ended",
        "call.hangup",
        "call.unheard_of",
    ):
        assert go_on(event(name, WAITING), say)[1] == []
    assert go_on(event("call.answered", None), say)[1] == []


def test_when_a_note_goes_to_the_carrier_and_back_then_it_is_the_same() -> None:
    note = LegNote("agent", "ringing", "timeout", "leg-1", "forward", "+12075550111", "callback", "es")
    assert LegNote.from_text(note.to_text()) == note
    for foreign in ("", "null", "[]", "{}", '{"role": "caller", "unheard": 1}', "x" * 100):
        assert LegNote.from_text(foreign) is None


def test_given_a_session_then_its_calls_id_is_one_of_its_own_kind() -> None:
    call_id = call_id_of_session("428c31b6-7af4-4bcb-b7f5-5013ef9657c1")
    assert call_id == call_id_of_session("428c31b6-7af4-4bcb-b7f5-5013ef9657c1") != call_id_of_session("another")
    assert is_of_session(call_id) and not is_of_room(call_id)
    in_room = call_id_of("local._+12065550100_abc")
    assert is_of_room(in_room) and not is_of_session(in_room)
