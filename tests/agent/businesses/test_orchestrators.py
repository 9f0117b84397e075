"""Templates that hand calls to others: what is refused when they are checked, and how each refusal reads."""

from typing import Any

import pytest
import yaml

from agent.businesses.business import business_of
from agent.businesses.template_file import Fault, check_template, template_of
from shared.domain.template import Template
from shared.errors import TemplateError

SALES = {"template": "sales", "name": "Sales", "description": "Tells what the service is."}
DEMO = {"template": "demo", "name": "Demo line", "description": "Lets callers hear a demo."}
CHURCH: dict[str, Any] = business_of("church").template.model_dump(mode="json", exclude_unset=True)


def body(*targets: dict[str, Any], flag: bool = True, tool: bool = True, go: str | None = None) -> dict[str, Any]:
    """The church's template as an orchestrator."""
    nodes, start = dict(CHURCH["nodes"]), CHURCH["start"]
    desk = dict(nodes[start])
    if tool:
        desk["tools"] = [*desk["tools"], "route_to_agent"]
    if go:
        desk["intents"] = [*desk["intents"], {"name": "tools", "examples": ["A drill, please."], "go": go}]
    routing = {"is_orchestrator": flag} if flag or targets else {}
    return CHURCH | routing | {"orchestrator": {"agent_templates": list(targets)}, "nodes": nodes | {start: desk}}


def checked(data: dict[str, Any]) -> list[Fault]:
    _, faults = check_template(
        yaml.safe_dump(data, sort_keys=False),
        lambda name: business_of(name).tool_names,
        lambda name: business_of(name).template.nodes,
    )
    return list(faults)


@pytest.mark.requirement("OT-01", "OT-02", "OT-07", "OT-08", "OT-09", "OT-15")
@pytest.mark.requirement("OT-10", part="existing, once, not itself, not blank; templates belong to no tenant")
def test_given_an_orchestrator_that_cant_route_then_each_reason_has_its_code_its_line_and_its_remedy() -> None:
    whole = body(SALES, DEMO)
    assert checked(whole) == [] and checked(body(flag=False, tool=False)) == []
    missing = {key: value for key, value in body(SALES).items() if key != "orchestrator"}
    table: list[tuple[str, dict[str, Any], str]] = [
        ("orchestrator_without_routes", missing, "is_orchestrator"),
        ("orchestrator_without_routes", body(), "orchestrator"),
        ("orchestrator_without_function", body(SALES, tool=False), "is_orchestrator"),
        ("routes_without_orchestrator", body(SALES, flag=False, tool=False), "orchestrator"),
        ("routes_without_orchestrator", body(flag=False), "nodes.front_desk.tools"),
        ("route_to_itself", body(SALES | {"template": "church"}), "orchestrator.agent_templates.0.template"),
        ("route_twice", body(SALES, DEMO, SALES), "orchestrator.agent_templates.2.template"),
        ("route_unknown", body(DEMO, SALES | {"template": "bakery"}), "orchestrator.agent_templates.1.template"),
        ("route_blank", body(SALES | {"name": "  "}), "orchestrator.agent_templates.0.name"),
        ("route_blank", body(SALES | {"description": ""}), "orchestrator.agent_templates.0.description"),
        ("route_unknown", body(SALES, go="bakery/oven"), "nodes.front_desk.intents"),
        ("route_unknown", body(SALES, go="sales/cellar"), "nodes.front_desk.intents"),
        ("route_to_itself", body(SALES, go="church/care"), "nodes.front_desk.intents"),
    ]
    wrong = [
        (code, path, faults)
        for code, data, path in table
        if not (
            len(faults := checked(data)) == 1
            and faults[0].what.startswith(f"{code}: ")
            and faults[0].path.startswith(path)
            and faults[0].remedy
            and faults[0].line > 1
        )
    ]
    assert wrong == []
    assert checked(body(SALES, go="sales/messages")) == [], "a node of another template"


def test_given_a_published_body_that_cant_route_then_no_call_is_served_by_it() -> None:
    tools = business_of("church").tool_names
    assert template_of(body(SALES), "church version 3", tools).leads_to == ("sales",)
    with pytest.raises(TemplateError, match=r"church version 4: orchestrator: orchestrator_without_routes: "):
        template_of(body(), "church version 4", tools)


def test_given_the_ways_to_other_templates_then_each_is_known_once() -> None:
    template = Template.model_validate(body(SALES, DEMO, go="sales/messages"))
    assert template.leads_to == ("sales", "demo")
    assert Template.model_validate(CHURCH).leads_to == ()
