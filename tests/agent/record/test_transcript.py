"""The transcript keeps what the caller says last, though the call ends before it leads to a turn."""

from datetime import UTC, datetime
from typing import Any

import pytest
from livekit.agents import UserInputTranscribedEvent
from livekit.agents.llm import ChatMessage
from livekit.rtc import EventEmitter

from agent.record.transcript import Transcript

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class Journal:
    def note(self, kind: str, **fields: Any) -> None:
        del kind, fields


@pytest.fixture
def session() -> EventEmitter[str]:
    return EventEmitter()


def recognised(session: EventEmitter[str], text: str, *, final: bool = True, seconds: float = 0.0) -> None:
    at = NOON.timestamp() + seconds
    session.emit("user_input_transcribed", UserInputTranscribedEvent(transcript=text, is_final=final, created_at=at))


def test_given_words_without_a_turn_at_the_end_then_they_are_kept_and_those_of_a_turn_are_not_twice(
    session: EventEmitter[str],
) -> None:
    transcript = Transcript(NOON, Journal())  # type: ignore[arg-type]
    transcript.follow(session)  # type: ignore[arg-type]
    recognised(session, "When do you meet?")
    transcript.caller_said("When do you meet?", ChatMessage(role="user", content=["When do you meet?"]))
    recognised(session, "meet?")
    transcript.finish()
    assert [each.text for each in transcript.utterances] == ["When do you meet?"]

    recognised(session, "And one", final=False)
    recognised(session, "And one more thing.", seconds=9.5)
    recognised(session, "It's urgent.", seconds=11.0)
    transcript.finish()
    transcript.finish()
    assert [(each.text, each.at_seconds) for each in transcript.utterances[1:]] == [
        ("And one more thing. It's urgent.", 9.5)
    ]
