"""Rows that calls would suffer from are refused when they are written; those that are there cost only themselves."""

import json
from collections.abc import AsyncIterator
from typing import Any
from zoneinfo import available_timezones

import asyncpg
import pytest
from broken_tenants import broken_numbers

from agent.businesses.business import all_templates, business_of
from agent.businesses.versions import published_versions
from lab.stack.operator import bind_number
from shared.calls.admit import Ringing
from shared.calls.setups import Setups, alert_setups
from shared.domain.routing import Admit
from shared.errors import InputError
from shared.services import Services

GRACE = "00000000-0000-4000-a000-000000000001"
DID = "+12065550177"


@pytest.fixture
async def sql(database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def refusal(sql: Any, statement: str, *values: Any) -> str:
    """The constraint that refused it; empty: nothing did."""
    changes = sql.transaction()
    await changes.start()
    try:
        await sql.execute(statement, *values)
    except asyncpg.CheckViolationError as error:
        return error.constraint_name or ""
    finally:
        await changes.rollback()
    return ""


async def test_given_a_tenant_whose_calls_would_suffer_when_written_then_it_is_refused(sql: Any) -> None:
    table: list[tuple[str, Any, str]] = [
        ("timezone", "america/los_angeles", "tenants_timezone_known"),
        ("timezone", "America/los_angeles", "tenants_timezone_known"),
        ("timezone", "PST", "tenants_timezone_known"),
        ("timezone", "UTC+3", "tenants_timezone_known"),
        ("timezone", "posix/America/New_York", "tenants_timezone_known"),
        ("timezone", "", "tenants_timezone_known"),
        ("timezone", "America/Argentina/Buenos_Aires", ""),
        ("timezone", "Etc/GMT+5", ""),
        ("timezone", "EST5EDT", ""),
        ("language", "english", "tenants_language_tag"),
        ("language", "", "tenants_language_tag"),
        ("language", "es-MX", ""),
        ("greeting", " \n", "tenants_greeting_not_empty"),
        ("facts", json.dumps({"parking": ""}), "tenants_facts_texts"),
        ("facts", json.dumps({"parking": 3}), "tenants_facts_texts"),
        ("facts", json.dumps({"parking": None}), "tenants_facts_texts"),
        ("facts", json.dumps({"parking": {"a": "b"}}), "tenants_facts_texts"),
        ("facts", json.dumps(["parking"]), "tenants_facts_object"),
        ("facts", json.dumps({"parking": "Behind the church."}), ""),
    ]
    wrong = []
    for column, value, constraint in table:
        kind = "jsonb" if column == "facts" else "text"
        refused = await refusal(sql, f"update tenants set {column} = $2::text::{kind} where id = $1", GRACE, value)
        if refused != constraint:
            wrong.append((column, value, refused))
    assert wrong == []


async def test_given_the_zones_that_agents_know_then_the_database_knows_them_by_the_same_names(sql: Any) -> None:
    names = sorted(available_timezones() - {"Factory", "localtime"})
    ours = {row["name"] for row in await sql.fetch("select name from pg_timezone_names")}
    unknown = [name for name in names if name not in ours]
    assert len(unknown) <= 5, f"another edition of the same list: {unknown}"


async def test_given_a_number_that_would_ring_in_a_circle_when_bound_then_it_is_refused(
    sql: Any, database_url: str
) -> None:
    async def bind(did: str, forward_to: str | None, **more: Any) -> None:
        await bind_number(database_url, did, "local", GRACE, "church", forward_to=forward_to, **more)

    with pytest.raises(InputError, match="no number forwards to one of ours"):
        await bind(DID, DID)
    with pytest.raises(InputError, match="no number forwards to one of ours"):
        await bind(DID, "+12065550100")
    # another number of ours forwards to it already
    with pytest.raises(InputError, match="no number forwards to one of ours"):
        await bind("+12075550111", None)
    with pytest.raises(InputError):
        await bind(DID, None, allowlist=["+12065550142", ""])
    await bind(DID, "+12065550199", allowlist=["+1 (206) 555-0142"])
    # one that was released rings nowhere
    await bind("+12065550178", "+12065550101")
    with pytest.raises(asyncpg.CheckViolationError):
        await sql.execute("update numbers set active = true where did = '+12065550101'")


async def open_setups(services: Services) -> dict[str, int]:
    found = await services.alerts.open_alerts()
    return {alert.key.removeprefix("setup:"): alert.raised for alert in found if alert.key.startswith("setup:")}


async def test_given_a_stage_with_six_broken_tenants_when_it_starts_then_there_are_six_alerts_and_six_calls_admitted(
    services: Services, sql: Any
) -> None:
    dids = await broken_numbers(sql)
    before = {each.setup.did for each in await services.setups.check(all_templates()) if each.findings} - {*dids}
    for _ in range(3):
        await alert_setups(await services.setups.check(all_templates()), services.alerts)
    alerts = await open_setups(services)
    assert {did: alerts.get(did) for did in dids} == dict.fromkeys(dids, 1), "each once, however often it is checked"
    assert alerts.keys() - {*dids} == before

    for did in dids:
        admission = await services.admit_call(Ringing(f"call of {did}", did, "+12065550142", services.clock.now()))
        assert isinstance(admission.decision, Admit) and admission.tenant is not None
        assert admission.tenant.timezone == "America/Los_Angeles"
    paged = {alert.key for alert in await services.alerts.open_alerts() if alert.key.startswith("timezone:")}
    assert len(paged) == 2

    await sql.execute('update tenants set facts = facts || \'{"parking": "Behind the church."}\'')
    await alert_setups(await services.setups.check(all_templates()), services.alerts)
    assert dids[0] not in await open_setups(services), "mended: closed"


async def test_given_a_published_version_that_lacks_a_fact_when_checked_then_its_numbers_are_broken_until_the_rollback(
    services: Services,
) -> None:
    shipped = business_of("church").template.model_dump(mode="json", exclude_unset=True)
    phrases = shipped["phrases"] | {"goodbye": "{vicar} says goodbye."}
    version = await services.templates.put("church", shipped | {"phrases": phrases})
    await services.templates.publish("church", version, 10, "try")

    async def found() -> list[str]:
        checked = await services.setups.check(all_templates(), await published_versions(services.templates))
        return [f"{f.where}: {f.what}" for each in checked if each.setup.did == "+12065550100" for f in each.findings]

    assert await found() == [f"tenant.facts.vicar: version {version}: missing: church's phrases.goodbye can't be said"]
    await services.templates.roll_back("church", "back")
    assert await found() == []
    bells = shipped | {"nodes": shipped["nodes"] | {"care": shipped["nodes"]["care"] | {"tools": ["ring_the_bells"]}}}
    await services.templates.publish("church", await services.templates.put("church", bells), 100, "bells")
    (unusable,) = await found()
    assert "ring_the_bells" in unusable and "its callers get the version before" in unusable


async def test_given_functions_when_checked_then_hosts_and_secrets_that_the_tenant_lacks_are_named(
    services: Services,
) -> None:
    shipped = business_of("church").template.model_dump(mode="json", exclude_unset=True)
    http = {"url": "https://api.hall.example/prices", "headers": {"Authorization": "{secret.hall}"}}
    asks = shipped | {"functions": [{"name": "hall_price", "description": "The price.", "http": http}]}
    version = await services.templates.put("church", asks)
    await services.templates.publish("church", version, 10, "try")

    async def found() -> list[str]:
        checked = await services.setups.check(all_templates(), await published_versions(services.templates))
        return [f.remedy for each in checked if each.setup.did == "+12065550100" for f in each.findings]

    tenant = "00000000-0000-4000-a000-000000000001"
    assert await found() == [
        f"pickup tenant hosts add {tenant} api.hall.example",
        f"pickup tenant secrets set {tenant} hall",
    ]
    await services.grants.allow(tenant, "api.hall.example")
    await services.grants.put_secret(tenant, "hall", "s3cr3t")
    assert await found() == []


async def test_given_the_seed_then_only_what_is_meant_to_be_broken_is(services: Services) -> None:
    checked = await Setups("local", services.directory).check(all_templates())
    found = {each.setup.did: [finding.code for finding in each.findings] for each in checked}
    assert {did for did, codes in found.items() if codes} == {"+12065550103", "+18005550197"}, found
    assert found["+12065550103"] == ["no_tenant"]
