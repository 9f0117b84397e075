"""Nothing goes on after the caller's turn: what the caller hears meanwhile, and what brings the answer back."""

import asyncio
from typing import Any

import asyncpg
import pytest
from speech_settings import settings, speed
from typed_desk import opened, until

from agent.conversation.node import NodeAgent
from lab.person.text_line import TextLine
from shared.services import Services

__all__ = ["settings", "speed"]

QUESTION = "When do you folks get together on Sundays?"
CLIMBED = [
    ("dead_air", "no_answer", "hold"),
    ("dead_air", "no_answer", "restart"),
    ("dead_air_over", "no_answer", "restart"),
]


@pytest.mark.requirement("OP-98")
async def test_given_a_turn_that_nothing_answers_then_the_caller_is_asked_to_wait_and_answered_on_the_next_try(
    services: Services, providers_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = asyncio.Event()

    async def never(self: NodeAgent, *_: Any) -> None:
        stuck.set()
        await asyncio.Event().wait()

    async with opened(services, None) as desk:
        line, _ = await desk.ring("+12065550142")
        await line.say("No thanks, I'd rather you didn't.")
        before = len(line.words)
        with monkeypatch.context() as patched:
            patched.setattr(NodeAgent, "_found", never)
            asking = asyncio.create_task(line.say(QUESTION))
            await stuck.wait()
        await until(lambda: any("nine" in each for each in line.words[before:]))
        assert line.words[before] == "One moment, please."
        asking.cancel()
        await until(lambda: line.words[-1] != "One moment, please.")
        async with asyncio.timeout(10):
            while await told(database_url, line) != CLIMBED:
                await asyncio.sleep(0.05)
        await desk.hang_up(line)
    assert await told(database_url, line) == CLIMBED
    (alert,) = [each for each in await services.alerts.open_alerts() if each.key.startswith("dead_air")]
    assert (alert.key, alert.raised) == ("dead_air:no_answer", 1)


async def told(database_url: str, line: TextLine) -> list[tuple[str, str, str]]:
    """(event, cause, rung) of the call's dead air."""
    sql = await asyncpg.connect(database_url)
    rows = await sql.fetch(
        "select kind, fields->>'cause' as cause, fields->>'rung' as rung from call_events"
        " where call_id = $1 and kind like 'dead_air%' order by key",
        line.call_id,
    )
    await sql.close()
    return [(each["kind"], each["cause"], each["rung"]) for each in rows]
