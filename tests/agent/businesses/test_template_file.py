"""A bad template is refused with the line and the reason."""

import json
from itertools import pairwise

import pytest

from agent.businesses.business import business_names, business_of
from agent.businesses.template_file import check_template, parse_template, template_of
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


def test_given_a_file_with_faults_when_checked_then_each_has_its_line_its_path_and_a_remedy() -> None:
    table = [
        ("start: front_desk", "start: front_dsk", "start", "write front_desk"),
        ("care: care", "care: sacristy", "care", "name one of those"),
        (
            "tools: [submit_prayer_request, end_call]",
            "tools: [submit_prayer, end_call]",
            "tools.0",
            "submit_prayer_req",
        ),
        ("  apology: >-", "  apologies: >-", "phrases.apologies", "`apology`"),
        ("  apology: >-", "  apologies: >-", "phrases.apology", "add `apology:`"),
        ("silence_seconds: 8", "silence_seconds: 800", "patience.silence_seconds", "60"),
        ("silence_seconds: 8", "silence_seconds: 0.2", "patience.silence_seconds", "1"),
        ("detection: meaning", "detection: telepathy", "turn.detection", "'vad'"),
        ("start: front_desk", "start: Front Desk", "start", "lower-case"),
        ("start: front_desk", "start: front_desk\nstart: care", "start", "keep one of them"),
        ("name: church", "name: chapel", "name", "folder in agent/businesses"),
        ("voice: alloy}", "voice: baritone}", "voice", "alloy"),
        ("language: en", "language: tlh", "language", "en"),
        ("  care:\n", "  care:\n    voice: {voice: bass}\n", "nodes.care.voice", "alloy"),
        ("  care:\n", "  care:\n    language: nv\n", "nodes.care.language", "en, es"),
        ('reply: "{parking}"', 'reply: "{parking} I have texted you the map."', "parking.reply", "what the agent does"),
        ("start: front_desk", "start: [", "", "indents"),
    ]

    def tools_of(name: str) -> list[str]:
        return list(business_of(name).tool_names)

    wrong: list[str] = []
    for old, new, path, remedy in table:
        bad = CHURCH.replace(old, new, 1)
        if bad == CHURCH:
            wrong.append(f"{old!r} isn't in the church's template")
            continue
        _, faults = check_template(bad, tools_of)
        found = [each for each in faults if each.path.endswith(path) and remedy in each.remedy]
        here = range(line_with(bad, new.splitlines()[-1]) - 1, line_with(bad, new.splitlines()[-1]) + 2)
        if not found or (new[-1] != "[" and path != "phrases.apology" and found[0].line not in here):
            wrong.append(f"{new!r}: {faults}")
    assert not wrong, "\n".join(wrong)
    assert check_template(CHURCH, tools_of) == (business_of("church").template, ())


def test_given_a_field_in_the_wrong_part_when_checked_then_nobody_is_told_to_write_what_stands_there() -> None:
    text = CHURCH.replace("persona:", "greeting: Hello.\npersona:", 1)
    faults = check_template(text, lambda _: TOOLS)[1]
    assert [(fault.path, fault.remedy) for fault in faults if fault.path == "greeting"] == [
        ("greeting", "remove it, or move it to the part that it belongs to, by docs/templates.md")
    ]


def test_given_a_sentence_that_cant_be_said_when_checked_then_its_own_line_is_named() -> None:
    spoken = next(line for line in CHURCH.splitlines() if "reply:" in line and "{" in line)
    bad = CHURCH.replace(spoken, spoken.replace("}", "", 1), 1)
    template, (fault,) = check_template(bad, lambda _: TOOLS)
    assert template is not None, "calls are answered with it all the same"
    assert fault.path.endswith(".reply") and "stray" in fault.what
    assert fault.line in (line_with(bad, spoken.replace("}", "", 1)), line_with(bad, spoken.replace("}", "", 1)) - 1)


def test_given_each_shipped_template_when_stored_as_json_then_the_same_one_is_read() -> None:
    for name in business_names():
        business = business_of(name)
        stored = json.loads(json.dumps(business.template.model_dump(mode="json", exclude_unset=True)))
        assert template_of(stored, name, business.tool_names) == business.template


def test_given_a_file_that_would_hold_up_the_machine_when_checked_then_it_is_refused_at_once() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in pairwise("abcdefghijklmnop"))
    for text, words in (("a: " + "[" * 20_000, "levels deep"), (bomb, "aliases"), ("a: b\n" * 200_000, "characters")):
        template, (fault,) = check_template(text, lambda _: TOOLS)
        assert template is None and words in fault.what, words
