import uuid
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.call_token import CALL, Purpose, consent_of, sign, verified

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CALL_ID = str(uuid.UUID(int=7))
SECRET = "only for this test"
CONSENT = consent_of("local")


@pytest.mark.parametrize("purpose", [CALL, CONSENT])
def test_given_a_token_when_it_is_young_enough_then_it_tells_the_call(purpose: Purpose) -> None:
    token = sign(CALL_ID, SECRET, NOW, purpose)
    assert verified(token, SECRET, NOW, purpose) == CALL_ID
    assert verified(token, SECRET, NOW + purpose.lifetime, purpose) == CALL_ID
    assert verified(token, SECRET, NOW + purpose.lifetime + timedelta(seconds=1), purpose) is None


@pytest.mark.parametrize(
    ("meant", "used"), [(CALL, CONSENT), (CONSENT, CALL), (consent_of("production"), consent_of("preview-x"))]
)
def test_given_a_token_for_one_purpose_or_stage_then_it_is_good_for_no_other(meant: Purpose, used: Purpose) -> None:
    assert verified(sign(CALL_ID, SECRET, NOW, meant), SECRET, NOW, used) is None


def test_given_another_secret_then_nothing_is_told() -> None:
    assert verified(sign(CALL_ID, SECRET, NOW), "another", NOW) is None


@pytest.mark.parametrize(
    "changed", ["", "1", "1.a.b.c", "1..1.", "2{rest}", "{token}x", "{token}.x", "1.{call}.99999999999.AAAA", "é.é.é.é"]
)
def test_given_a_malformed_token_then_nothing_is_told(changed: str) -> None:
    token = sign(CALL_ID, SECRET, NOW)
    told = changed.format(token=token, rest=token[1:], call=CALL_ID)
    assert verified(told, SECRET, NOW) is None


def test_given_a_token_then_it_fits_into_a_header() -> None:
    token = sign(CALL_ID, SECRET, NOW, CONSENT)
    assert token.isascii() and token.isprintable() and len(token) < 128
