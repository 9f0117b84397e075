"""The turn detector and the barge-in between the framework and the rules: what they ask of it, what they keep back."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.agents import (
    AgentFalseInterruptionEvent,
    AgentStateChangedEvent,
    UserStateChangedEvent,
    llm,
    stt,
)
from livekit.agents.language import LanguageCode
from livekit.rtc import EventEmitter

from agent.conversation.barge_in import _NEXT_PHRASE_SECONDS, BargeIn
from agent.conversation.turn_detector import RECOGNITION_SECONDS, TurnDetector
from agent.speech.foreground import QUIETER_DB, USUAL_DB, Foreground
from agent.speech.listening import Spoken
from shared.domain.language.presence import STILL_HERE
from shared.domain.questions import ConsentQuestion
from shared.domain.template import Turn

TURN = Turn(min_delay_seconds=0.1, maybe_delay_seconds=0.6, value_delay_seconds=1.2, max_delay_seconds=2.5)


class Session(EventEmitter[str]):
    """A session as far as turn-taking needs one."""

    def __init__(self) -> None:
        super().__init__()
        self.max_delay: float | None = None
        self.unrecognised = False
        self.said: list[str] = []
        self.current_speech: Speech | None = None

    def update_options(self, *, endpointing_opts: dict[str, float]) -> None:
        self.max_delay = endpointing_opts["max_delay"]

    def say(self, text: str, audio: Any = None) -> "Speech":
        self.said.append(text)
        return Speech()

    def speak(self, speech: "Speech") -> None:
        self.current_speech = speech
        self.emit("agent_state_changed", AgentStateChangedEvent(old_state="thinking", new_state="speaking"))


class Speech:
    """A speech handle."""

    def __init__(self, *, allow_interruptions: bool = True) -> None:
        self.allow_interruptions = allow_interruptions
        self.interrupted = False
        self.over = False
        self.callback: Any = None

    def done(self) -> bool:
        return self.over

    def add_done_callback(self, callback: Any) -> None:
        self.callback = callback

    def end(self) -> None:
        self.over = True
        self.callback(self)


class Ears:
    """`Listening`: keeps what is delivered later."""

    def __init__(self) -> None:
        self.sift: Any = None
        self.late: list[str] = []
        self.delivered = asyncio.Event()

    def deliver(self, event: stt.SpeechEvent) -> None:
        self.late.append(event.alternatives[0].text)
        self.delivered.set()


def heard(text: str, *, final: bool = True) -> stt.SpeechEvent:
    kind = stt.SpeechEventType.FINAL_TRANSCRIPT if final else stt.SpeechEventType.INTERIM_TRANSCRIPT
    return stt.SpeechEvent(type=kind, alternatives=[stt.SpeechData(language=LanguageCode("en"), text=text)])


async def predicted(detector: TurnDetector, said: str) -> float:
    context = llm.ChatContext.empty()
    context.add_message(role="user", content=said)
    return await detector.predict_end_of_turn(context)


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def detector(session: Session, conversation: Any) -> TurnDetector:
    template = conversation.state.template.model_copy(update={"turn": TURN})
    made = TurnDetector(template, lambda: conversation.value, lambda: session.unrecognised)
    made.follow(session)  # type: ignore[arg-type]
    return made


async def test_given_what_the_agent_asked_then_the_framework_waits_as_long_as_the_rule_says(
    detector: TurnDetector, session: Session, conversation: Any
) -> None:
    conversation.speaker.say("What number can we reach you at?")
    assert await predicted(detector, "It is three one two.") == 0.0
    assert session.max_delay == 2.5
    assert await predicted(detector, "It is three one two. Five five five, zero one seven eight.") == 0.0
    assert session.max_delay == 1.2
    conversation.speaker.say("How can I help you today?")
    assert await predicted(detector, "Is there parking?") == 1.0
    assert await predicted(detector, "Hello.") == 0.0
    assert session.max_delay == 0.6


async def test_given_speech_that_is_not_recognised_yet_then_the_words_before_it_do_not_end_the_turn_at_once(
    detector: TurnDetector, session: Session, conversation: Any
) -> None:
    conversation.state.replace(conversation.value.asking(ConsentQuestion("May I record?")))
    assert await predicted(detector, "Yes,") == 0.0
    assert await predicted(detector, "Yes.") == 1.0
    session.unrecognised = True
    assert await predicted(detector, "Yes.") == 0.0
    assert session.max_delay == pytest.approx(0.6 + RECOGNITION_SECONDS)
    session.unrecognised = False
    assert await predicted(detector, "Yes. But not today.") == 1.0


LOUD_DB = -20.0


class Parts:
    """A barge-in with what it works on. The clock moves by `pass_seconds` only."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, session: Session, conversation: Any) -> None:
        self.session = session
        self.ears = Ears()
        self.foreground = Foreground(SimpleNamespace(capabilities=None))  # type: ignore[arg-type]
        self.recognised = 0
        self.now = 1_000.0
        monkeypatch.setattr(time, "time", lambda: self.now)
        timeouts: Any = SimpleNamespace(recognised=self._recognised)
        self.barge_in = BargeIn(conversation.state, session, self.ears, self.foreground, timeouts)  # type: ignore[arg-type]

    def _recognised(self) -> None:
        self.recognised += 1

    def pass_seconds(self, seconds: float) -> None:
        self.now += seconds

    def speak(self, *, allow_interruptions: bool = True) -> Speech:
        """The agent begins, and is heard for half a second."""
        speech = Speech(allow_interruptions=allow_interruptions)
        self.session.speak(speech)
        self.pass_seconds(0.5)
        return speech

    def passed(self, text: str, *, final: bool = True, ago: float = 0.0, level: float | None = LOUD_DB) -> list[str]:
        """What passes of words that the caller began to speak `ago` seconds before they were recognised."""
        began = self.now - ago
        events = self.barge_in.sift(heard(text, final=final), Spoken(began, began, level))
        return [event.alternatives[0].text for event in events]


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch, session: Session, conversation: Any) -> Parts:
    return Parts(monkeypatch, session, conversation)


