import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from conversations import NOON, READ_BACK, a_conversation, any_conversation
from hypothesis import given

from shared.domain.call import Utterance
from shared.domain.conversation import MOST_UTTERANCES, Conversation, RequestTaken, from_json, to_json
from shared.domain.questions import ConsentQuestion


def through_json(conversation: Conversation) -> Conversation:
    return from_json(json.loads(json.dumps(to_json(conversation))))


@pytest.mark.requirement("OP-21", "OP-24")
@given(any_conversation())
def test_given_any_conversation_then_what_is_loaded_equals_what_was_saved(conversation: Conversation) -> None:
    assert through_json(conversation) == conversation


@pytest.mark.requirement("OP-10", part="medium and number in the session")
@pytest.mark.requirement("OP-21")
def test_given_a_conversation_then_its_json_has_the_fields_of_a_session() -> None:
    stored = to_json(a_conversation())
    assert {name: stored[name] for name in stored if name not in ("context", "conversation_history")} == {
        "session_id": "call-1",
        "version": 1,
        "takeovers": 0,
        "agent_id": "agent-1",
        "user_id": None,
        "channel": "phone",
        "current_agent": "care",
        "created_at": "2026-05-04T12:00:00Z",
        "last_activity": "2026-05-04T12:00:00Z",
    }
    assert [(each["role"], each["content"]) for each in stored["conversation_history"]] == [
        ("assistant", "Grace Community."),
        ("user", "Hi – it's Zoë."),
        ("assistant", "Hello!"),
    ]
    context = stored["context"]
    assert (context["phone_number"], context["recording_announced"], context["recording_enabled"]) == (
        "+12065550142",
        True,
        False,
    )


def test_given_fields_of_a_newer_release_then_they_are_ignored() -> None:
    stored = to_json(a_conversation())
    stored["mood"] = stored["context"]["mood"] = "sunny"
    assert from_json(stored) == a_conversation()


def test_given_a_question_of_a_newer_release_then_the_others_are_pending() -> None:
    stored = to_json(a_conversation())
    stored["context"]["questions"].append({"kind": "riddle", "text": "What has roots?"})
    assert from_json(stored) == a_conversation()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"version": None}, "version"),
        ({"conversation_history": "x"}, "conversation_history"),
        ({"conversation_history": [{"role": "user"}]}, "text"),
        ({"conversation_history": [{"role": "cat", "content": "Miaow.", "at_seconds": 1.0}]}, "cat"),
        ({"context": 3}, "context"),
        ({"context": {"questions": "x"}}, "context"),
    ],
)
def test_given_a_malformed_conversation_then_the_error_names_the_field(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        from_json({**to_json(a_conversation()), **changes})


@pytest.mark.parametrize("name", ["current_agent", "session_id", "context"])
def test_given_a_missing_field_then_the_error_names_it(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        from_json({k: v for k, v in to_json(a_conversation()).items() if k != name})


def test_given_fields_that_json_cannot_hold_then_it_is_an_error() -> None:
    with pytest.raises(ValueError):
        to_json(a_conversation(fields={"at": object()}))


@pytest.mark.requirement("OP-22")
def test_given_a_save_then_it_is_the_next_version_of_that_moment() -> None:
    later = NOON + timedelta(minutes=3)
    saved = a_conversation(version=4).next_version(later)
    assert (saved.version, saved.last_activity, saved.created_at) == (5, later, NOON)
    assert datetime.fromisoformat(to_json(saved)["last_activity"]) == later


def test_given_turns_then_they_are_counted_and_what_was_not_answered_is_kept() -> None:
    begun = a_conversation(caller_turns=0, history=(), questions=())
    asked = begun.after_caller(Utterance("caller", "Hello?", 1)).after_caller(Utterance("caller", "Anybody?", 2))
    assert (asked.caller_turns, asked.unanswered, asked.last_utterance) == (2, "Hello? Anybody?", "Anybody?")
    assert begun.history == ()
    answered = asked.after_agent(Utterance("agent", "Yes, I'm here.", 3))
    assert answered.unanswered == ""


def test_given_turns_then_what_was_asked_and_what_was_answered_is_counted_by_turn() -> None:
    greeted = a_conversation(caller_turns=0, history=(), questions=()).after_agent(
        Utterance("agent", "We are open today.", 0), answers=True
    )
    assert greeted.answered_turns == (), "nobody has asked yet"
    asked = greeted.after_caller(Utterance("caller", "When is the service on Sunday?", 1))
    unknown = asked.after_agent(Utterance("agent", "I'm not sure about that.", 2))
    assert (unknown.asked_turns, unknown.answered_turns) == ((1,), ())
    again = unknown.after_caller(Utterance("caller", "Yes.", 3))
    told = again.after_agent(Utterance("agent", "At nine.", 4), answers=True)
    told = told.after_agent(Utterance("agent", "And at eleven.", 5), answers=True)
    assert (told.asked_turns, told.answered_turns) == ((1,), (2,))


def test_given_a_refused_row_then_it_failed_until_one_of_its_kind_is_taken() -> None:
    refused = a_conversation(requests=()).with_request(READ_BACK).without_request("effect-1")
    assert (refused.requests_failed, refused.requests_taken) == (1, 0)
    again = refused.with_request(READ_BACK)
    assert again.requests_failed == 1
    assert again.with_receipt("effect-1", "kept").requests_failed == 0


def test_given_a_long_call_then_the_oldest_utterances_are_dropped() -> None:
    conversation = a_conversation(history=())
    for number in range(MOST_UTTERANCES + 5):
        conversation = conversation.after_agent(Utterance("agent", str(number), number))
    assert [each.text for each in conversation.history] == [str(n) for n in range(5, MOST_UTTERANCES + 5)]


def test_given_a_yes_then_the_row_has_the_id_of_its_read_back_until_it_is_refused() -> None:
    taking = a_conversation(requests=()).with_request(READ_BACK)
    (taken,) = taking.requests
    assert taken == RequestTaken("effect-1", "prayer", READ_BACK.fields, 2, tool=READ_BACK.tool)
    assert (taking.read_back, taking.requests_taken, taking.stored_kinds) == (None, 0, ())
    stored = taking.with_receipt("effect-1", "stored")
    assert (stored.requests_taken, stored.stored_kinds) == (1, ("prayer",))
    assert (taking.with_receipt("effect-1", "kept").stored_kinds, taking.without_request("effect-1").requests) == (
        (),
        (),
    )


def test_given_two_questions_then_one_is_taken_back_and_the_other_stays() -> None:
    asked = a_conversation().asking(ConsentQuestion())
    assert asked.without_question("consent") == a_conversation()
    assert asked.without_question("read_back", "consent") == a_conversation(questions=())


def test_given_another_agent_then_it_goes_on_from_the_same_value() -> None:
    taken_over = a_conversation().next_version(NOON).taken_over("agent-2")
    assert taken_over == replace(a_conversation(), version=2, takeovers=1, agent_id="agent-2")
