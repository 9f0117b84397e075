"""Businesses are found by their folders."""

from pathlib import Path
from typing import Any

import pytest

import agent.businesses
from agent.businesses.business import business_names, business_of
from agent.tools import common
from shared.errors import TemplateError

BAKERY = """
from pathlib import Path
from agent.businesses.business import Business
from agent.tools import common

BUSINESS = Business(Path(__file__).parent, common.TOOLS, lambda rows: rows)
"""


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of another business, beside the shipped ones."""
    folder = tmp_path / "bakery"
    folder.mkdir()
    (folder / "__init__.py").write_text(BAKERY)
    monkeypatch.setattr(agent.businesses, "__path__", [*agent.businesses.__path__, str(tmp_path)])
    monkeypatch.delitem(__import__("sys").modules, "agent.businesses.bakery", raising=False)
    return folder


@pytest.mark.parametrize("name", business_names())
def test_each_shipped_business_has_a_template_of_its_name_whose_tools_it_has(name: str) -> None:
    template = business_of(name).template
    assert template.name == name
    assert template.start in template.nodes


@pytest.mark.requirement("PT-63", part="the two roles")
def test_the_church_has_a_front_desk_and_a_care_role_and_takes_messages() -> None:
    assert set(business_of("church").template.nodes) == {"front_desk", "care", "messages"}


def test_given_a_folder_with_a_business_then_it_is_found_without_being_listed(added: Path) -> None:
    shipped = {file.parent.name for file in business_of("church").folder.parent.glob("*/__init__.py")}
    church = (business_of("church").folder / "template.yaml").read_text(encoding="utf-8")
    own = church.replace("name: church", "name: bakery").replace("submit_prayer_request", "request_callback")
    (added / "template.yaml").write_text(own)

    assert business_names() == sorted({"bakery", *shipped})
    bakery = business_of("bakery")
    assert bakery.template.name == "bakery"
    assert {tool.name for tool in bakery.tools} == {tool.name for tool in common.TOOLS}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "bakery/template.yaml: No such file"),
        ("name: [", "bakery/template.yaml:1: not YAML"),
        ("submit_prayer_request", "no tool 'submit_prayer_request'"),
    ],
)
def test_given_a_template_that_is_missing_or_bad_then_the_error_names_it(
    content: Any, reason: str, added: Path
) -> None:
    if content == "submit_prayer_request":
        content = (business_of("church").folder / "template.yaml").read_text(encoding="utf-8")
    if content:
        (added / "template.yaml").write_text(content)
    with pytest.raises(TemplateError, match=reason):
        assert business_of("bakery").template


@pytest.mark.parametrize("name", ["bakery", "", "..", "church.tools", "business"])
def test_given_an_unknown_template_then_the_error_lists_the_known_ones(name: str) -> None:
    with pytest.raises(TemplateError, match=r"there are .*church"):
        business_of(name)