def test_given_a_sign_while_the_agent_speaks_then_it_is_kept_back_and_noted(parts: Parts, conversation: Any) -> None:
    assert parts.passed("Okay.") == ["Okay."]
    speech = parts.speak()
    assert parts.passed("Uh-huh.", final=False) == []
    assert parts.passed("Uh-huh.") == []
    assert parts.recognised == 1
    parts.session.emit("agent_false_interruption", AgentFalseInterruptionEvent(resumed=True))
    assert [e.kind for e in conversation.state.journal.events][-2:] == ["overheard", "resumed"]
    conversation.speaker.say("We meet at ten.")
    speech.end()
    assert parts.ears.late == []
    parts.pass_seconds(0.1)
    assert parts.passed("Okay.") == ["Okay."]


def test_given_a_sign_that_is_recognised_after_the_speech_then_when_it_was_spoken_counts(
    parts: Parts, conversation: Any
) -> None:
    speech = parts.speak()
    parts.pass_seconds(3.0)
    conversation.speaker.say("We meet at ten.")
    speech.end()
    parts.pass_seconds(4.0)
    assert parts.passed("Uh-huh.", ago=5.0) == []
    assert parts.passed("Okay.", ago=3.0) == ["Okay."]
    # while the next speech goes on, which the caller had not heard when they spoke
    parts.speak()
    assert parts.passed("Uh-huh.", ago=6.0) == []
    assert parts.passed("Okay.", ago=2.0) == ["Okay."]


def test_given_a_yes_as_the_agent_begins_then_it_answers_what_was_said_before(parts: Parts) -> None:
    parts.speak()
    assert parts.passed("Yes.", ago=0.4) == ["Yes."]
    assert parts.passed("Yes.", ago=0.1) == []


def test_given_words_after_a_sign_then_both_are_the_turn(parts: Parts) -> None:
    parts.speak()
    assert parts.passed("Yes.") == []
    assert parts.passed("But make it Friday.") == ["Yes.", "But make it Friday."]
    assert parts.passed("And bring a cake.") == ["And bring a cake."]


