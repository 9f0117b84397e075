import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.template import HOUSE_PHRASES, Template, fields, render

FACTS = {"name": "Grace Community", "address": "12 Elm Street", "office_hours": "9 to 5"}


def test_given_fields_then_the_facts_stand_in_their_place() -> None:
    text = "Thank you for calling {name}. We're at {address}; {name}!"
    assert render(text, FACTS) == "Thank you for calling Grace Community. We're at 12 Elm Street; Grace Community!"
    assert fields(text) == ("name", "address", "name")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("We meet at {hours_spoken}.", "hours_spoken"),
        ("{pastor} and {vicar}", "pastor, vicar"),
        ("{}", "no such fact"),
        ("{name!r}", "name!r"),
        ("{name.__class__}", "name.__class__"),
        ("{ name }", "no such fact"),
        ("an open { brace", "stray '{'"),
        ("a closed } brace", "stray '}'"),
        ("{{name}}", "stray"),
    ],
)
def test_given_a_field_without_a_fact_then_the_error_names_it(text: str, named: str) -> None:
    with pytest.raises(ValueError) as refused:
        render(text, FACTS)
    assert named in str(refused.value)


def test_given_braces_in_a_fact_then_they_are_not_read_as_fields() -> None:
    assert render("{name}", {"name": "{address}"}) == "{address}"


@given(st.text())
def test_given_any_text_then_no_brace_of_the_text_is_ever_spoken(text: str) -> None:
    try:
        spoken = render(text, FACTS)
    except ValueError:
        return
    assert "{" not in spoken and "}" not in spoken


def node(*tools: str, go: str | None = None) -> dict[str, object]:
    intents = [{"name": "x", "examples": ["X."], "go": go}] if go else []
    return {"instructions": "x", "unknown": "x", "tools": tools, "intents": intents}


def tiered(**nodes: dict[str, object]) -> Template:
    given = {"desk": node("read_mail", "end_call", go="more"), "more": node("send"), "guest": node("end_call")} | nodes
    tiers = {
        "private": {"start": "desk"},
        "guest": {"start": "guest", "max_call_seconds": 600, "greeting": "Hello, guest."},
    }
    phrases = HOUSE_PHRASES | {"still_there": [HOUSE_PHRASES["still_there"]]}
    template = {"name": "t", "persona": "x", "policy_version": "1", "phrases": phrases, "start": "desk", "care": "desk"}
    return Template.model_validate(template | {"nodes": given, "tiers": tiers})


@pytest.mark.requirement("DU-53")
def test_given_tiers_then_a_caller_of_each_has_its_own_nodes_and_those_beyond_are_absent() -> None:
    private, guest = tiered().of_tier("private"), tiered().of_tier("guest")
    assert set(private.nodes) == {"desk", "more"} and private.start == private.care == "desk"
    assert (set(guest.nodes), guest.start, guest.care) == ({"guest"}, "guest", None)
    assert (guest.patience.max_call_seconds, guest.phrases.greeting) == (600, "Hello, guest.")
    assert tiered().of_tier(None) == tiered().of_tier("public") == guest, "a number that names no tier"
    for wrong in (node("read_mail"), node(go="desk")):
        with pytest.raises(ValueError, match="guest callers would have"):
            tiered(guest=wrong)
