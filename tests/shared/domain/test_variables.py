"""Variables of a template, filled from a call's payload."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.businesses.business import business_of
from agent.businesses.template_file import check_template, template_of
from shared.domain.functions import Function, read_back_of, request_of
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


ORDER = Function.model_validate(
    {
        "name": "order_state",
        "description": "Tells the state of order {{order}}.",
        "parameters": {"properties": {"field": {"type": "string"}}, "required": ["field"]},
        "http": {
            "method": "POST",
            "url": "https://shop.example/{{city}}/orders?number={{order}}&field={field}&lang=a%20b",
            "headers": {"X-Order": "{{order}} {field}"},
            "body": {"order": "{{order}}", "total": "{{total}}", "notes": ["{field} of {{ city }}", "{{express}}"]},
        },
        "changes": "order",
        "read_back": "So I ask about {field} of {{order}}. Is that right?",
    }
)


def test_given_variables_in_a_functions_request_then_each_stands_in_its_place_and_changes_no_other() -> None:
    node = CHURCH.nodes["care"]
    wish = node.intents[0].model_copy(update={"tool": ORDER.name, "reply": None, "go": None})
    nodes = CHURCH.nodes | {"care": node.model_copy(update={"functions": (ORDER,), "intents": (wish,)})}
    business = CHURCH.model_copy(update={"payload": PAYLOAD, "nodes": nodes})
    payload = {"order": "A/1&x=2 {field}\r\n", "total": 12.5, "express": True, "city": "São/.."}
    filled = rendered(business, payload).template.nodes["care"]
    (function,) = filled.functions
    request = request_of(function, {"field": "the colour"}, {})
    assert request.url == (
        "https://shop.example/S%C3%A3o%2F../orders?number=A%2F1%26x%3D2+field&field=the+colour&lang=a+b"
    )
    assert request.headers["X-Order"] == "A/1&x=2 field the colour"
    assert json.loads(request.body or b"") == {
        "order": "A/1&x=2 field", "total": 12.5, "notes": ["the colour of São/..", True],
    }  # fmt: skip
    assert read_back_of(function, {"field": "it"}) == "So I ask about it of A/1&x=2 field. Is that right?"
    assert [each.tool for each in filled.intents] == [ORDER.name]

    found = rendered(business, {"total": 3, "express": False})
    assert found.lacking == ("order: missing",)
    without = found.template.nodes["care"]
    assert (without.functions, without.intents) == ((), ()), "it can't be asked, so it isn't offered"


def test_given_a_functions_variables_when_checked_then_undeclared_ones_and_those_in_the_host_are_refused() -> None:
    business = business_of("church")
    text = (business.folder / "template.yaml").read_text(encoding="utf-8")
    asks = "\nfunctions:\n  - name: state\n    description: The state.\n    http: {url: 'https://shop.example/%s'}\n"
    declared = text + "\npayload: {order: {type: text}}\n"
    table = [
        (declared + asks % "{{order}}", []),
        (text + asks % "{{order}}", ["functions.state.http.url"]),
        (declared + asks.replace("shop.example", "{{order}}.example") % "x", ["functions.state.http.url"]),
        (declared + asks % "{{order}}?day={day}", ["functions.state.http.url"]),
    ]
    found = [[each.path for each in check_template(body, lambda _: business.tool_names)[1]] for body, _ in table]
    assert found == [paths for _, paths in table]


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
