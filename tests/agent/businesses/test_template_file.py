"""A bad template is refused with the line and the reason."""

import pytest

from agent.businesses.business import business_of
from agent.businesses.template_file import parse_template
from shared.errors import TemplateError

CHURCH = (business_of("church").folder / "template.yaml").read_text(encoding="utf-8")
TOOLS = [tool.name for tool in business_of("church").tools]


def line_with(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if words in line)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("detection: meaning", "detection: telepathy", "turn.detection"),
        ("start: front_desk", "start: [", "not YAML"),
        ("tools: [submit_prayer_request, end_call]", "tools: [submit_prayers, end_call]", "submit_prayers"),
        ("  apology: >-", "  apologies: >-", "apolog"),
        ("silence_seconds: 8", "silence_seconds: minus eight", "patience.silence_seconds"),
    ],
)
def test_given_a_bad_line_then_the_error_names_the_file_the_line_and_the_reason(
    old: str, new: str, reason: str
) -> None:
    bad = CHURCH.replace(old, new, 1)
    assert bad != CHURCH
    with pytest.raises(TemplateError) as refused:
        parse_template(bad, "church.yaml", TOOLS)
    message = str(refused.value)
    assert reason in message
    assert "church.yaml:" in message
    named = [int(part.split(":")[1]) for part in message.splitlines() if part.startswith("church.yaml:")]
    assert "not YAML" in message or line_with(bad, new) in named or "lines" in message


def test_given_a_move_to_a_node_that_is_not_there_then_it_is_refused_by_name() -> None:
    with pytest.raises(TemplateError, match="no such node: nowhere"):
        parse_template(CHURCH.replace("go: care", "go: nowhere", 1), "church.yaml", TOOLS)


@pytest.mark.parametrize("text", ["", "- a\n- list\n", "just words", "name: x\n\tbad: tab\n", "{" * 200])
def test_given_something_that_is_no_template_then_it_is_refused_not_crashed_on(text: str) -> None:
    with pytest.raises(TemplateError):
        parse_template(text, "odd.yaml", TOOLS)
