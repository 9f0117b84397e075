"""The end of a call that our side asks for: taken back by what the caller says over the goodbye or shortly after it."""

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from agent.conversation import ending
from agent.conversation.ending import until_the_end


@dataclass
class Session:
    """As far as an end needs one: the goodbye is being spoken for `goodbye_seconds`."""

    goodbye_seconds: float = 0.1
    user_state: str = "listening"
    current_speech: Any = None

    def speak(self) -> None:
        self.current_speech = asyncio.ensure_future(asyncio.sleep(self.goodbye_seconds))
        self.current_speech.add_done_callback(lambda _: setattr(self, "current_speech", None))


@dataclass
class Line:
    hung_up: list[str] = field(default_factory=list[str])

    async def hang_up(self, reason: str) -> None:
        self.hung_up.append(reason)


@dataclass
class End:
    """One end of a call, begun."""

    conversation: Any
    session: Session
    line: Line
    line_ended: "asyncio.Future[Any]"
    task: "asyncio.Task[str | None]"

    async def hears(self, utterance: str) -> None:
        self.session.user_state = "speaking"
        await asyncio.sleep(0.12)
        self.session.user_state = "listening"
        self.conversation.hear(utterance)


@pytest.fixture
async def end(conversation: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(ending, "AFTER_GOODBYE_SECONDS", 0.3)
    begun: list[End] = []

    def begin(reason: str = "goodbye") -> End:
        session, line = Session(), Line()
        line_ended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        timeouts: Any = SimpleNamespace(failed=asyncio.get_running_loop().create_future())
        conversation.state.request_end(reason)
        session.speak()
        task = asyncio.create_task(until_the_end(line, line_ended, conversation.state, session, timeouts))  # type: ignore[arg-type]
        begun.append(End(conversation, session, line, line_ended, task))
        return begun[-1]

    yield begin
    for each in begun:
        each.task.cancel()
        await asyncio.gather(each.task, return_exceptions=True)


async def test_given_a_caller_who_adds_nothing_then_our_side_hangs_up_a_moment_after_the_goodbye(end: Any) -> None:
    for utterance in (None, "Bye.", "Thank you, you too."):
        call = end()
        if utterance:
            await call.hears(utterance)
        assert await asyncio.wait_for(call.task, 5) == "goodbye"
        assert call.line.hung_up == ["goodbye"]
        call.conversation.state.take_back_end()


@pytest.mark.parametrize("late", [0.0, 0.25], ids=["over the goodbye", "shortly after it"])
async def test_given_a_caller_who_goes_on_then_the_end_is_taken_back_until_the_next_one(late: float, end: Any) -> None:
    call = end()
    await asyncio.sleep(late)
    await call.hears("Oh wait, when is your office open?")
    await asyncio.sleep(0.6)
    assert not call.task.done() and call.line.hung_up == []
    assert not call.conversation.state.ending
    assert [each.text for each in call.conversation.value.history] == ["Oh wait, when is your office open?"]
    call.conversation.state.request_end("goodbye")
    assert await asyncio.wait_for(call.task, 5) == "goodbye"


@pytest.mark.parametrize("reason", ["abuse", "threat", "time_limit"])
async def test_given_an_end_that_is_not_the_callers_then_their_words_do_not_take_it_back(reason: str, end: Any) -> None:
    call = end(reason)
    await call.hears("Oh wait, when is your office open?")
    assert await asyncio.wait_for(call.task, 5) == reason
    assert call.line.hung_up == [reason]


async def test_given_a_caller_who_hangs_up_over_the_goodbye_then_nothing_is_left_to_end(end: Any) -> None:
    call = end()
    call.line_ended.set_result(None)
    assert await asyncio.wait_for(call.task, 5) is None
    assert call.line.hung_up == []
