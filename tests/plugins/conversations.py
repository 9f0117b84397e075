"""Conversations to test with, made by hand and at random."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from shared.domain.call import Utterance
from shared.domain.conversation import Conversation, RequestTaken
from shared.domain.language.consent import ConsentAnswer
from shared.domain.questions import ConsentQuestion, Offer, ReadBack, SlotQuestion
from shared.domain.traversal import Handoff, Visit

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
READ_BACK = ReadBack(
    effect_id="effect-1",
    tool="submit_prayer_request",
    row_kind="prayer",
    fields={"caller_name": "Zoë 🙏", "prayer_request_text": "for my dad", "confidential": False},
    text="I have this prayer request, from Zoë: for my dad. Shall I send it?",
    at_turn=2,
    heard=True,
    hearings=1,
)


def a_conversation(**fields: Any) -> Conversation:
    """One of call-1 after a few turns, with a read-back pending, changed by `fields`."""
    whole = Conversation(
        call_id="call-1",
        agent_id="agent-1",
        tenant_id="tenant-1",
        template="church",
        created_at=NOON,
        last_activity=NOON,
        phone_number="+12065550142",
        version=1,
        node="care",
        visits=(
            Visit("front_desk", "church", "3", "start", {}, NOON, NOON),
            Visit("care", "church", "3", "go_to_care", {}, NOON),
        ),
        moves=1,
        fields={"name": None, "party": [1, 2.5]},
        questions=(READ_BACK,),
        requests=(RequestTaken("effect-0", "callback", {"reason": "the hall"}, 1, "kept"),),
        recording_announced=True,
        consent=ConsentAnswer.REFUSED,
        caller_turns=2,
        history=(
            Utterance("agent", "Grace Community.", 0.5, latency_ms={"total": 812.5}),
            Utterance("caller", "Hi – it's Zoë.", 2.0),
            Utterance("agent", "Hello!", 4.25, interrupted=True),
        ),
    )
    return replace(whole, **fields)


_texts = st.text(max_size=12)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)
_fields = st.dictionaries(_texts, _json, max_size=3)
_seconds = st.floats(0, 10_000, allow_nan=False)
_moments = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


_questions = st.one_of(
    st.builds(ConsentQuestion, repeated=st.booleans(), heard=st.booleans(), kind=st.just("consent")),
    st.builds(ReadBack, fields=_fields, heard=st.booleans(), kind=st.just("read_back")),
    st.builds(SlotQuestion, expects=st.sampled_from(["phone", "name", "text"]), kind=st.just("slot")),
    st.builds(Offer, more=st.booleans(), kind=st.just("offer")),
)


def any_conversation() -> st.SearchStrategy[Conversation]:
    """Every field of any value that its type allows, whether or not a call can come to it."""
    return st.builds(
        Conversation,
        call_id=_texts,
        agent_id=_texts,
        tenant_id=_texts,
        template=_texts,
        template_version=st.none() | _texts,
        created_at=_moments,
        last_activity=_moments,
        channel=st.sampled_from(["phone", "browser", "screen"]),
        phone_number=st.none() | _texts,
        user_id=st.none() | _texts,
        version=st.integers(0, 2**31),
        takeovers=st.integers(0, 9),
        node=_texts,
        moves=st.integers(0, 9),
        visits=st.lists(
            st.builds(Visit, arguments=_fields, entered_at=st.none() | _moments, left_at=st.none() | _moments),
            max_size=3,
        ).map(tuple),
        handoffs=st.lists(st.builds(Handoff, at=_moments), max_size=3).map(tuple),
        pins=st.dictionaries(_texts, _texts, max_size=2),
        fields=_fields,
        questions=st.lists(_questions, max_size=3).map(tuple),
        requests=st.lists(st.builds(RequestTaken, fields=_fields), max_size=3).map(tuple),
        history=st.lists(
            st.builds(Utterance, at_seconds=_seconds, latency_ms=st.dictionaries(_texts, _seconds, max_size=2)),
            max_size=4,
        ).map(tuple),
    )
