"""The version that serves a call: the chosen one, else the newest before it that this release can use."""

import asyncio
from typing import Any

import pytest

from agent.businesses import versions
from agent.businesses.business import business_of
from agent.businesses.versions import served_version
from shared.domain.rollout import Rollout
from shared.errors import StoreUnavailable

CHURCH = business_of("church")


def body(**changes: Any) -> dict[str, Any]:
    return CHURCH.template.model_dump(mode="json", exclude_unset=True) | changes


def with_tool(tool: str) -> dict[str, Any]:
    """A template whose first node has this tool."""
    changed = body()
    changed["nodes"] = {name: node | {"tools": [*node["tools"], tool]} for name, node in changed["nodes"].items()}
    return changed


class Stored:
    """Versions of a template; `slow` hangs, an exception is raised."""

    def __init__(self, bodies: dict[int, Any], rollout: Any = None) -> None:
        self._bodies = bodies
        self._rollout = rollout
        self.read: list[int] = []

    async def body(self, name: str, version: int) -> Any:
        self.read.append(version)
        return await self._answer(self._bodies.get(version))

    async def rollout(self, name: str) -> Any:
        return await self._answer(self._rollout)

    async def _answer(self, answer: Any) -> Any:
        if answer == "slow":
            await asyncio.Event().wait()
        if isinstance(answer, Exception):
            raise answer
        return answer


async def served(version: int | None, bodies: dict[int, Any], rollout: Any = None) -> tuple[str, str, Any]:
    """The label and the persona of what serves, and the alert."""
    found = await served_version(CHURCH, version, Stored(bodies, rollout))  # type: ignore[arg-type]
    return found.version, found.template.persona, found.alert


async def test_given_a_good_version_then_it_serves_and_the_shipped_one_needs_no_store() -> None:
    assert await served(2, {2: body(persona="You are brief.")}) == ("2", "You are brief.", None)
    stored = Stored({})
    found = await served_version(CHURCH, None, stored)  # type: ignore[arg-type]
    assert (found.template, found.version, stored.read) == (CHURCH.template, "shipped", [])


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (with_tool("book_the_organ"), "book_the_organ"),
        (body(start="nowhere"), "nowhere"),
        (body(mood="cheerful"), "mood"),
        ({"name": "church"}, "persona"),
        ({}, "persona"),
        (None, "no such version"),
        (StoreUnavailable("no database"), "no database"),
    ],
    ids=["tool", "node", "setting", "lacking", "empty", "gone", "away"],
)
async def test_given_a_version_that_cant_be_used_then_the_newest_good_one_before_it_serves_and_an_alert_says_why(
    broken: Any, why: str
) -> None:
    rollout = Rollout(4, 2, 3, 20, (None, 1))
    bodies = {3: broken, 2: with_tool("play_bells"), 1: body(persona="You are the first.")}
    label, persona, alert = await served(3, bodies, rollout)
    assert (label, persona) == ("1", "You are the first.")
    assert (alert.key, alert.severity, alert.fields["serves"]) == ("template_version:church:3", "page", "1")
    assert why in alert.fields["why"] and "play_bells" in alert.fields["why"]


async def test_given_nothing_usable_before_it_then_the_shipped_template_serves() -> None:
    shipped = CHURCH.template.persona
    for rollout in (None, Rollout(1, None, 3, 20), StoreUnavailable("no database")):
        label, persona, alert = await served(3, {3: {}}, rollout)
        assert (label, persona) == ("shipped", shipped)
        assert alert.fields["serves"] == "shipped"


async def test_given_a_store_that_hangs_then_the_shipped_template_serves_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(versions, "LOAD_SECONDS", 0.05)
    for bodies, rollout in (({3: "slow"}, None), ({3: {}}, "slow"), ({3: {}, 2: "slow"}, Rollout(2, 2, 3, 20))):
        async with asyncio.timeout(1):
            label, _, alert = await served(3, bodies, rollout)
        assert label == "shipped" and "not read within" in alert.fields["why"]
