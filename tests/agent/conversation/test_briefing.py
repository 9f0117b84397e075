"""What is read beside the greeting: each source has its time, all have one, and what is late is left out."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from agent.conversation.briefing import brief
from agent.conversation.prompt import standing
from agent.tools.tool import Arguments, Tool

ROBIN = "+12065550162"


@pytest.mark.requirement("DU-57", part="the times of the sources")
async def test_given_sources_that_answer_hang_and_fail_then_what_came_in_time_is_known(silent_call: Any) -> None:
    call = await silent_call(ROBIN)
    state, begun = call.state, []

    def source(name: str, work: Any) -> Tool:
        async def run(context: Any, _: Arguments) -> dict[str, Any]:
            begun.append(name)
            return await work()

        return Tool(name, name, Arguments, run)

    async def answers() -> dict[str, Any]:
        return {"status": "done", "said": "The dentist is at nine."}

    async def refuses() -> dict[str, Any]:
        return {"status": "refused", "said": "I can't reach your notes."}

    async def hangs() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    names = {"read_calendar": answers, "recall": refuses, "system_health": hangs, "read_secrets": answers}
    tools = tuple(source(name, work) for name, work in names.items())
    business = replace(state.business, tools=tools, briefing=tuple(names))
    state._serve(replace(state.serving, business=business))  # a business with these sources
    state._built.clear()
    await brief(state, "desk", source_seconds=0.05, together_seconds=5)
    assert state.briefing == ("read_calendar: The dentist is at nine.",)
    assert sorted(begun) == ["read_calendar", "recall", "system_health"], "what the node doesn't offer isn't read"
    assert "The dentist is at nine." in standing(call.value, state.briefing)
    assert "began" not in standing(call.value)

    state.briefing = ()
    await brief(state, "desk", source_seconds=60, together_seconds=0.2)
    assert state.briefing == ("read_calendar: The dentist is at nine.",), "all together have a time, too"
    begun.clear()
    await brief(state, "guest")
    assert begun == [], "a guest's call reads nothing"
