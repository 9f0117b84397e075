"""The turn detector and the barge-in between the framework and the rules: what they ask of it, what they keep back."""

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

from agent.conversation.barge_in import BargeIn
from agent.conversation.turn_detector import RECOGNITION_SECONDS, TurnDetector
from shared.domain.questions import ConsentQuestion
from shared.domain.template import Turn

TURN = Turn(min_delay_seconds=0.1, maybe_delay_seconds=0.6, value_delay_seconds=1.2, max_delay_seconds=2.5)


class Session(EventEmitter[str]):
    """A session as far as turn-taking needs one."""

    def __init__(self) -> None:
        super().__init__()
        self.max_delay: float | None = None
        self.recognised_until = 0.0
        self.current_speech: Speech | None = None

    def update_options(self, *, endpointing_opts: dict[str, float]) -> None:
        self.max_delay = endpointing_opts["max_delay"]

    def speak(self, speech: "Speech") -> None:
        self.current_speech = speech
        self.emit("agent_state_changed", AgentStateChangedEvent(old_state="thinking", new_state="speaking"))


class Speech:
    """A speech handle."""

    def __init__(self) -> None:
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

    def deliver(self, event: stt.SpeechEvent) -> None:
        self.late.append(event.alternatives[0].text)


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
    made = TurnDetector(TURN, lambda: conversation.value, lambda: session.recognised_until)
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
    session.emit("user_state_changed", UserStateChangedEvent(old_state="listening", new_state="speaking"))
    assert await predicted(detector, "Yes.") == 0.0
    assert session.max_delay == pytest.approx(0.6 + RECOGNITION_SECONDS)
    session.recognised_until = time.time()
    assert await predicted(detector, "Yes. But not today.") == 1.0


@pytest.fixture
def barge_in(session: Session, conversation: Any) -> tuple[BargeIn, Ears, list[int]]:
    ears, recognised = Ears(), list[int]()
    timeouts: Any = SimpleNamespace(recognised=lambda: recognised.append(1))
    return BargeIn(conversation.state, session, ears, timeouts), ears, recognised  # type: ignore[arg-type]


def passed(barge_in: BargeIn, text: str, *, final: bool = True) -> list[str]:
    return [event.alternatives[0].text for event in barge_in.sift(heard(text, final=final))]


async def test_given_a_sign_while_the_agent_speaks_then_it_is_kept_back_and_noted(
    barge_in: tuple[BargeIn, Ears, list[int]], session: Session, conversation: Any
) -> None:
    part, ears, recognised = barge_in
    assert passed(part, "Okay.") == ["Okay."]
    session.speak(Speech())
    assert passed(part, "Uh-huh.", final=False) == []
    assert passed(part, "Uh-huh.") == []
    assert len(recognised) == 1
    session.emit("agent_false_interruption", AgentFalseInterruptionEvent(resumed=True))
    assert [e.kind for e in conversation.state.journal.events][-2:] == ["overheard", "resumed"]
    conversation.speaker.say("We meet at ten.")
    assert session.current_speech is not None
    session.current_speech.end()
    assert ears.late == []
    assert passed(part, "Okay.") == ["Okay."]


async def test_given_words_after_a_sign_then_both_are_the_turn(
    barge_in: tuple[BargeIn, Ears, list[int]], session: Session
) -> None:
    part, _, _ = barge_in
    session.speak(Speech())
    assert passed(part, "Yes.") == []
    assert passed(part, "But make it Friday.") == ["Yes.", "But make it Friday."]
    assert passed(part, "And bring a cake.") == ["And bring a cake."]


@pytest.mark.parametrize(
    ("question", "answered"), [("Shall I send it?", ["Yes."]), ("At ten on Sunday.", []), ("What is your name?", [])]
)
async def test_given_a_yes_over_the_end_of_a_question_then_it_answers_it_when_the_question_was_heard(
    question: str, answered: list[str], barge_in: tuple[BargeIn, Ears, list[int]], session: Session, conversation: Any
) -> None:
    part, ears, _ = barge_in
    speech = Speech()
    session.speak(speech)
    assert passed(part, "Yes.") == []
    conversation.speaker.say(question)
    speech.end()
    assert ears.late == answered


async def test_given_talk_to_others_then_it_is_kept_back_at_any_time_and_danger_never(
    barge_in: tuple[BargeIn, Ears, list[int]], session: Session
) -> None:
    part, ears, _ = barge_in
    assert passed(part, "Bye bye, sweetie.") == []
    assert passed(part, "He's hitting me, sweetie.") == ["He's hitting me, sweetie."]
    speech = Speech()
    session.speak(speech)
    assert passed(part, "Turn the TV down.") == []
    assert passed(part, "Stop.") == ["Stop."]
    speech.end()
    assert ears.late == []
