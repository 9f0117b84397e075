"""What callers of the businesses ordinarily say is never taken for danger."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from agent.businesses.business import business_names, business_of
from shared.domain.language.safety import assess

SCENARIOS = Path(__file__).parents[3] / "lab" / "person" / "scenarios"
MEANT = {"crisis.yaml", "threat.yaml"}
"""Their caller is in danger, or threatens."""


def said(node: object) -> Iterator[str]:
    """The lines of a scenario's caller."""
    if isinstance(node, dict):
        yield from ([node["say"]] if isinstance(node.get("say"), str) else [])
        for each in node.values():
            yield from said(each)
    elif isinstance(node, list):
        for each in node:
            yield from said(each)


def test_given_an_example_of_a_template_or_a_line_of_a_scenario_then_it_is_no_danger() -> None:
    templates = [business_of(name).template for name in business_names()]
    lines = [
        (template.name, example)
        for template in templates
        for node in template.nodes.values()
        for intent in node.intents
        for example in intent.examples
    ]
    for path in sorted(SCENARIOS.glob("*.yaml")):
        if path.name not in MEANT:
            lines += [(path.name, line) for line in said(yaml.safe_load(path.read_text(encoding="utf-8")))]
    assert len(lines) > 300
    assert [(where, line) for where, line in lines if assess(line).dangers] == []
