"""Which calls in LiveKit's rooms are the carrier's, and what becomes of the others."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from shared.calls.arrival import Arrival, Arrivals
from shared.domain.telephony.rooms import call_id_of
from shared.tokens import LIFETIMES, StageTokens

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOKENS = StageTokens("production", ("only for this test",))
ROOM, CALL_ID, DID = "production._+12065550100_x", str(uuid.uuid4()), "+12065550100"
CONTROLLED, DIRECT = Arrivals(TOKENS, direct=False), Arrivals(TOKENS, direct=True)


def attributes(**headers: str) -> dict[str, str]:
    named = {f"sip.h.x-pickup-{name}": value for name, value in headers.items()}
    return {"sip.trunkPhoneNumber": DID, **named}


@pytest.mark.parametrize("arrivals", [CONTROLLED, DIRECT])
@pytest.mark.parametrize("synthetic", [True, False])
def test_given_the_carriers_signature_then_the_call_is_the_one_that_it_names(
    arrivals: Arrivals, synthetic: bool
) -> None:
    told = attributes(call=TOKENS.sign_call(CALL_ID, AT, synthetic=synthetic))
    assert arrivals.of(ROOM, told, AT) == Arrival(CALL_ID, synthetic, unsigned=False)
    assert arrivals.call_id(ROOM, told, AT) == CALL_ID


FORGERIES: dict[str, Callable[[], dict[str, str]]] = {
    "nothing": dict,
    "empty": lambda: {"call": ""},
    "no token": lambda: {"call": CALL_ID},
    "expired": lambda: {"call": TOKENS.sign_call(CALL_ID, AT - LIFETIMES["call"] - timedelta(seconds=1))},
    "another key": lambda: {"call": StageTokens("production", ("another",)).sign_call(CALL_ID, AT)},
    "another stage": lambda: {"call": StageTokens("preview-x", TOKENS.keys).sign_call(CALL_ID, AT)},
    "consent": lambda: {"call": TOKENS.sign_consent(CALL_ID, AT)},
    "a mark as a call": lambda: {"call": TOKENS.sign_synthetic(DID, AT, "m")},
    "a mark": lambda: {"synthetic": TOKENS.sign_synthetic(DID, AT, "m")},
    "a call as a mark": lambda: {"synthetic": TOKENS.sign_call(CALL_ID, AT, synthetic=True)},
    "too long": lambda: {"call": TOKENS.sign_call(CALL_ID, AT) + "x" * 480},
    "not ascii": lambda: {"call": "\u00e4" * 40},
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_given_any_other_header_then_the_call_is_the_rooms_own_and_unsigned_unless_direct_calls_are_taken(
    forgery: str,
) -> None:
    told = attributes(**FORGERIES[forgery]())
    assert CONTROLLED.of(ROOM, told, AT) == Arrival(call_id_of(ROOM), synthetic=False, unsigned=True)
    direct = DIRECT.of(ROOM, told, AT)
    assert direct == Arrival(call_id_of(ROOM), synthetic=forgery == "a mark", unsigned=False)
