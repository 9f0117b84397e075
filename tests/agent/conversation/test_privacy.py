"""Secrets of callers on their way in: from the recogniser, in a turn, over several turns, in what the model gets."""

from collections.abc import AsyncIterator
from typing import Any

from livekit.agents import llm
from livekit.agents.stt import SpeechData, SpeechEvent, SpeechEventType

from agent.conversation.interception import Kind
from agent.conversation.privacy import BEFORE_SECONDS, keep_private, private_context, without_secrets
from shared.domain.conversation import to_json
from shared.domain.language.secrets import NOT_TAKEN_LINE


def turn(text: str) -> llm.ChatMessage:
    return llm.ChatMessage(role="user", content=[text])


async def heard(conversation: Any, *texts: str) -> list[str]:
    async def events() -> AsyncIterator[SpeechEvent]:
        for text in texts:
            words = SpeechData(language="en", text=text, words=[])  # type: ignore[arg-type]
            yield SpeechEvent(type=SpeechEventType.FINAL_TRANSCRIPT, alternatives=[words])

    return [event.alternatives[0].text async for event in without_secrets(events(), conversation.state)]  # type: ignore[union-attr]


async def test_given_a_secret_when_it_is_recognised_then_nothing_after_the_recogniser_has_it(conversation: Any) -> None:
    began: list[float] = []
    conversation.state.on_secret = began.append
    conversation.speaker.say("How can I help you today?")
    assert await heard(conversation, "My card is 4242", "4242 4242 4242.", "Is that okay?") == [
        "My card is [card number]",
        "[card number].",
        "Is that okay?",
    ]
    assert len(began) == 2 and began[0] >= conversation.state.transcript.zero


async def test_given_a_slow_recogniser_then_a_secret_began_when_it_was_spoken_not_after_the_agent_spoke_again(
    conversation: Any,
) -> None:
    state, began = conversation.state, list[float]()
    state.on_secret = began.append
    conversation.speaker.say("How can I help you today?")
    spoken_at = state.transcript.zero
    state.words_began = lambda words: spoken_at
    conversation.speaker.say(state.phrases.repeat)
    await heard(conversation, "My card is 4242", "4242 4242 4242.")
    assert began == [spoken_at - BEFORE_SECONDS] * 2


async def test_given_a_telephone_number_that_was_asked_for_then_it_stays(conversation: Any) -> None:
    conversation.speaker.say("What number can we reach you at, digit by digit?")
    assert await heard(conversation, "312", "555", "0178.") == ["312", "555", "0178."]


async def test_given_a_card_over_turns_when_the_last_one_shows_it_then_those_before_lose_it_everywhere(
    conversation: Any,
) -> None:
    state, context = conversation.state, llm.ChatContext()
    conversation.speaker.say("Is there anything else I can do for you?")
    for text in ("It's four two four two.", "four two four two four two", "four two four two four two."):
        message = turn(text)
        conversation.hear(keep_private(message, context, state))
        context.items.append(message)
    kept = (*(each.text for each in state.transcript.utterances), str(to_json(state.conversation)))
    assert "four two" not in " ".join((*kept, *(item.text_content or "" for item in context.items)))
    assert state.conversation.last_utterance == "[card number]."


async def test_given_a_reply_that_is_prepared_before_the_turn_is_over_then_the_model_gets_no_secret(
    conversation: Any,
) -> None:
    context = llm.ChatContext(items=[turn("Hello."), turn("My social security number is 123-45-6789.")])
    private = private_context(context, conversation.state)
    assert private.items[-1].text_content == "My social security number is [social security number]."
    assert context.items[-1].text_content == "My social security number is 123-45-6789."


async def test_given_digits_of_a_turn_that_was_judged_then_they_are_not_taken_for_a_second_part_of_themselves(
    conversation: Any,
) -> None:
    conversation.hear("What's happening with order 5180?", "98199")
    context = llm.ChatContext(items=[turn("What's happening with order 5180?"), turn("98199")])
    assert private_context(context, conversation.state).items[-1].text_content == "98199"


async def test_given_a_secret_then_the_agent_says_that_it_cannot_take_it_and_answers_what_is_asked_besides(
    conversation: Any,
) -> None:
    await conversation.answer("My card number is [card number].")
    assert conversation.speaker.said == [NOT_TAKEN_LINE]
    found = conversation.intercepted("It's [card number]. And when does the service start on Sunday?")
    assert found is not None and found.kinds == (Kind.SECRET,) and not found.answers_all
