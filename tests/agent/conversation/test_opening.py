"""The first words of a call: the greeting, then the announcement of the recording with its question."""

import re
from collections.abc import Generator
from typing import Any

import pytest

from agent.businesses.business import business_names, business_of
from agent.conversation.conversation import _open

ANNOUNCED = (
    r"\bcall (?:may|might|can) be recorded\b",
    r"\bquality\b.*\btraining\b",
    r"\bsay[^.]*\bstop recording\b[^.]*\bat any time\b",
)
"""What the announcement says, in meaning."""


class Said:
    """A speech that is over at once."""

    def __init__(self, interrupted: bool) -> None:
        self.interrupted = interrupted

    def __await__(self) -> Generator[Any, None, None]:
        yield from ()


class Session:
    """Says things in no time; the first is interrupted where the caller speaks first."""

    def __init__(self, interrupted: bool = False) -> None:
        self.said: list[str] = []
        self._interrupted = interrupted

    def say(self, text: str, *, audio: Any = None) -> Said:
        del audio
        self.said.append(text)
        return Said(self._interrupted)


@pytest.mark.requirement("OP-78")
async def test_given_a_call_when_it_begins_then_the_recording_is_announced_before_anything_else_is_talked_about(
    conversation: Any,
) -> None:
    state, session = conversation.state, Session()
    assert not conversation.value.recording_announced
    await _open(state, session, state.phrases.greeting, None)  # type: ignore[arg-type]
    assert session.said == [state.phrases.greeting, state.phrases.consent]
    assert conversation.value.recording_announced
    assert not conversation.value.recording_enabled


@pytest.mark.requirement("OP-78")
def test_given_a_template_that_records_then_its_announcement_says_that_and_why_and_how_it_is_stopped() -> None:
    recording = [business_of(name).template for name in business_names()]
    recording = [template for template in recording if template.recording == "ask"]
    assert "church" in {template.name for template in recording}
    missing = [
        (template.name, pattern)
        for template in recording
        for pattern in ANNOUNCED
        if not re.search(pattern, template.phrases.consent, re.IGNORECASE)
    ]
    assert missing == []


async def test_given_a_caller_who_speaks_first_then_they_are_not_asked_and_nothing_was_announced(
    conversation: Any,
) -> None:
    state, session = conversation.state, Session(interrupted=True)
    await _open(state, session, state.phrases.greeting, None)  # type: ignore[arg-type]
    assert session.said == [state.phrases.greeting]
    assert not conversation.value.recording_announced
