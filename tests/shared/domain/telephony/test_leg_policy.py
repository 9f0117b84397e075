"""What the carrier is told to do, by what it tells."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.domain.announcements import announcement, leave_a_message, not_recorded, technical_trouble
from shared.domain.routing import Reason
from shared.domain.telephony.leg_policy import announce, failure, fall_back, go_on, refused, words_for
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


def play(text: str, note: LegNote) -> Play | Say:
    return Play(f"https://hooks.example/{len(text)}.wav", note)


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
    (record,) = go_on(event("call.speak.ended", note, status="completed"), say)[1]
    assert isinstance(record, Record) and record.note.step == "voicemail"
    assert go_on(event("call.recording.saved", record.note), say)[1] == [Hangup()]


@pytest.mark.parametrize("reason", [Reason.NUMBER_UNKNOWN, Reason.CALLER_BLOCKED, Reason.OVER_LIMIT])
def test_when_a_reason_is_announced_then_the_caller_hears_its_sentence_and_the_call_ends(reason: Reason) -> None:
    (answer,) = announce(LegNote("caller", reason=reason.value, caller_leg="leg-1"))
    assert isinstance(answer, Answer)
    (said,) = go_on(event("call.answered", answer.note), say)[1]
    assert isinstance(said, Say) and said.text == announcement(reason)
    assert go_on(event("call.playback.ended", answer.note, status="completed"), say)[1] == [Hangup()]


@pytest.mark.requirement("OT-53")
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
    note = LegNote("agent", "ringing", "timeout", "leg-1", "forward", "+12075550111", "+12075550110", "callback", "es")
    assert LegNote.from_text(note.to_text()) == note
    for foreign in ("", "null", "[]", "{}", '{"role": "caller", "unheard": 1}', "x" * 100):
        assert LegNote.from_text(foreign) is None


def test_given_a_session_then_its_calls_id_is_one_of_its_own_kind() -> None:
    call_id = call_id_of_session("428c31b6-7af4-4bcb-b7f5-5013ef9657c1")
    assert call_id == call_id_of_session("428c31b6-7af4-4bcb-b7f5-5013ef9657c1") != call_id_of_session("another")
    assert is_of_session(call_id) and not is_of_room(call_id)
    in_room = call_id_of("local._+12065550100_abc")
    assert is_of_room(in_room) and not is_of_session(in_room)


# ---- what the carrier refuses, or fails at

SPOKEN_STEPS = ("announcing", "asking_voicemail", "unrecorded")
UNHEARD = ("failed", "file_not_found", "cancelled", "cancelled_amd", "unknown", "", "levitated")


@pytest.mark.parametrize("step", SPOKEN_STEPS)
def test_given_a_playback_that_was_not_heard_when_it_ends_then_the_carriers_own_voice_says_the_same_once(
    step: str,
) -> None:
    note = replace(WAITING, step=step, language="es")  # pyright: ignore
    for status in UNHEARD:
        failed = event("call.playback.ended", note, status=status, detail="404 Not Found")
        assert go_on(failed, play)[1] == [Say(words_for(note), "es", note)], status
        assert failure(failed) == f"{status or 'no status'} 404 Not Found"
        # and when that isn't heard either, the call ends: nothing is recorded unasked
        unsaid = event("call.speak.ended", note, status=status)
        assert go_on(unsaid, play)[1] == [Hangup()], status
        assert failure(unsaid)


def test_given_a_caller_who_hung_up_when_the_playback_ends_then_nothing_follows_and_it_is_no_failure() -> None:
    for name in ("call.playback.ended", "call.speak.ended"):
        for step in SPOKEN_STEPS:
            ended = event(name, replace(WAITING, step=step), status="call_hangup")  # pyright: ignore
            assert (go_on(ended, play)[1], failure(ended)) == ([], "")


def test_given_a_recording_that_fails_when_that_is_reported_then_the_caller_hears_so_and_the_call_ends() -> None:
    failed = event("call.recording.error", replace(WAITING, step="voicemail"), detail="Internal server error")
    (said,) = go_on(failed, say)[1]
    assert isinstance(said, Say) and (said.text, said.note.step) == (not_recorded("en"), "unrecorded")
    assert failure(failed) == "Internal server error"
    assert go_on(event("call.speak.ended", said.note, status="completed"), say)[1] == [Hangup()]
    # a second report of it doesn't interrupt the words
    assert go_on(event("call.recording.error", said.note), say)[1] == []


def test_given_the_number_called_as_the_callers_when_nobody_answers_then_the_forward_withholds_it() -> None:
    """Telnyx shows the number called for a caller who withholds theirs."""
    agents = replace(WAITING, role="agent", fallback="forward", forward_to="+12075550111", did="+12075550110")
    for shown in ("+12075550110", "anonymous", "", "sip:somebody@example.com"):
        _, (forward,) = go_on(event("call.hangup", agents, leg="leg-2", hangup_cause="timeout", caller=shown), say)
        assert isinstance(forward, Transfer) and forward.caller == "", shown
    _, (forward,) = go_on(event("call.hangup", agents, hangup_cause="timeout", caller="+12065550142"), say)
    assert isinstance(forward, Transfer)
    assert (forward.caller, forward.diversion) == ("+12065550142", "+12075550110")


def rungs(command: Command, voice: object = play) -> list[str]:
    """The names of the commands that follow when the carrier refuses each in turn, the first included."""
    found: list[str] = []
    waiting = [command]
    while waiting:
        assert len(found) < 10, f"no end: {found}"
        found += [type(one).__name__ for one in waiting]
        waiting = refused(waiting[-1], voice)  # pyright: ignore
    return found


@pytest.mark.parametrize(
    ("fallback", "followed_by"),
    [
        ("announcement", ["Answer", "Reject", "Hangup"]),
        ("voicemail", ["Answer", "Reject", "Hangup"]),
        ("forward", ["Transfer", "Answer", "Reject", "Hangup"]),
    ],
)
def test_given_a_transfer_that_is_refused_then_the_numbers_fallback_follows_and_each_further_refusal_leads_on(
    fallback: str, followed_by: list[str]
) -> None:
    note = replace(WAITING, fallback=fallback, forward_to="+12075550111")  # pyright: ignore
    transfer = Transfer("sip:agent@sip.example", "+12065550142", 8, note, replace(note, role="agent", step=""))
    assert rungs(transfer) == ["Transfer", *followed_by]
    last = refused(transfer, play)[-1]
    if fallback == "forward":
        (last,) = refused(last, play)
    assert isinstance(last, Answer)
    assert last.note.step == ("announcing" if fallback == "announcement" else "asking_voicemail")


def test_given_words_or_a_recording_that_are_refused_then_the_carriers_own_voice_speaks_and_the_call_ends() -> None:
    note = replace(WAITING, step="asking_voicemail")
    assert rungs(play("words", note)) == ["Play", "Say", "Hangup"]
    assert refused(play("words", note), play) == [Say(leave_a_message(Reason.NOT_ANSWERED), "en", note)]
    assert rungs(Record(120, 5, replace(note, step="voicemail"))) == ["Record", "Play", "Say", "Hangup"]
    (said,) = refused(Record(120, 5, replace(note, step="voicemail")), say)
    assert isinstance(said, Say) and said.text == not_recorded("en")
    assert rungs(Reject()) == ["Reject", "Hangup"]
