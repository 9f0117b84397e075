"""What is wrong with a number's set-up is found before anybody calls, each fault by its own name and place."""

from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.businesses.business import all_templates
from shared.domain.announcements import announcements_by_language
from shared.domain.languages import NAMES
from shared.domain.setup import Finding, NumberSetup, Surroundings, check
from shared.domain.template import Template, fields, texts
from shared.domain.tenant import Tenant

TEMPLATES = all_templates()
CHURCH = TEMPLATES["church"]
assert isinstance(CHURCH, Template)
FACTS = {name: f"The {name}." for _, text in texts(CHURCH) for name in fields(text) if name not in ("name", "phone")}
TENANT = Tenant(
    "00000000-0000-4000-a000-000000000009", "Hill Church", "America/Denver", facts=FACTS, phone="+13035550100"
)
REAL = "7f3c0f6e-0000-4000-b000-000000000001"
SETUP = NumberSetup("+13035550100", "production", "tenant", TENANT.tenant_id, "church", tenant=TENANT)
ZONES = available_timezones()
OURS = {"+13035550100": None, "+13035550101": None, "+13035550102": "+13035550103", "+13035550103": "+13035550100"}


def found(setup: NumberSetup, templates: Any = TEMPLATES) -> list[Finding]:
    return list(check(setup, Surroundings(templates, OURS, ZONES)))


def of_tenant(**changes: Any) -> NumberSetup:
    return replace(SETUP, tenant=replace(TENANT, **changes))


def without(*facts: str) -> NumberSetup:
    return of_tenant(facts={name: fact for name, fact in FACTS.items() if name not in facts})


def forwards(to: str | None) -> NumberSetup:
    return replace(SETUP, fallback="forward", forward_to=to)


def spoken_by(**changes: Any) -> dict[str, Any]:
    assert isinstance(CHURCH, Template)
    return {"church": CHURCH.model_copy(update=changes)}


def test_given_a_whole_set_up_then_nothing_is_found() -> None:
    assert found(SETUP) == []
    assert found(replace(forwards("+13035550199"), allowlist=("(206) 555-0142", "+44 20 7946 0018"))) == []
    assert (
        found(of_tenant(greeting="Hello, {name} here.", extras={"opening_hours": {"mon": [["09:00", "17:00"]]}})) == []
    )


def test_given_published_versions_then_what_is_wrong_with_them_alone_is_found_with_their_number() -> None:
    shipped = CHURCH
    assert isinstance(shipped, Template)
    node = shipped.nodes["care"].model_copy(update={"unknown": "Ask {vicar}, please."})
    vicar = shipped.model_copy(update={"nodes": shipped.nodes | {"care": node}})
    mute = shipped.model_copy(update={"voice": shipped.voice.model_copy(update={"voice": "choir"})})
    unusable = "church version 5: no such tool"
    served = {"church": {"2": vicar, "3": shipped, "4": mute, "5": unusable}, "sales": {"1": mute}}
    findings = check(without("parking"), Surroundings(TEMPLATES, OURS, ZONES, served))
    assert [(each.code, each.where, each.what.partition(":")[0]) for each in findings] == [
        ("fact", "tenant.facts.parking", "missing"),
        ("fact", "tenant.facts.vicar", "version 2"),
        ("voice", "template.voice", "version 4"),
        ("template_version", "number.template", "church version 5"),
    ]


