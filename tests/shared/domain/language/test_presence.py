"""Whether all that a caller says is that they wonder whether anybody is there."""

import pytest

from shared.domain.language.presence import asks_presence

ASKS = (
    "Are you there?",
    "Hello?",
    "Hello? Hello?",
    "Um, are you still there?",
    "Hi, can you still hear me?",
    "Sorry, is anyone there?",
    "Hello, you still with me?",
    "Did I lose you?",
    "Have we been cut off?",
    "Is the line dead?",
    "Hello? What's going on?",
    "¿Hola? ¿Hay alguien ahí?",
)
SAYS_MORE = (
    "",
    "Are you there on Sundays?",
    "Is there anyone there who speaks Spanish?",
    "Can you hear confessions on Friday?",
    "Are you there? I'd rather have Friday.",
    "Hello, this is Maria Lopez.",
    "Hi, I want to book the hall.",
    "Is somebody listening to these calls, and why?",
    "There.",
    "Sorry.",
    "Did I lose my deposit?",
    "Is this line recorded?",
)


@pytest.mark.requirement("PT-68", part="which words ask it")
def test_given_what_callers_say_while_they_wait_then_only_the_question_whether_anybody_is_there_is_one() -> None:
    assert [each for each in ASKS if not asks_presence(each)] == []
    assert [each for each in SAYS_MORE if asks_presence(each)] == []
