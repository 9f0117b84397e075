"""What an agent decides next follows from the saved conversation: a successor that loads it decides the same."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from conversations import NOON, a_conversation
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.businesses.business import business_of
from agent.conversation.consent import asks_consent
from agent.conversation.interception import Kind, intercept, unsure_of
from agent.conversation.node import may_move
from agent.conversation.safety import response_to_danger
from agent.conversation.session import SessionSaver, begun_or_taken_over
from agent.tools.common import takes_leave
from agent.tools.read_back import Confirm, decide
from agent.tools.tool import put_in_our_mouth, spoken_facts_of
from shared.domain.call import Utterance
from shared.domain.conversation import Conversation, from_json, to_json
from shared.domain.language.consent import ConsentAnswer
from shared.domain.language.speech_guard import permitted
from shared.domain.questions import ConsentQuestion, ReadBack, reminder
from shared.errors import StoreUnavailable

TEMPLATE = business_of("church").template
PHRASES = TEMPLATE.phrases.filled({"name": "Grace Community Church"})
ROWS: list[tuple[str, dict[str, Any], str]] = [
    ("prayer", {"text": "for my dad", "name": None}, "I have this prayer request: for my dad. Shall I send it?"),
    ("callback", {"reason": "the hall", "party": [1, 2.5]}, "So somebody calls you back about the hall. Right?"),
]
CALLER = [
    "Yes.",
    "No.",
    "No thanks, I'd rather you didn't record.",
    "Hm?",
    "What?",
    "Yes, and when do you meet on Sunday morning, please tell me?",
    "Stop recording.",
    "I think I just want to",
    "kill myself.",
    "I'm going to shoot somebody at your church.",
    "You are a stupid bitch.",
    "Please pray for my dad. I'm a nurse.",
    "Okay, thank you, goodbye.",
]
AGENT = [
    PHRASES.greeting,
    PHRASES.consent,
    PHRASES.still_there[0],
    PHRASES.repeat,
    "Is there anything else I can do?",
    *(text for _, _, text in ROWS),
]
CLAIMS = ["I've sent it.", "This call is recorded.", "This call is not recorded.", "I am a nurse.", "We meet at nine."]


def saved_and_loaded(conversation: Conversation) -> Conversation:
    return from_json(json.loads(json.dumps(to_json(conversation))))


def caller_says(text: str, interrupted: bool, conversation: Conversation) -> Conversation:
    del interrupted
    conversation = conversation.after_caller(Utterance("caller", text, conversation.caller_turns * 9.5))
    found = intercept(text, conversation)
    match found and found.kinds[0]:
        case None:
            return conversation
        case Kind.UNCLEAR | Kind.ASK_AGAIN:
            return conversation.asking(ConsentQuestion(PHRASES.consent, repeated=True))
        case Kind.CONFIRMED:
            assert conversation.read_back is not None
            return carried_out(conversation.read_back, conversation)
        case Kind.CONSENT | Kind.RECORDING_STOPPED:
            answer = (found and found.consent) or ConsentAnswer.WITHDRAWN
            answered = conversation.without_question("consent")
            return replace(answered, consent=answer, recording_enabled=answer is ConsentAnswer.GRANTED)
        case _:
            assert found is not None
            return response_to_danger(found, conversation).conversation


def agent_says(text: str, interrupted: bool, conversation: Conversation) -> Conversation:
    spoken = Utterance("agent", text, conversation.caller_turns * 9.5 + 2.25, interrupted, {"total": 612.5})
    return conversation.after_agent(spoken, prompt=text in PHRASES.still_there)


def carried_out(agreed: ReadBack, conversation: Conversation) -> Conversation:
    """Each second row is in the spool only, each third is refused."""
    taking, count = conversation.with_request(agreed), conversation.caller_turns
    if count % 3 == 2:
        return taking.without_request(agreed.effect_id)
    return taking.with_receipt(agreed.effect_id, "kept" if count % 2 else "stored")


def tool_called(index: int, conversation: Conversation) -> Conversation:
    row_kind, fields, text = ROWS[index]
    match decide(conversation, row_kind, fields):
        case Confirm():
            effect_id = f"effect-{conversation.caller_turns}-{len(conversation.requests)}"
            read = ReadBack(effect_id, "tool", row_kind, fields, text, conversation.caller_turns)
            return conversation.asking(read)
        case _:
            return conversation


def moved(node: str, conversation: Conversation) -> Conversation:
    return replace(conversation.entered(node, NOON, "go_to"), moves=conversation.moves + may_move(conversation))


def opened(conversation: Conversation) -> Conversation:
    if not asks_consent(conversation, TEMPLATE):
        return conversation
    return replace(conversation.asking(ConsentQuestion(PHRASES.consent)), recording_announced=True)


Step = Callable[[Conversation], Conversation]


def step(function: Callable[..., Conversation], *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.tuples(*arguments).map(lambda given: lambda conversation: function(*given, conversation))


STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        step(caller_says, st.sampled_from(CALLER), st.just(False)),
        step(agent_says, st.sampled_from(AGENT), st.booleans()),
        step(tool_called, st.sampled_from(range(len(ROWS)))),
        step(moved, st.sampled_from(sorted(TEMPLATE.nodes))),
        step(opened),
        step(lambda conversation: conversation.next_version(NOON)),
    ),
    max_size=25,
)


def decisions(conversation: Conversation) -> list[Any]:
    """Of every guard, about everything that may come next."""
    found = {text: intercept(text, conversation) for text in CALLER}
    unsure = {text: unsure_of(text, conversation) for text in CALLER}
    dangers = [each for each in found.values() if each and each.words]
    answered = {text: conversation.after_caller(Utterance("caller", text, 99)) for text in CALLER}
    return [
        found,
        unsure,
        [reminder(conversation.questions, text, conversation.caller_turns) for text in AGENT],
        [response_to_danger(danger, conversation) for danger in dangers],
        [decide(later, kind, fields) for later in (conversation, *answered.values()) for kind, fields, _ in ROWS],
        [takes_leave(later) for later in (conversation, *answered.values())],
        [permitted(claim, spoken_facts_of(conversation)) for claim in CLAIMS],
        [put_in_our_mouth(claim, conversation) for claim in CLAIMS],
        asks_consent(conversation, TEMPLATE),
        may_move(conversation),
    ]


@pytest.mark.requirement("OP-24")
@pytest.mark.requirement("OP-33", part="what is restored; nothing speaks of it yet")
@settings(deadline=None)
@given(STEPS)
def test_given_any_sequence_of_turns_when_it_was_saved_and_loaded_then_it_is_equal_and_every_guard_decides_the_same(
    steps: list[Step],
) -> None:
    conversation = a_conversation(questions=(), requests=(), caller_turns=0, history=(), moves=0, consent=None)
    for take in (lambda c: replace(c, recording_announced=False), *steps):
        conversation = take(conversation)
    loaded = saved_and_loaded(conversation)
    assert loaded == conversation
    assert decisions(loaded) == decisions(conversation)


async def loaded_until(call: Any, true: Callable[[Conversation], bool]) -> Conversation:
    async with asyncio.timeout(10):
        while True:
            stored = await call.state.services.sessions.load(call.value.call_id)
            if stored is not None and true(stored):
                return stored
            await asyncio.sleep(0.01)


@pytest.mark.requirement("OP-21")
async def test_given_a_turn_with_a_read_back_then_redis_holds_the_calls_conversation_itself(conversation: Any) -> None:
    saver = SessionSaver(conversation.state)
    conversation.hear("Please pray for my dad.")
    await conversation.call("submit_prayer_request", text="for my dad")
    stored = await loaded_until(conversation, lambda saved: len(saved.history) == 2)
    await saver.aclose()

    assert stored == conversation.value
    assert stored.read_back is not None and stored.read_back.tool == "submit_prayer_request"


@pytest.mark.requirement("OP-27")
async def test_given_a_successor_that_has_saved_when_the_replaced_agent_goes_on_then_its_saves_change_nothing(
    conversation: Any,
) -> None:
    successor = await conversation.successor()
    saver = SessionSaver(successor.state)
    successor.hear("Hello?")
    theirs = await loaded_until(successor, lambda saved: saved.caller_turns == 1)
    await saver.aclose()

    late = SessionSaver(conversation.state)
    for _ in range(3):
        conversation.hear("Is anybody there?")
        refused = late.tally.superseded
        async with asyncio.timeout(10):
            while late.tally.superseded == refused:
                await asyncio.sleep(0.01)
    await late.aclose()
    assert conversation.value.version > theirs.version
    assert await loaded_until(successor, lambda _: True) == theirs


def begins(call: Any) -> Conversation:
    """As a new agent of this call begins."""
    value = call.value
    return Conversation(
        value.call_id, "agent-2", value.tenant_id, value.template, NOON, NOON, phone_number=value.phone_number
    )


@pytest.mark.requirement("OP-27", "OP-34")
async def test_given_an_agent_that_died_when_its_successor_begins_then_it_goes_on_from_there_and_its_saves_are_taken(
    conversation: Any,
) -> None:
    sessions = conversation.state.services.sessions
    assert await begun_or_taken_over(begins(conversation), sessions) == begins(conversation), "the call's first agent"

    conversation.hear("Please pray for my dad.")
    conversation.state.change(recording_enabled=True, node="care")
    for _ in range(7):
        conversation.state.conversation = conversation.value.next_version(NOON)
        assert await sessions.save(conversation.value)
    stored = conversation.value

    taken = await begun_or_taken_over(begins(conversation), sessions)
    assert (taken.agent_id, taken.version, taken.takeovers) == ("agent-2", 7, 1)
    assert (taken.node, taken.history, taken.recording_enabled) == ("care", stored.history, False)
    conversation.state.conversation = taken
    saver = SessionSaver(conversation.state)
    conversation.hear("Hello?")
    saved = await loaded_until(conversation, lambda saved: saved.agent_id == "agent-2")
    await saver.aclose()
    assert (saved.version, saver.tally.superseded) == (8, 0)


@pytest.mark.requirement("OP-27")
async def test_given_a_predecessor_that_saves_once_more_when_its_successor_saves_then_that_is_what_stays(
    conversation: Any,
) -> None:
    sessions = conversation.state.services.sessions
    dying = replace(conversation.value, version=4)
    assert await sessions.save(dying)
    conversation.state.conversation = await begun_or_taken_over(begins(conversation), sessions)
    assert await sessions.save(replace(dying, version=9))

    saver = SessionSaver(conversation.state)
    conversation.hear("Hello?")
    saved = await loaded_until(conversation, lambda saved: saved.agent_id == "agent-2")
    await saver.aclose()
    assert saved.version == 10 and saved.caller_turns == 1


async def test_given_redis_away_or_another_template_then_a_successor_begins_anew(conversation: Any) -> None:
    class Away:
        async def load(self, call_id: str) -> Conversation:
            raise StoreUnavailable(call_id)

    assert await begun_or_taken_over(begins(conversation), Away()) == begins(conversation)  # type: ignore[arg-type]
    sessions = conversation.state.services.sessions
    assert await sessions.save(replace(conversation.value, version=5, template="bakery", node="oven"))
    taken = await begun_or_taken_over(begins(conversation), sessions)
    assert (taken.template, taken.node, taken.version, taken.takeovers) == (conversation.value.template, "", 5, 1)
