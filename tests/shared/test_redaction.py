"""What a line of the log, and a report to others, may not hold."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.redaction import keyed_mask, masked, scrubbed

SHOWN = keyed_mask(b"a stage's key")
NUMBER = "12065550142"

WRITTEN = (
    "+12065550142", "12065550142", "2065550142", "206-555-0142", "(206) 555-0142", "+1 (206) 555-0142",
    "1.206.555.0142", "206 555 0142", "206/555/0142", "206\u2011555\u20110142", "206\u00a0555\u00a00142",
    "\uff12\uff10\uff16\uff15\uff15\uff15\uff10\uff11\uff14\uff12",
    "tel:+12065550142", "tel:206-555-0142", "tel:+1-206-555-0142",
    "sip:12065550142@carrier.example;user=phone", "sip:2065550142@h:5060", "<sips:+12065550142@h>", "%2B12065550142",
    "%2b1%20206%20555%200142", "1%20206%20555%200142", "https://h/calls?from=%2B12065550142&x=1", "sip_+12065550142",
    "sip_12065550142", "preview-blue._+12065550142_Xy7", "room-12065550142-x", "caller:2065550142", "caller=2065550142",
    '{"from": "+12065550142"}', "b'+12065550142'", "2026-05-04 2065550142", "10.0.0.1:5060 2065550142",
    "From: \"Ann\" <sip:12065550142@10.0.0.1>;tag=as1", "number of 12065550142, which rang",
)  # fmt: skip


def digits(value: Any) -> str:
    return re.sub(r"\D", "", "".join(str(int(c)) if c.isdecimal() else c for c in str(value)))


@pytest.mark.requirement("DU-49")
@pytest.mark.parametrize("text", WRITTEN)
def test_given_a_number_in_any_writing_when_masked_then_its_last_two_digits_and_one_hash_are_left(text: str) -> None:
    line = masked(text, SHOWN)
    assert "555" not in digits(line) and "42~" in line
    assert re.findall(r"~([0-9a-f]{10})", line) == re.findall(r"~([0-9a-f]{10})", masked(NUMBER, SHOWN))


@pytest.mark.parametrize(
    "spelled", ["four two four two, four two four two", "Two oh six. Five-five-five oh one four two"]
)
def test_given_a_number_in_words_then_neither_logs_nor_reports_hold_it(spelled: str) -> None:
    for clean in (masked(f"heard: {spelled}!", SHOWN), scrubbed({"text": [f"heard: {spelled}!"]})["text"][0]):
        assert clean == "heard: [number]!"
    assert masked("one or two of three", SHOWN) == "one or two of three"


class Odd:
    def __repr__(self) -> str:
        return "<call from +12065550142>"


@pytest.mark.parametrize(
    "value",
    [
        {"pii": {"caller_raw": "+12065550142", "deep": [{"x": ("206-555-0142",)}]}},
        {"caller": "+12065550142"},
        {"did": 12065550142},
        {"count": 12065550142},
        {"x": 12065550142.0},
        {"+12065550142": "waits"},
        {12065550142: "waits"},
        {"x": b"+12065550142"},
        {"x": bytearray(b"\xff+12065550142")},
        {"x": "+12065550142".encode("utf-16")},
        {"x": {"+12065550142"}},
        {"x": frozenset({"+12065550142"})},
        {"x": ValueError("no answer from sip:+12065550142@host")},
        {"x": Odd()},
        {"exception": "Traceback …\nStoreError: no row of +12065550142\n"},
        {"pii": "5550142"},
        {"pii": {"caller_raw": "555-0142"}},
        {"forward_to": 5550142},
    ],
)
def test_given_a_number_anywhere_in_a_line_when_masked_then_it_is_nowhere_in_what_is_written(value: Any) -> None:
    line = json.dumps(masked(value, SHOWN), default=repr)
    assert "5550142" not in digits(re.sub(r"~[0-9a-f]{10}", "", line).replace("\\u0000", ""))
    assert "42~" in line


@pytest.mark.parametrize(
    "kept",
    [
        "00000000-0000-4000-a000-000000000001", "12345678-1234-4000-8000-000000000001",
        "at 2026-05-04T12:00:00.123456Z",
        "2026-05-04 12:00:01,123", "127.0.0.1:54321", "192.168.100.200:5060", "203.0.113.105.",
        "c0ffee123456", "12345678901a",
        "4f1b2c3d4e5f60718293a4b5c6d7e8f9", "within 1.5 s", "no answer after 30 s", "AJ_x7Kd2mPqR", 17, 0.123456789012,
        12345678, True, None, Decimal("0.01425"), float("nan"),
    ],
)  # fmt: skip
def test_given_ids_times_and_addresses_when_masked_then_they_stay(kept: Any) -> None:
    assert masked({"x": kept}, SHOWN)["x"] is kept or masked({"x": kept}, SHOWN)["x"] == kept


def test_given_figures_with_a_unit_when_masked_then_they_stay() -> None:
    line = {"memory_bytes": 9_876_543_210, "at_ms": 1764292829000, "started_at": 1764292829}
    assert masked(line, SHOWN) == line


def test_given_two_numbers_or_two_keys_then_the_hashes_differ() -> None:
    other = keyed_mask(b"another stage's key")
    assert len({SHOWN("+12065550142"), SHOWN("+12065550143"), other("+12065550142")}) == 3


@given(
    st.from_regex(r"\A\+?[1-9][0-9]{9,14}\Z"),
    st.text(alphabet=" ghxyz:;,_@<>[]{}'\"=&?#", max_size=8),
    st.sampled_from(["", " ", "-", ".", " - ", "%20", ") "]),
)
def test_given_any_number_in_any_text_when_masked_then_seven_of_its_digits_never_stand_together(
    number: str, around: str, between: str
) -> None:
    plus, bare = ("+", number[1:]) if number.startswith("+") else ("", number)
    text = f"{around}{plus}{bare[:3]}{between}{bare[3:6]}{between}{bare[6:]}{around}"
    left = re.sub(r"~[0-9a-f]{10}", "", masked(text, SHOWN)).replace("%20", "")
    assert len(digits(left)) <= 2, left