@pytest.mark.requirement("DU-50")
def test_given_a_fault_then_it_is_found_by_its_name_and_place_with_a_remedy() -> None:
    table: list[tuple[NumberSetup, str, str]] = [
        (without("parking"), "fact", "tenant.facts.parking"),
        (without("hours_spoken"), "fact", "tenant.facts.hours_spoken"),
        (of_tenant(facts=FACTS | {"giving": " \n"}), "fact", "tenant.facts.giving"),
        (of_tenant(timezone="america/los_angeles"), "timezone", "tenant.timezone"),
        (of_tenant(timezone="America/Los_angeles"), "timezone", "tenant.timezone"),
        (of_tenant(timezone="PST"), "timezone", "tenant.timezone"),
        (of_tenant(timezone="UTC+3"), "timezone", "tenant.timezone"),
        (of_tenant(timezone="America"), "timezone", "tenant.timezone"),
        (of_tenant(timezone=""), "timezone", "tenant.timezone"),
        (of_tenant(timezone="../etc/passwd"), "timezone", "tenant.timezone"),
        (of_tenant(greeting="Welcome to {church}!"), "greeting", "tenant.greeting"),
        (of_tenant(greeting="Welcome to {name!"), "greeting", "tenant.greeting"),
        (of_tenant(greeting="  "), "greeting", "tenant.greeting"),
        (of_tenant(name=" "), "name", "tenant.name"),
        (of_tenant(language="fr"), "language", "tenant.language"),
        (of_tenant(language="es-MX"), "language", "number.template"),
        (of_tenant(phone="front desk"), "phone", "tenant.phone"),
        (of_tenant(escalation_contact_email="office at hill"), "email", "tenant.escalation_contact_email"),
        (of_tenant(extras={"opening_hours": {"mon": "9-5"}}), "opening_hours", "tenant.extras.opening_hours.mon"),
        (forwards(None), "forward_target", "number.forward_to"),
        (forwards("911"), "forward_target", "number.forward_to"),
        (forwards("3035550199"), "forward_target", "number.forward_to"),
        (forwards(SETUP.did), "forward_loop", "number.forward_to"),
        (forwards("+13035550101"), "forward_ours", "number.forward_to"),
        (forwards("+13035550102"), "forward_loop", "number.forward_to"),
        (replace(SETUP, template="choir"), "template", "number.template"),
        (replace(SETUP, template=None), "template", "number.template"),
        (replace(SETUP, tenant=None), "no_tenant", "number.tenant_id"),
        (replace(SETUP, tenant=None, tenant_id=None, template=None), "no_tenant", "number.tenant_id"),
        (replace(SETUP, allowlist=("+12065550142", "the pastor")), "allowlist_entry", "number.allowlist[2]"),
        (replace(SETUP, stage="preview-blue", tenant_id=REAL), "not_demo", "number.tenant_id"),
        (replace(SETUP, route="sales", tenant_id=None, tenant=None, template="choir"), "template", "number.template"),
    ]  # fmt: skip
    wrong = []
    for setup, code, where in table:
        of_it = found(setup)
        if [(each.code, each.where) for each in of_it] != [(code, where)] or not all(
            f.what and f.remedy for f in of_it
        ):
            wrong.append((code, where, of_it))
    assert wrong == []


def test_given_a_zone_that_is_misspelt_then_the_remedy_names_the_right_one() -> None:
    (finding,) = found(of_tenant(timezone="america/los_angeles"))
    assert "America/Los_Angeles" in finding.remedy


def test_given_a_template_that_cant_be_spoken_then_it_is_found() -> None:
    assert isinstance(CHURCH, Template)
    table = [
        ({"church": "church/template.yaml:3: nodes: …"}, "template"),
        (spoken_by(voice=CHURCH.voice.model_copy(update={"voice": "grandma"})), "voice"),
        (spoken_by(voice=CHURCH.voice.model_copy(update={"tts_model": "tts-9"})), "voice"),
        (spoken_by(persona="You are {name"), "braces"),
    ]
    assert [[each.code for each in found(SETUP, templates)] for templates, _ in table] == [[code] for _, code in table]
    assert {each.code for each in found(SETUP, spoken_by(language="fr"))} == {"language"}
    assert NAMES.keys() == announcements_by_language().keys()


@pytest.mark.parametrize("field", sorted(FACTS))
def test_given_any_fact_that_the_template_uses_is_missing_then_that_alone_is_found(field: str) -> None:
    assert [(each.code, each.where) for each in found(without(field))] == [("fact", f"tenant.facts.{field}")]


@given(st.sampled_from(sorted(ZONES)))
def test_given_a_zone_in_another_case_then_it_is_refused_and_the_right_one_is_not(zone: str) -> None:
    assert found(of_tenant(timezone=zone)) == []
    for other in {zone.lower(), zone.upper(), zone.swapcase()} - ZONES:
        assert [each.code for each in found(of_tenant(timezone=other))] == ["timezone"]


TEXTS = st.one_of(st.none(), st.text(max_size=20), st.sampled_from(["{", "{name}", "{x}", "+12065550142", "es", "UTC"]))


@given(
    TEXTS, TEXTS, TEXTS, TEXTS, st.dictionaries(st.text(max_size=5), st.text(max_size=9)), st.lists(TEXTS.filter(bool))
)
def test_given_whatever_is_written_down_then_the_check_ends_with_findings(
    zone: Any, greeting: Any, phone: Any, forward: Any, facts: dict[str, str], allowlist: list[Any]
) -> None:
    tenant = replace(TENANT, timezone=zone or "", greeting=greeting, phone=phone, facts=facts)
    setup = replace(forwards(forward), tenant=tenant, allowlist=tuple(allowlist))
    assert all(each.where and each.what and each.remedy for each in found(setup))
