"""A changed template is published to a share of the callers, measured, and rolled back while calls run."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from conversations import a_conversation
from typed_desk import Desk, opened

from agent.businesses.business import business_of
from agent.worker.versions import prepare_versions
from shared.config import needed
from shared.domain.rollout import Rollout, version_for
from shared.domain.telephony.numbers import caller_key
from shared.services import Services

DID, GRACE = "+12065550100", "00000000-0000-4000-a000-000000000001"
CALLS, AT_ONCE, SHARE = 50, 6, 20
NEW = {
    "greeting": "Good day from {name}.",
    "goodbye": "So long from {name}.",
    "repeat": "Once more, please.",
    "back": "Here I am again.",
}
OLD_GREETING, NEW_GREETING = "Thank you for calling Grace Community Church.", "Good day from Grace Community Church."


SHIPPED = business_of("church").template.model_dump(mode="json", exclude_unset=True)
CHANGED = SHIPPED | {"phrases": SHIPPED["phrases"] | NEW}


async def alerts_of(services: Services) -> Mapping[str, Any]:
    return {each.key: each for each in await services.alerts.open_alerts() if each.key.startswith("template_version")}


async def typed_calls(desk: Desk, wanted: Mapping[str, int | None]) -> dict[str, str | None]:
    """A call of each caller, who hears the greeting of the version that is wanted; the versions by their records."""
    limit, got = asyncio.Semaphore(AT_ONCE), dict[str, str | None]()

    async def call(caller: str) -> None:
        async with limit:
            line, greeting = await desk.ring(caller)
            assert greeting.startswith(NEW_GREETING if wanted[caller] == 2 else OLD_GREETING), caller
            await line.say("When is the Sunday service?")
            got[caller] = await desk.hang_up(line)

    await asyncio.gather(*(call(each) for each in wanted))
    return got


@pytest.mark.requirement("OT-14")
async def test_given_a_version_at_20_percent_when_50_call_then_each_keeps_theirs_though_it_is_rolled_back_meanwhile(
    services: Services, lab: Any, ear: Any
) -> None:
    templates, voices = services.templates, services.settings.data_dir / "voices"
    for body, share in ((SHIPPED, 100), (CHANGED, SHARE)):
        rollout = await templates.publish("church", await templates.put("church", body), share, f"{share} %")
    assert rollout == Rollout(2, 1, 2, SHARE, (None,))
    prepared = await prepare_versions(services, {})
    assert {(name, version) for name, version, _ in prepared} == {("church", 1), ("church", 2)}
    synthesised = {path.name for path in voices.glob("*.pcm")}

    callers = [f"+1206555{1000 + number}" for number in range(CALLS)]
    wanted = {each: version_for(rollout, "church", caller_key(each)) for each in callers}
    trying, other = (next(each for each in callers if wanted[each] == version) for version in (2, 1))
    async with opened(services, ear) as desk:
        got = await typed_calls(desk, wanted)
        assert got == {each: str(version) for each, version in wanted.items()}
        history = await templates.history("church")
        counted = {each.version: (each.calls, each.answered, each.outcomes) for each in history.versions}
        served = Counter(got.values())
        answered = {label: (count, count, {"QUESTION_ANSWERED": count}) for label, count in served.items()}
        assert counted == answered | {"shipped": (0, 0, {})}, "side by side"
        assert 4 <= served["2"] <= 18, served

        (running, greeting), (beside, _) = await desk.ring(trying), await desk.ring(other)
        assert greeting.startswith(NEW_GREETING)
        assert await templates.roll_back("church", "roll back") == Rollout(3, 1, earlier=(None,))
        again, greeting = await desk.ring(trying)
        assert greeting.startswith(OLD_GREETING), "the same caller, after the rollback"
        words = await running.say("That's all, goodbye.")
        assert words.startswith(("Once more, please.", "So long from Grace")), "the version's own phrases"
        assert [await desk.hang_up(each) for each in (running, beside, again)] == ["2", "1", "1"]

        # an agent that takes over a call that began with the version, and its decision is lost
        lost = a_conversation(call_id="c" * 32, tenant_id=GRACE, template="church")
        kept = replace(lost, template_version="2", version=1, caller_turns=1, node="front_desk", questions=())
        assert await services.sessions.save(kept)
        taken_over, words = await desk.ring(trying, kept.call_id)
        assert words.startswith("Here I am again."), words
        assert await desk.hang_up(taken_over) == "2"
    assert {path.name for path in voices.glob("*.pcm")} == synthesised, "all phrases were there before the calls"


async def test_given_a_version_with_a_tool_that_the_release_lacks_then_the_one_before_serves_and_an_alert_is_open(
    services: Services, lab: Any, ear: Any
) -> None:
    templates, nodes = services.templates, CHANGED["nodes"]
    good = await templates.put("church", CHANGED)
    bells = nodes | {"care": nodes["care"] | {"tools": ["ring_the_bells"]}}
    bad = await templates.put("church", CHANGED | {"nodes": bells})
    await templates.publish("church", good, 100, "a")
    await prepare_versions(services, {})
    await templates.publish("church", bad, 100, "b")
    async with opened(services, ear) as desk:
        line, greeting = await desk.ring("+12065550142")
        assert greeting.startswith(NEW_GREETING)
        assert await desk.hang_up(line) == str(good)
    (alert,) = (await alerts_of(services)).values()
    assert alert.key == f"template_version:church:{bad}" and "ring_the_bells" in alert.fields["why"]
    await prepare_versions(services, {})
    assert (await alerts_of(services))[alert.key].raised == 1, "the worker finds it open"
    await templates.roll_back("church", "c")
    await prepare_versions(services, {})
    assert await alerts_of(services) == {}


@pytest.mark.requirement("DU-13")
async def test_given_a_node_with_a_model_and_a_voice_of_its_own_then_it_answers_by_them_alone(
    services: Services, lab: Any, ear: Any
) -> None:
    nodes = SHIPPED["nodes"]
    care = nodes["care"] | {"model": "gpt-3.5-turbo", "voice": {"voice": "nova", "tts_model": "tts-1-hd"}}
    version = await services.templates.put("church", SHIPPED | {"nodes": nodes | {"care": care}})
    await services.templates.publish("church", version, 100, "a")
    async with opened(services, ear) as desk:
        line, _ = await desk.ring("+12065550142")
        await line.say("When is the Sunday service?")
        assert "Helen" in await line.say("Would you pray for my sister Helen? My name is Maria Delgado.")
        assert await desk.hang_up(line) == str(version)
    record = await services.records.find(line.call_id)
    assert record is not None
    used = {use["model"]: use["output_tokens"] for use in record.usage if use["kind"] == "llm"}
    assert used.keys() == {needed(services.settings.speech).llm_model, "gpt-3.5-turbo"} and all(used.values())
    assert record.cost_usd is not None, "each at its own price"