def test_given_words_long_after_a_sign_then_they_are_the_turn_alone(parts: Parts) -> None:
    parts.speak()
    assert parts.passed("Uh-huh.") == []
    parts.pass_seconds(3.0)
    assert parts.passed("Sorry, how do I give?") == ["Sorry, how do I give?"]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("question", "left", "answered"),
    [
        ("Shall I send it?", 1.5, ["Yes."]),
        ("Shall I send it?", 2.5, []),
        ("At ten on Sunday.", 1.5, []),
        ("What is your name?", 1.5, []),
    ],
)
def test_given_a_yes_over_the_end_of_a_question_then_it_answers_it_when_the_question_was_heard(
    question: str, left: float, answered: list[str], late: bool, parts: Parts, conversation: Any
) -> None:
    speech = parts.speak()
    if not late:
        assert parts.passed("Yes.") == []
    parts.pass_seconds(left)
    conversation.speaker.say(question)
    speech.end()
    if late:
        parts.pass_seconds(1.0)
        assert parts.passed("Yes.", ago=left + 1.0) == answered
    else:
        assert parts.ears.late == answered


def test_given_talk_to_others_then_it_is_kept_back_at_any_time_and_danger_never(parts: Parts) -> None:
    assert parts.passed("Bye bye, sweetie.") == []
    assert parts.passed("He's hitting me, sweetie.") == ["He's hitting me, sweetie."]
    speech = parts.speak()
    assert parts.passed("Turn the TV down.") == []
    assert parts.passed("Stop.") == ["Stop."]
    speech.end()
    assert parts.ears.late == []


def test_given_far_quieter_words_than_the_callers_then_they_are_no_turn_until_the_caller_is_silent(
    parts: Parts,
) -> None:
    far = LOUD_DB - QUIETER_DB - 2
    assert parts.passed("Is there parking?") == ["Is there parking?"]
    assert parts.passed("The mayor said so on Monday.", level=far) == []
    assert parts.passed("He has a gun!", level=far) == ["He has a gun!"]
    assert parts.passed("Is there parking?", level=LOUD_DB - 10) == ["Is there parking?"]
    assert parts.passed("Sorry, my phone fell down.", level=None) == ["Sorry, my phone fell down."]
    away = UserStateChangedEvent(old_state="listening", new_state="away")
    parts.session.emit("user_state_changed", away)
    assert parts.passed("And now the weather.", level=USUAL_DB - QUIETER_DB - 1) == []
    assert parts.passed("Is anybody there?", level=far) == ["Is anybody there?"]


async def test_given_words_over_phrases_that_cannot_be_interrupted_then_they_are_the_turn_after_the_last(
    parts: Parts,
) -> None:
    first = parts.speak(allow_interruptions=False)
    assert parts.passed("He has stopped", final=False) == []
    assert parts.passed("He has stopped breathing.") == []
    second = Speech(allow_interruptions=False)
    first.end()
    parts.session.speak(second)
    await asyncio.sleep(_NEXT_PHRASE_SECONDS * 1.5)
    parts.pass_seconds(0.5)
    assert parts.passed("What do I do?") == []
    assert parts.ears.late == []
    second.end()
    parts.session.current_speech = None
    async with asyncio.timeout(5):
        await parts.ears.delivered.wait()
    assert parts.ears.late == ["He has stopped breathing.", "What do I do?"]
    assert parts.passed("And now?") == ["And now?"]


@pytest.mark.requirement("PT-68", part="in the recognised words, beside the framework's tool")
def test_given_a_tool_that_runs_then_are_you_there_is_answered_at_once_and_is_no_turn_that_would_cancel_it(
    parts: Parts, conversation: Any
) -> None:
    assert parts.passed("Are you still there?") == ["Are you still there?"], "no tool runs: the model answers"
    conversation.state.tool_runs = lambda: True
    assert parts.passed("Hello? Is anybody", final=False) == ["Hello? Is anybody"]
    assert parts.passed("Hello? Is anybody there?", final=False) == []
    assert parts.passed("Hello? Is anybody there?") == []
    assert parts.session.said == [STILL_HERE]
    assert parts.passed("Hello?") == [], "it is being answered"
    assert parts.session.said == [STILL_HERE]
    assert parts.passed("Are you there? Make it Friday.") == ["Are you there? Make it Friday."]
    assert [e.fields["what"] for e in conversation.state.journal.events if e.kind == "overheard"] == ["presence"] * 2
