import base64
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.tokens import LIFETIMES, MAX_BYTES, CallToken, Purpose, StageTokens

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CALL_ID = str(uuid.UUID(int=7))
NUMBER = "+12065550100"
KEY = "only for this test"
LOCAL = StageTokens("local", (KEY,))
LONGEST_STAGE = StageTokens(f"preview-{'a' * 40}", (KEY,))

SIGN: dict[Purpose, Callable[[StageTokens, datetime], str]] = {
    "call": lambda tokens, now: tokens.sign_call(CALL_ID, now),
    "consent": lambda tokens, now: tokens.sign_consent(CALL_ID, now),
    "synthetic": lambda tokens, now: tokens.sign_synthetic(NUMBER, now, "mark-1"),
}
VERIFY: dict[Purpose, Callable[[StageTokens, str, datetime], Any]] = {
    "call": lambda tokens, token, now: tokens.verify_call(token, now),
    "consent": lambda tokens, token, now: tokens.verify_consent(token, now),
    "synthetic": lambda tokens, token, now: tokens.verify_synthetic(token, NUMBER, now),
}
VERIFIED: dict[Purpose, Any] = {"call": CallToken(CALL_ID), "consent": CALL_ID, "synthetic": "mark-1"}


def forged(claims: dict[str, Any], **changes: Any) -> str:
    """Signed with our key, by whoever has it."""
    told = {"aud": "pickup:call:local", "sub": CALL_ID, "exp": int(NOW.timestamp()) + 60} | claims
    kept = {name: value for name, value in told.items() if value is not None}
    return jwt.encode(kept, LOCAL._secrets[0], **({"algorithm": "HS256"} | changes))


@pytest.mark.parametrize("purpose", SIGN)
def test_given_a_token_when_its_lifetime_ends_then_it_is_good_no_more(purpose: Purpose) -> None:
    token, verify = SIGN[purpose](LOCAL, NOW), VERIFY[purpose]
    assert verify(LOCAL, token, NOW) == VERIFIED[purpose]
    assert verify(LOCAL, token, NOW + LIFETIMES[purpose] - SECOND) == VERIFIED[purpose]
    assert verify(LOCAL, token, NOW + LIFETIMES[purpose]) is None


@pytest.mark.parametrize("purpose", SIGN)
@pytest.mark.parametrize("signed_for", SIGN)
@pytest.mark.parametrize("stage", ["local", "production", "preview-x"])
def test_given_a_token_of_a_purpose_and_stage_when_used_for_another_then_it_is_refused(
    purpose: Purpose, signed_for: Purpose, stage: str
) -> None:
    token = SIGN[signed_for](StageTokens(stage, (KEY,)), NOW)
    assert (VERIFY[purpose](LOCAL, token, NOW) is not None) == (purpose == signed_for and stage == "local")


def test_given_a_synthetic_call_when_its_token_is_verified_then_it_says_so() -> None:
    token = LOCAL.sign_call(CALL_ID, NOW, synthetic=True)
    assert LOCAL.verify_call(token, NOW) == CallToken(CALL_ID, synthetic=True)


@pytest.mark.parametrize("did", ["+12065550101", "", None])
def test_given_a_mark_for_one_number_when_another_is_called_then_it_is_refused(did: str | None) -> None:
    assert LOCAL.verify_synthetic(LOCAL.sign_synthetic(NUMBER, NOW, "mark-1"), did, NOW) is None


def test_given_another_key_then_the_token_is_refused() -> None:
    assert StageTokens("local", ("another",)).verify_call(LOCAL.sign_call(CALL_ID, NOW), NOW) is None


@pytest.mark.parametrize("purpose", SIGN)
def test_given_a_new_key_before_the_old_one_when_it_signs_then_both_are_good_until_the_old_one_is_removed(
    purpose: Purpose,
) -> None:
    verify = VERIFY[purpose]
    both, only_new = StageTokens("local", ("new", KEY)), StageTokens("local", ("new",))
    signed_before, signed_now = SIGN[purpose](LOCAL, NOW), SIGN[purpose](both, NOW)
    assert [verify(both, token, NOW) for token in (signed_before, signed_now)] == [VERIFIED[purpose]] * 2
    assert [verify(only_new, token, NOW) for token in (signed_before, signed_now)] == [None, VERIFIED[purpose]]
    assert verify(LOCAL, signed_now, NOW) is None


@pytest.mark.parametrize("purpose", SIGN)
def test_given_the_key_that_one_stage_signs_with_then_it_is_not_another_stages(purpose: Purpose) -> None:
    # both have the same secret, as two previews may
    blue, green = StageTokens("preview-blue", (KEY,)), StageTokens("preview-green", (KEY,))
    claims = jwt.decode(SIGN[purpose](blue, NOW), options={"verify_signature": False}, algorithms=["HS256"])
    relabelled = claims | {"aud": green._audience(purpose)}
    by_blue = jwt.encode(relabelled, blue._secrets[0], algorithm="HS256")
    assert VERIFY[purpose](green, by_blue, NOW) is None
    assert VERIFY[purpose](green, jwt.encode(relabelled, green._secrets[0], algorithm="HS256"), NOW) is not None


def test_given_a_jwt_signed_with_the_bare_secret_then_it_is_refused() -> None:
    claims = {"aud": "pickup:call:local", "sub": CALL_ID, "exp": int(NOW.timestamp()) + 60}
    assert LOCAL.verify_call(jwt.encode(claims, KEY.ljust(32), algorithm="HS256"), NOW) is None


@pytest.mark.parametrize(
    "token",
    [
        forged({"sub": None}),
        forged({"exp": None}),
        forged({"aud": None}),
        forged({"aud": ["pickup:call:local", "other"]}),
        forged({"exp": "soon"}),
        forged({"exp": True}),
        forged({"sub": 7}),
        forged({"sub": "not a call's id"}),
        forged({"synthetic": "yes"}),
        forged({"more": "x" * MAX_BYTES}),
        jwt.encode({"aud": "pickup:call:local", "sub": CALL_ID, "exp": 9_999_999_999}, None, algorithm="none"),
    ],
)
def test_given_claims_that_are_not_ours_then_the_token_is_refused(token: str) -> None:
    assert LOCAL.verify_call(token, NOW) is None


def test_given_another_payload_under_the_same_signature_then_the_token_is_refused() -> None:
    header, payload, signature = LOCAL.sign_call(CALL_ID, NOW).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"synthetic": True}
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    assert LOCAL.verify_call(f"{header}.{changed}.{signature}", NOW) is None


@given(st.one_of(st.text(max_size=600), st.text(alphabet='eyJ.{}[]"_-=é', max_size=600)))
def test_given_any_text_then_it_is_refused_without_an_error(text: str) -> None:
    assert LOCAL.verify_call(text, NOW) is None
    assert LOCAL.verify_consent(f"{LOCAL.sign_consent(CALL_ID, NOW)}.{text}", NOW) is None


def test_given_the_longest_stage_then_its_tokens_fit_into_a_sip_header() -> None:
    call = LONGEST_STAGE.sign_call(CALL_ID, NOW, synthetic=True)
    mark = LONGEST_STAGE.sign_synthetic(f"+1206555010{0:05d}", NOW, uuid.uuid4().hex)
    for token in (call, mark, LONGEST_STAGE.sign_consent(CALL_ID, NOW)):
        assert token.isascii() and token.isprintable() and len(token) < 300


def test_given_tokens_when_printed_then_the_key_is_not_shown() -> None:
    assert KEY not in repr(LOCAL)
