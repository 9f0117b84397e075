import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.template import fields, render

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
