import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.session import Session, from_json, to_json

SESSION = Session(
    session_id="c-1",
    version=3,
    user_id=None,
    channel="phone",
    current_agent="front_desk",
    conversation_history=(
        {"role": "assistant", "content": "Grace Community."},
        {"role": "user", "content": "Hi – it's Zoë."},
        {"role": "assistant", "content": "Hello!"},
    ),
    context={"phone_number": "+12065550142", "recording_enabled": False, "fields": {"name": None, "at": [1, 2.5]}},
    created_at="2026-03-01T12:00:00+00:00",
    last_activity="2026-03-01T12:01:00+00:00",
)


@pytest.mark.requirement("OP-21", "OP-24")
def test_given_a_session_when_it_went_through_json_then_it_equals_what_was_saved() -> None:
    assert from_json(json.loads(json.dumps(to_json(SESSION)))) == SESSION


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.requirement("OP-24")
@given(
    st.builds(
        Session,
        session_id=st.text(),
        version=st.integers(0, 2**31),
        user_id=st.none() | st.text(),
        channel=st.text(),
        current_agent=st.text(),
        conversation_history=st.lists(st.dictionaries(st.text(), VALUES, max_size=2), max_size=4).map(tuple),
        context=st.dictionaries(st.text(), VALUES, max_size=3),
        created_at=st.text(),
        last_activity=st.text(),
    )
)
def test_given_any_session_then_the_round_trip_keeps_it_whole(session: Session) -> None:
    assert from_json(json.loads(json.dumps(to_json(session)))) == session


def test_given_a_field_of_a_newer_release_then_it_is_ignored() -> None:
    assert from_json({**to_json(SESSION), "mood": "sunny"}) == SESSION


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"version": None}, "version"),
        ({"conversation_history": "x"}, "conversation_history"),
        ({"context": 3}, "context"),
    ],
)
def test_given_a_malformed_session_then_the_error_names_the_field(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        from_json({**to_json(SESSION), **changes})


def test_given_a_missing_field_then_the_error_names_it() -> None:
    with pytest.raises(ValueError, match="current_agent"):
        from_json({k: v for k, v in to_json(SESSION).items() if k != "current_agent"})
