"""What a conversation achieved, from the caller's first word to the verdict in the record."""

from typing import Any

import asyncpg
import pytest

from agent.conversation.safety import respond_to_danger
from agent.lines.line import Ending
from agent.record.account import AgentAccount
from shared.domain.call import Outcome, conclude

UNKNOWN = (
    "I'm afraid I don't have that information. I can take your number and have somebody call you back, if you like."
)
CALLBACK = {"name": "Daniel Brooks", "number": "2065550171", "reason": "renting the hall"}


def outcome(call: Any, *, ended_by: Any = "caller", reason: str = "caller_hung_up") -> Outcome:
    """Of the call, if it ended now."""
    now = call.state.services.clock.now()
    account = AgentAccount(
        answered_at=now,
        live=call.state,
        transcript=call.state.transcript.utterances,
        end_reason=None if ended_by == "caller" else reason,
    )
    return conclude(account.facts(Ending(ended_by, reason, now))).outcome


@pytest.fixture
def greeted(conversation: Any) -> Any:
    conversation.speaker.say(conversation.state.phrases.greeting)
    conversation.speaker.say(conversation.state.phrases.consent)
    return conversation


async def test_given_an_answer_from_the_facts_then_the_question_is_answered(greeted: Any) -> None:
    greeted.hear("When do you folks get together on Sundays?")
    greeted.speaker.say("We meet on Sundays at nine and eleven.")
    assert outcome(greeted) is Outcome.QUESTION_ANSWERED


async def test_given_only_admissions_of_not_knowing_then_the_call_is_unresolved(greeted: Any) -> None:
    greeted.hear("Do you rent out the hall for weddings?")
    greeted.speaker.say(UNKNOWN)
    greeted.hear("Hm. And do you have a choir for children?")
    greeted.speaker.say(UNKNOWN.split(".")[0] + ".")
    greeted.hear("Okay, then I won't bother you. Bye.")
    greeted.speaker.say(greeted.state.phrases.goodbye)
    assert outcome(greeted, ended_by="agent", reason="goodbye") is Outcome.UNRESOLVED

    greeted.hear("Oh, one more thing, where are you?")
    greeted.speaker.say("We're at 1200 Alder Street.")
    assert outcome(greeted) is Outcome.QUESTION_ANSWERED


async def test_given_a_wish_that_got_no_further_than_its_read_back_then_the_call_is_unresolved(greeted: Any) -> None:
    greeted.hear("Could somebody call me back about renting the hall? I'm Daniel Brooks.")
    await greeted.call("request_callback", **CALLBACK)
    assert "renting the hall" in greeted.speaker.said[-1]
    assert outcome(greeted) is Outcome.UNRESOLVED


async def test_given_a_callback_that_no_store_takes_then_the_request_failed(greeted: Any, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("alter table voice_callback_requests add constraint none_today check (false)")
    await connection.close()
    greeted.hear("When is the service?")
    greeted.speaker.say("We meet on Sundays at nine and eleven.")
    greeted.hear("Could somebody call me back about renting the hall? I'm Daniel Brooks.")
    await greeted.call("request_callback", **CALLBACK)
    result = await greeted.answer("Yes, please.")
    assert result is not None and result["status"] == "refused"
    assert outcome(greeted) is Outcome.REQUEST_FAILED


async def test_given_a_caller_who_is_put_out_for_abuse_then_that_is_the_outcome(greeted: Any) -> None:
    greeted.hear("When is the service?")
    greeted.speaker.say("We meet on Sundays at nine and eleven.")
    for expected in (Outcome.QUESTION_ANSWERED, Outcome.ABUSE):
        abuse = "You are a stupid bitch."
        greeted.hear(abuse)
        found = greeted.intercepted(abuse)
        assert found is not None
        await respond_to_danger(found, abuse, greeted.state, greeted.speaker)
        assert outcome(greeted, ended_by="agent", reason="abuse") is expected


async def test_given_an_answer_about_the_recording_alone_then_nothing_was_asked(greeted: Any) -> None:
    greeted.hear("No thanks, I'd rather you didn't.")
    greeted.speaker.say(greeted.state.phrases.consent_refused)
    assert outcome(greeted) is Outcome.HUNG_UP_EARLY
    greeted.speaker.say(greeted.state.phrases.still_there[0])
    greeted.speaker.say(greeted.state.phrases.silence_goodbye)
    assert outcome(greeted, ended_by="agent", reason="silence") is Outcome.NO_INPUT
