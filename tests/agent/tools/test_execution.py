"""A tool on the model's call: waits are filled, failures end in a sentence, what it changes is changed once."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.agents import ToolError

from agent.tools import execution
from agent.tools.effect import UNSURE, repeated
from agent.tools.execution import FAILED, Fillers, is_filler, offered
from agent.tools.tool import Arguments, Result, Tool, failed, refusal
from shared.domain.conversation import Effect, from_json, to_json
from shared.errors import StoreError, StoreUnavailable

Run = Callable[[Any, Any], Awaitable[Result]]
FILLER = "One moment, please."


class TitleArguments(Arguments):
    title: str | None = None


class Desk:
    """Calls tools of the test's own in a silent call, as the model would."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self.fillers = Fillers(call.state.journal, call.state.fixed_phrases.audio)

    async def use(self, run: Run, *, name: str = "look_up", title: str | None = None, **of_tool: Any) -> dict[str, Any]:
        ((_, context),) = self.call.state.tools(["end_call"])
        tool = Tool(name, "For a test.", TitleArguments, run, **of_tool)
        session: Any = SimpleNamespace(session=self.call.speaker)
        try:
            return json.loads(
                await offered(tool, replace(context, tool=name), self.fillers)(
                    {"title": title} if title else {}, session
                )
            )
        except ToolError as error:
            return json.loads(error.message)

    def noted(self, kind: str) -> list[dict[str, Any]]:
        return [dict(event.fields) for event in self.call.state.journal.events if event.kind == kind]


@pytest.fixture
def desk(conversation: Any) -> Desk:
    conversation.hear("How much is the small digger?")
    return Desk(conversation)


async def done(*_: Any) -> Result:
    return {"status": "done"}


async def test_given_a_tool_that_takes_longer_then_the_caller_hears_so_once_and_a_quick_one_says_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "FILLER_SECONDS", 0.02)
    filled = asyncio.Event()
    desk.call.speaker.once("conversation_item_added", lambda _: filled.set())

    async def slow(*_: Any) -> Result:
        await filled.wait()
        await asyncio.sleep(0.1)
        return {"status": "done"}

    assert (await desk.use(slow))["status"] == "done"
    assert desk.call.speaker.said == [FILLER]
    assert desk.noted("tool_filled") == [{"tool": "look_up", "said": FILLER}]

    await desk.use(done)
    await asyncio.sleep(0.05)
    assert desk.call.speaker.said == [FILLER]


async def test_given_two_tools_that_wait_at_once_then_one_filler_is_said(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "FILLER_SECONDS", 0.02)
    say = desk.call.speaker.say

    def speaking(text: str, **more: Any) -> Any:
        say(text, **more)
        return asyncio.get_running_loop().create_future()

    monkeypatch.setattr(desk.call.speaker, "say", speaking)

    async def slow(*_: Any) -> Result:
        await asyncio.sleep(0.1)
        return {"status": "done"}

    await asyncio.gather(desk.use(slow), desk.use(slow, name="look_elsewhere"))
    assert desk.call.speaker.said == [FILLER]


async def test_given_a_filler_then_what_the_caller_said_before_it_is_still_unanswered(desk: Desk) -> None:
    before = desk.call.value
    desk.call.speaker.say(FILLER)
    assert desk.call.value.unanswered == before.unanswered != ""
    assert desk.call.value.answered_turns == before.answered_turns
    assert [is_filler(text, FILLER) for text in (FILLER, "One mom", " ", "One moment, please. It is nine.")] == [
        True, True, False, False,
    ]  # fmt: skip


async def test_given_each_way_to_fail_for_good_then_the_agent_says_so_and_the_model_does_not_try_again(
    desk: Desk,
) -> None:
    async def broken(*_: Any) -> Result:
        raise RuntimeError("a fault of ours")

    async def refused_by_the_store(*_: Any) -> Result:
        raise StoreError("no such row")

    async def hanging(*_: Any) -> Result:
        await asyncio.Event().wait()
        return {}

    async def final(*_: Any) -> Result:
        return failed("The partner has closed.", "The shop is closed for good.")

    table: list[tuple[Run, str]] = [
        (broken, FAILED), (refused_by_the_store, FAILED), (hanging, FAILED), (final, "The shop is closed for good."),
    ]  # fmt: skip
    for run, sentence in table:
        for once in (False, True) if run is not hanging else (False,):
            desk.call.speaker.said.clear()
            result = await desk.use(run, name=f"{run.__name__}_{once}", once=once, seconds=0.05)
            assert result["status"] == "failed", run
            assert result["why"].endswith("Don't call it again for this."), run
            assert desk.call.speaker.said in ([sentence], [UNSURE]), run


async def test_given_a_failure_that_the_model_may_mend_then_it_gets_the_hint_and_the_agent_says_nothing(
    desk: Desk,
) -> None:
    async def picky(*_: Any) -> Result:
        raise refusal("The day is missing.", say="Which day?")

    for once in (False, True):
        result = await desk.use(picky, once=once)
        assert (result["status"], result["why"], result["say"]) == ("refused", "The day is missing.", "Which day?")
    assert desk.call.speaker.said == []
    assert desk.call.value.effects == ()


