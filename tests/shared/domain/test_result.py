"""Results of calls: the schema that the model is sent, and what its answer becomes."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.domain.result import ResultField, Talk, json_schema, messages, values_of

FIELDS = (
    ResultField(name="wish", type="text", description="What the caller wants"),
    ResultField(name="people", type="number", description="How many people"),
    ResultField(name="again", type="yes_no", description="Whether they have been here before"),
    ResultField(name="coming_on", type="date", description="When they come"),
    ResultField(name="size", type="choice", description="Which size", choices=("small", "large")),
)
NOTHING = dict.fromkeys([field.name for field in FIELDS])
TALK = Talk(
    (("agent", "Good morning."), ("caller", "It's about order 123456789, my card is [card number].")),
    datetime(2026, 11, 27, 16, 5),
)


def test_when_the_model_is_asked_then_every_field_is_required_and_may_be_null() -> None:
    schema = json_schema(FIELDS)
    assert schema["required"] == list(NOTHING) and schema["additionalProperties"] is False
    assert {name: field["type"] for name, field in schema["properties"].items()} == {
        "wish": ["string", "null"],
        "people": ["number", "null"],
        "again": ["boolean", "null"],
        "coming_on": ["string", "null"],
        "size": ["string", "null"],
    }
    assert schema["properties"]["size"]["enum"] == ["small", "large", None]
    assert schema["properties"]["coming_on"]["format"] == "date"


def test_when_the_model_is_asked_then_it_reads_the_transcript_and_the_tenants_day() -> None:
    system, user = messages(TALK)
    assert "The call began on Friday, 2026-11-27 at 16:05." in system["content"]
    assert user["content"].endswith("agent: Good morning.\ncaller: " + TALK.transcript[1][1])


VALUES: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    (
        {"wish": " a tent ", "people": 3, "again": False, "coming_on": "2026-12-04", "size": "large"},
        {"wish": "a tent", "people": 3, "again": False, "coming_on": "2026-12-04", "size": "large"},
    ),
    ({}, {}),
    (dict.fromkeys(NOTHING), {}),
    ({"people": 2.5}, {"people": 2.5}),
    ({"people": 3.0}, {"people": 3}),
    ({"people": 0, "again": True}, {"people": 0, "again": True}),
    # of another type, or none of the choices: unknown
    ({"wish": 7, "people": "three", "again": "yes", "coming_on": "Friday", "size": "huge"}, {}),
    ({"people": True, "again": 1, "coming_on": 20261204, "size": ["small"]}, {}),
    ({"wish": "", "size": ""}, {}),
    ({"wish": "   "}, {}),
    ({"coming_on": "2026-02-30"}, {}),
    ({"more": "than was wanted"}, {}),
    # what was said may be repeated; what was masked stays masked, and nobody may make it up again
    ({"wish": "order 123456789"}, {"wish": "order 123456789"}),
    ({"wish": "card [card number]"}, {"wish": "card [card number]"}),
    ({"wish": "card 4111 1111 1111 1111"}, {"wish": "card [card number]"}),
)


def test_given_an_answer_then_it_becomes_values_and_what_is_no_value_is_unknown() -> None:
    wrong = [
        (given, found)
        for given, expected in VALUES
        if (found := values_of(FIELDS, json.dumps(given), TALK)) != NOTHING | expected
    ]
    assert wrong == []


def test_given_an_answer_that_is_no_object_then_it_is_refused() -> None:
    for answer in ("", "no", '{"wish": "cut o', "[]", "null", '"text"', "3"):
        with pytest.raises(ValueError, match="the answer is no"):
            values_of(FIELDS, answer, TALK)


_json = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from(["", "small", "yes", "2026-12-04", "4111 1111 1111 1111", "\u0000", "x" * 5000, [], ["small"], {}]),
)


@given(st.dictionaries(st.sampled_from([*NOTHING, "x"]), _json))
def test_given_any_object_then_each_field_has_a_value_of_its_type_or_none(answer: dict[str, Any]) -> None:
    found = values_of(FIELDS, json.dumps(answer), TALK)
    assert found.keys() == NOTHING.keys()
    kinds = {"wish": str, "people": (int, float), "again": bool, "coming_on": str, "size": str}
    assert all(value is None or isinstance(value, kinds[name]) for name, value in found.items())
    assert not isinstance(found["people"], bool) and found["size"] in (None, "small", "large")


def test_given_fields_that_make_no_sense_then_the_template_is_refused() -> None:
    good = {"name": "size", "type": "choice", "description": "x", "choices": ["a", "b"]}
    for change in (
        {"choices": []},
        {"choices": ["a"]},
        {"choices": ["a", "a", "b"]},
        {"type": "text"},
        {"type": "colour"},
        {"name": "Size"},
        {"description": ""},
        {"more": 1},
    ):
        with pytest.raises(ValidationError):
            ResultField.model_validate(good | change)
    ResultField.model_validate(good)
