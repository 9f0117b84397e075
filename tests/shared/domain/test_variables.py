"""Variables of a template, filled from a call's payload."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.businesses.business import business_of
from agent.businesses.template_file import check_template, template_of
from shared.domain.template import Template, Variable, sayable, texts
from shared.domain.variables import rendered, undeclared, variables

CHURCH = business_of("church").template
PAYLOAD = {
    "order": Variable(type="text"),
    "total": Variable(type="number"),
    "express": Variable(type="yes_no"),
    "city": Variable(type="text", default="Lisbon"),
}


def template(words: str) -> Template:
    return CHURCH.model_copy(update={"persona": words, "payload": PAYLOAD})


def persona(words: str, **payload: Any) -> tuple[str, tuple[str, ...]]:
    found = rendered(template(words), payload)
    return found.template.persona, found.lacking


@pytest.mark.requirement("OT-20", part="one template; there is no orchestrator")
@pytest.mark.requirement("OT-22")
def test_given_a_payload_then_its_values_are_spoken_and_what_lacks_is_named_and_left_out() -> None:
    words = "Order {{order}} to {{ city }}. It costs {{total}} euros. Express: {{express}}. Call {name}."
    table: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
        (
            {"order": "A 17", "total": 12.5, "express": True, "more": 1},
            "Order A 17 to Lisbon. It costs 12.5 euros. Express: yes. Call {name}.",
            (),
        ),
        ({}, "Call {name}.", ("order: missing", "total: missing", "express: missing")),
        (
            {"order": "{name} {{total}}", "total": "12", "express": False, "city": "Porto"},
            "Order name total to Porto. Express: no. Call {name}.",
            ("total: not a number",),
        ),
        (
            {"order": 17, "total": True, "express": "yes", "city": "  "},
            "Call {name}.",
            ("order: not a text", "total: not a number", "express: not a yes_no", "city: not a text"),
        ),
    ]
    found = [(payload, *persona(words, **payload)) for payload, *_ in table]
    wrong = [each for each, want in zip(found, table, strict=True) if each != want]
    assert wrong == []


def test_given_what_no_text_uses_then_it_isnt_missed_and_a_template_without_variables_is_itself() -> None:
    assert persona("Order {{order}}.", order="9") == ("Order 9.", ())
    assert rendered(CHURCH, {"order": "9"}).template is CHURCH


@given(st.dictionaries(st.sampled_from([*PAYLOAD, "other"]), st.text() | st.integers() | st.booleans() | st.none()))
def test_given_any_payload_then_no_variable_and_no_foreign_fact_is_spoken(payload: dict[str, Any]) -> None:
    found = rendered(template("Order {{order}} {{total}} {{express}} {{city}}. Hello from {name}."), payload)
    for _, text in texts(found.template):
        assert variables(text) == ()
    assert sayable(found.template.persona, {"name": "Grace"}).endswith("Hello from Grace.")


def test_given_a_variable_that_isnt_declared_when_checked_then_its_path_and_the_remedy_are_named() -> None:
    assert list(undeclared(template("Order {{order}}, {{colour}}."))) == [("persona", "colour")]
    business = business_of("church")
    text = (business.folder / "template.yaml").read_text(encoding="utf-8")
    changed = text.replace("greeting: Thank you", "greeting: Order {{order}}. Thank you", 1)
    _, (fault,) = check_template(changed, lambda _: business.tool_names)
    assert (fault.path, "order" in fault.remedy) == ("phrases.greeting", True)
    whole, faults = check_template(changed + "\npayload: {order: {type: text}}\n", lambda _: business.tool_names)
    assert whole is not None and faults == ()
    assert template_of(whole.model_dump(mode="json", exclude_unset=True), "church", business.tool_names) == whole