class Ledger:
    """Counts what a tool changes."""

    def __init__(self) -> None:
        self.written: list[tuple[str, str | None]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def write(self, context: Any, arguments: TitleArguments) -> Result:
        self.written.append((context.effect_id, arguments.title))
        await self.go_on.wait()
        return {"status": "done", "said": f"{arguments.title} is on the list."}


@pytest.mark.requirement("PT-66")
async def test_given_an_interruption_while_a_tool_changes_something_then_it_is_done_once(desk: Desk) -> None:
    ledger = Ledger()
    ledger.go_on.clear()
    first = asyncio.ensure_future(desk.use(ledger.write, once=True, title="buy milk"))
    while not ledger.written:
        await asyncio.sleep(0)
    # an interruption cancels the tools that run
    first.cancel()
    second = await desk.use(ledger.write, once=True, title="buy milk")
    assert (second["status"], second["said"]) == ("wait", "")
    ledger.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await first

    desk.call.hear("Sorry, what?")
    again = await desk.use(ledger.write, once=True, title="Buy milk!")
    assert again["said"] == "buy milk is on the list."
    assert len(ledger.written) == 1 and ledger.written[0][0]


async def test_given_the_same_call_of_a_tool_then_what_stands_between_decides_whether_it_is_meant_anew(
    desk: Desk,
) -> None:
    ledger = Ledger()

    async def use(title: str, name: str = "complete") -> str:
        return str((await desk.use(ledger.write, name=name, once=True, title=title)).get("said"))

    assert await use("milk") == "milk is on the list."
    assert await use("milk") == ""
    desk.call.hear("Once more?")
    assert await use("milk") == "milk is on the list."
    assert len(ledger.written) == 1
    await use("milk", "reopen")
    desk.call.hear("Close it again.")
    assert await use("milk") == "milk is on the list."
    assert [title for _, title in ledger.written] == ["milk"] * 3
    assert len({effect_id for effect_id, _ in ledger.written}) == 3


@pytest.mark.requirement("PT-66")
async def test_given_a_process_that_died_while_a_tool_changed_something_then_its_successor_does_not_change_it_again(
    desk: Desk,
) -> None:
    ledger = Ledger()
    began = Effect("effect-1", "add", {"title": "milk"}, desk.call.value.agent_id, desk.call.value.caller_turns)
    desk.call.state.replace(desk.call.value.with_effect(began))
    successor = Desk(await desk.call.successor())

    result = await successor.use(ledger.write, name="add", once=True, title="Milk")
    assert (result["status"], result["said"]) == ("failed", UNSURE)
    assert ledger.written == []
    assert successor.call.speaker.said == [UNSURE]
    assert from_json(to_json(successor.call.value)).effects == successor.call.value.effects


async def test_given_a_store_that_may_have_written_then_the_tool_is_not_run_again(desk: Desk) -> None:
    runs: list[str] = []

    async def lost(context: Any, _: Any) -> Result:
        runs.append(context.effect_id)
        raise StoreUnavailable("no answer")

    assert (await desk.use(lost, once=True))["said"] == UNSURE
    assert (await desk.use(lost, once=True))["status"] == "failed"
    assert len(runs) == 1
    assert repeated(desk.call.value, "look_up", {}) is not None


@pytest.mark.requirement("OT-16", "OT-17", "OT-18")
async def test_given_each_end_of_a_handler_then_the_call_moves_on_with_a_result_alone_and_each_stands_in_it_once(
    desk: Desk,
) -> None:
    ((_, context),) = desk.call.state.tools(["end_call"])
    got: list[Any] = []
    elsewhere, full = object(), False

    def hand_over(run: Any, why: str, arguments: dict[str, Any], opening: str) -> object:
        if full:
            raise refusal("No more handoffs.", say="")
        got.append((why, arguments, opening))
        return elsewhere

    async def use(result: Any, *, hands_over: bool) -> Any:
        async def run(given: Any, arguments: TitleArguments) -> Result:
            assert (given.tenant, given.live, arguments.title) == (context.tenant, context.live, "hall")
            if isinstance(result, Exception):
                raise result
            return result

        tool = Tool("pass_on", "For a test.", TitleArguments, run, hands_over=hands_over)
        before = len(desk.call.value.visits)
        try:
            given: Any = SimpleNamespace(session=desk.call.speaker)
            out = await offered(tool, context, desk.fillers, hand_over)({"title": "hall"}, given)
        except ToolError as error:
            out = error
        return out, [each.why for each in desk.call.value.visits[before:]]

    done, shown = {"status": "done", "said": "Hello."}, [("pass_on", {"title": "hall"}, "Hello.")]
    assert await use(done, hands_over=True) == ((elsewhere, json.dumps(done)), []), "the next node's entry names it"
    assert got == shown
    for result in ({"status": "failed", "said": "No."}, {"status": "asked", "said": "Which?"}):
        assert await use(result, hands_over=True) == (json.dumps(result), ["pass_on"])
    assert await use(done, hands_over=False) == (json.dumps(done), ["pass_on"])
    out, noted = await use(RuntimeError("broke"), hands_over=True)
    assert (json.loads(out)["status"], noted) == ("failed", ["pass_on"])
    out, noted = await use(refusal("Not that.", say=""), hands_over=True)
    assert isinstance(out, ToolError) and noted == []
    full = True
    out, noted = await use(done, hands_over=True)
    assert isinstance(out, ToolError) and noted == [] and got == shown, "an error never moves the call"
