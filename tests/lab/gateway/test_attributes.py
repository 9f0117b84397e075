import pytest
from livekit import rtc

from lab.gateway.attributes import header_attributes, host_of
from lab.gateway.messages import Headers
from lab.gateway.status import reason_of, refused, why_left

SENT = [("X-Tenant", "grace"), ("x-call_leg_id", "leg"), ("From", "<sip:a@b>"), ("Subject", "hello")]


def test_given_headers_when_nothing_is_asked_for_then_only_known_carriers_are_told() -> None:
    assert header_attributes(SENT, {}) == {"sip.telnyx.callLegID": "leg"}


def test_given_headers_when_x_headers_are_included_then_these_alone_keep_their_names() -> None:
    told = header_attributes(SENT, {}, Headers.X)

    assert told["sip.h.x-tenant"] == "grace"
    assert "sip.h.subject" not in told


def test_given_headers_when_all_are_included_then_all_are_there() -> None:
    assert header_attributes(SENT, {}, Headers.ALL)["sip.h.subject"] == "hello"


def test_given_a_mapping_when_its_case_differs_then_it_matches_all_the_same() -> None:
    assert header_attributes(SENT, {"x-TENANT": "tenant", "X-Other": "other"})["tenant"] == "grace"


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("<sip:+15035550100@192.0.2.7:5060>;tag=a", "192.0.2.7"),
        ('"A, B" <sip:anonymous@anonymous.invalid>', "anonymous.invalid"),
        ("sip:carrier.example;transport=udp", "carrier.example"),
        ("<sip:a@[2001:db8::1]:5060>", "[2001:db8::1]"),
        ("", ""),
        ("tel:+15035550100", ""),
    ],
)
def test_given_a_from_header_when_read_then_its_host_is_found(header: str, host: str) -> None:
    assert host_of(header) == host


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (404, "not_found"),
        (408, "deadline_exceeded"),
        (480, "resource_exhausted"),
        (486, "resource_exhausted"),
        (487, "aborted"),
        (499, "invalid_argument"),
        (503, "failed_precondition"),
        (580, "failed_precondition"),
        (603, "permission_denied"),
        (699, "permission_denied"),
    ],
)
def test_given_a_sip_status_when_told_to_the_api_then_it_has_its_code(code: int, reason: str) -> None:
    assert reason_of(code) == reason
    assert refused(code).details[0].code == code


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (None, rtc.DisconnectReason.USER_UNAVAILABLE),
        (480, rtc.DisconnectReason.USER_UNAVAILABLE),
        (486, rtc.DisconnectReason.USER_REJECTED),
        (603, rtc.DisconnectReason.USER_REJECTED),
        (500, rtc.DisconnectReason.UNKNOWN_REASON),
    ],
)
def test_given_an_unanswered_call_when_its_participant_leaves_then_it_says_why(code: int | None, why: int) -> None:
    assert why_left(code) == why
