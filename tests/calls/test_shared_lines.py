"""Whole calls to lines whose set-up isn't a tenant's whole one: the demo line, the sales line, and broken tenants."""

from typing import Any

import asyncpg
import pytest
from broken_tenants import broken_numbers
from typed_desk import opened

from agent.businesses.business import business_of
from lab.person.scenario import Scenario
from shared.services import Services

DEMO, SALES, BROKEN = "+18005550198", "+18005550199", "+12065550190"


def caller(did: str, *steps: Any) -> Scenario:
    return Scenario(name="asks", description="Asks.", did=did, steps=steps)


async def ran(database_url: str, *statements: str) -> None:
    connection = await asyncpg.connect(database_url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


@pytest.mark.requirement("OT-31", part="spoken calls, by the function of the demo line")
@pytest.mark.requirement("PT-03")
async def test_given_the_demo_line_when_a_church_is_named_then_that_church_answers_as_itself(
    telephone: Any, services: Services, database_url: str
) -> None:
    await ran(
        database_url,
        f"insert into numbers (did, stage, route, template) values ('{DEMO}', 'local', 'demo_router', 'demo')",
    )
    call = await telephone.call(
        caller(DEMO, {"say": "I'd like Harbor Light Chapel."}, {"say": "When do you worship on Sunday?"}, "listen")
    )
    assert "demo line of Pickup" in call.agent_words, call.story
    assert "Thank you for calling Harbor Light Chapel" in call.agent_words, call.story
    assert "We worship on Sunday at ten in the morning" in call.agent_words, call.story
    assert "record" not in call.agent_words, "nobody is asked, and nothing recorded"
    record = await services.records.find(call.call_id)
    assert record is not None and (record.disposition, record.outcome) == ("ANSWERED", "QUESTION_ANSWERED")
    assert call.told("handed_over")[0].fields["target"]["tenant_id"].endswith("0002")


async def test_given_a_published_version_when_the_demo_line_hands_over_then_it_answers_in_that_version(
    services: Services, lab: Any, ear: Any, database_url: str
) -> None:
    await ran(
        database_url,
        f"insert into numbers (did, stage, route, template) values ('{DEMO}', 'local', 'demo_router', 'demo')",
    )
    shipped = business_of("church").template.model_dump(mode="json", exclude_unset=True)
    changed = shipped | {"phrases": shipped["phrases"] | {"greeting": "Good day from {name}."}}
    version = await services.templates.put("church", changed)
    await services.templates.publish("church", version, 100, "changed")
    async with opened(services, ear) as desk:
        line, _ = await desk.ring("+12065550142", did=DEMO)
        assert "Good day from Harbor Light Chapel." in await line.say("I'd like Harbor Light Chapel.")
        await desk.hang_up(line)
        record = await services.records.find(line.call_id)
        assert record is not None
        (handed,) = [event.fields for event in record.events if event.kind == "handed_over"]
        assert (handed["target"]["template"], handed["target"]["version"]) == ("church", str(version))

        bells = shipped | {"nodes": shipped["nodes"] | {"care": shipped["nodes"]["care"] | {"tools": ["bells"]}}}
        bad = await services.templates.put("church", bells)
        await services.templates.publish("church", bad, 100, "bells")
        line, _ = await desk.ring("+12065550142", did=DEMO)
        assert "Good day from Harbor Light Chapel." in await line.say("I'd like Harbor Light Chapel."), "the one before"
        await desk.hang_up(line)
    assert [each.key for each in await services.alerts.open_alerts()] == [f"template_version:church:{bad}"]


@pytest.mark.requirement("PT-02")
async def test_given_the_toll_free_number_then_the_sales_persona_answers_without_a_tenant_and_takes_a_callback(
    telephone: Any, services: Services, database_url: str
) -> None:
    call = await telephone.call(
        caller(SALES, {"say": "What does your company do?"}, {"say": "Thank you, goodbye."}, "listen")
    )
    assert "Thank you for calling Pickup" in call.agent_words, call.story
    assert "answer a business's telephone" in call.agent_words, call.story
    record = await services.records.find(call.call_id)
    assert record is not None
    assert (record.tenant_id, record.template, record.disposition) == (None, "sales", "ANSWERED")
    assert record.decision["reason"] == "TOLL_FREE"


async def test_given_a_tenant_without_a_fact_in_an_unknown_zone_then_the_line_is_answered_and_that_alone_isnt_known(
    telephone: Any, services: Services, database_url: str
) -> None:
    await ran(
        database_url,
        "alter table tenants drop constraint tenants_timezone_known",
        "update tenants set facts = facts - 'parking', timezone = 'america/los_angeles', greeting = 'Hi {church}!'"
        " where name = 'Grace Community Church'",
    )
    call = await telephone.call(
        caller("+12065550100", {"say": "No, don't record."}, {"say": "Is there parking?"},
               {"say": "When do your services start on Sunday?"}, "listen")
    )  # fmt: skip
    assert "Thank you for calling Grace Community Church" in call.agent_words, call.story
    assert "I don't have that information" in call.agent_words, call.story
    assert "nine and eleven" in call.agent_words, call.story
    alerts = await services.alerts.open_alerts()
    assert [alert.key for alert in alerts] == ["timezone:00000000-0000-4000-a000-000000000001"]


async def test_given_six_broken_tenants_then_each_line_is_answered_and_tells_what_it_knows(
    services: Services, lab: Any, ear: Any, database_url: str
) -> None:
    sql = await asyncpg.connect(database_url)
    dids = await broken_numbers(sql)
    await sql.close()
    async with opened(services, ear) as desk:
        for number, did in enumerate(dids):
            line, greeting = await desk.ring("+12065550142", did=did)
            assert f"calling Church {number}" in greeting, (did, greeting)
            await line.say("No, please don't record.")
            assert "nine and eleven" in await line.say("When do your services start on Sunday?"), did
            parking = await line.say("Is there parking?")
            assert ("I don't have that information" in parking) == (number == 0), (did, parking)
            await desk.hang_up(line)
