import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tables import each

from shared.domain.telephony.numbers import caller_key, comparing_key, e164, is_withheld, mask, parsed, spoken

SAME = "2065550142"
TABLE = [
    *[(raw, SAME) for raw in ("2065550142", "12065550142", "+12065550142")],
    *[(raw, SAME) for raw in ("(206) 555-0142", "206.555.0142", "+1 (206) 555-0142")],
    *[(raw, SAME) for raw in ("tel:+12065550142", "sip:2065550142", "sip:+12065550142")],
    ("sip:+12065550142@carrier.example", SAME),
    *[(raw, "") for raw in ("anonymous", "restricted", "unavailable", "", "   ", "+", "tel:", None)],
    ("sip:anonymous@anonymous.invalid", ""),
    ("sip:2065550142@198.51.100.7", SAME),
    ("sip:+12065550142@198.51.100.7:5060;user=phone", SAME),
    ("tel:+1-206-555-0142;phone-context=+1", SAME),
    ('"Line 42" <sip:+12065550142@host.example>', SAME),
    ("sip:%2B12065550142@host.example", SAME),
    ("sip:anonymous@198.51.100.7", ""),
    *[(raw, "") for raw in ("sip:agent7@host.example", "911", "+1")],
    ("+1 206 555 0142 x12", SAME),
    ("２０６５５５０１４２", SAME),
    *[(raw, "+442079460018") for raw in ("+442079460018", "442079460018", "tel:+44 20 7946 0018")],
    ("+33123456789", "+33123456789"),
    ("+6581234567", "+6581234567"),
    ("6581234567", "6581234567"),
    *[(raw, raw) for raw in ("02065550142", "0012065550142", "5550142")],
]


@pytest.mark.requirement("DU-43", "DU-44", "DU-45")
@pytest.mark.requirement("DU-42")
@each(("raw", "key"), TABLE)
def test_given_a_number_as_it_came_then_its_comparing_key_is_the_tables(raw: str | None, key: str) -> None:
    assert comparing_key(raw) == key


@pytest.mark.requirement("DU-44")
@each("raw", ["SIPS:+12065550142@host", "Tel:2065550142", "sip:%2b12065550142", "2065550142\n"])
def test_given_another_way_of_writing_then_it_is_the_same_caller(raw: str) -> None:
    assert comparing_key(raw) == SAME


@pytest.mark.requirement("DU-44")
@each("raw", ["1234567890123456", "555019", "206+5550142", "++12065550142", "206 555 0142 or so", "<>", "<"])
def test_given_what_is_no_number_then_the_key_is_empty(raw: str) -> None:
    assert comparing_key(raw) == ""


def notations() -> st.SearchStrategy[tuple[str, str]]:
    """A number's E.164 form, and one of the ways in which networks and people write it."""

    def written(number: str, way: int, blank: str, hyphen: str, script: int, extension: str) -> str:
        code, national = number
        grouped = hyphen.join((national[:3], national[3:6], national[6:]))
        text = (
            f"+{code}{blank}{grouped}",
            f"00{code}{blank}{national}" if code != "1" else f"00 {code}{blank}{national}",
            f"011{blank}{code}{blank}{national}",
            f"+{code} (0) {national}" if code == "44" else f"1{hyphen}{grouped}",
            f"tel:+{code}-{national};phone-context=+{code}",
            f'"Line 42" <sip:+{code}{national}@198.51.100.7:5060;user=phone>;tag=12',
            f"sip:%2B{code}{national}@host.example",
            "plus " + " ".join(_spoken(code + national)),
        )[way]
        return "".join(chr(script + int(c)) if c.isdigit() and way < 4 else c for c in text) + extension

    def _spoken(digits: str) -> list[str]:
        names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
        said = [names[int(digit)] for digit in digits]
        for at in range(len(said) - 2, -1, -1):
            if said[at] == said[at + 1] and (at == 0 or said[at - 1] != said[at]):
                said[at : at + 2] = [f"double {said[at]}"]
        return said

    numbers = st.one_of(
        st.tuples(st.just("1"), st.from_regex(r"\A20[69]55501[0-9]{2}\Z")),
        st.tuples(st.just("44"), st.from_regex(r"\A2079460[0-9]{3}\Z")),
    )
    return numbers.flatmap(
        lambda number: st.builds(
            lambda *parts: (f"+{number[0]}{number[1]}", written(number, *parts)),
            st.integers(0, 7),
            st.sampled_from([" ", "\u00a0", "\u202f", "", "\u200e", "."]),
            st.sampled_from(["-", "\u2011", "\u2013", "\u2212", " ", "\u2009", "", ".", "/"]),
            st.sampled_from([ord("0"), 0xFF10, 0x0660, 0x06F0, 0x0966]),
            st.sampled_from(["", "", " x12", " ext. 12", " extension twelve"]),
        ).filter(lambda pair: not (pair[1].startswith(("tel:", "sip:", '"')) and pair[1].endswith(("12", "twelve"))))
    )


@pytest.mark.requirement("DU-44")
@given(notations())
def test_given_a_number_in_any_notation_then_it_is_the_same_caller(pair: tuple[str, str]) -> None:
    number, notation = pair
    assert (caller_key(notation), e164(notation)) == (comparing_key(number), number)
    assert parsed(notation) == parsed(number) or notation.endswith(("12", "twelve"))


@given(notations(), notations())
def test_given_two_numbers_then_no_notation_makes_them_one(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (caller_key(one[1]) == caller_key(other[1])) == (one[0] == other[0])


@pytest.mark.requirement("DU-44")
@each(("raw", "extension"), [("+1 206 555 0142 x12", "12"), ("tel:+1-206-555-0142;ext=7", "7"), ("206-555-0142", "")])
def test_given_an_extension_then_it_is_kept_beside_the_number(raw: str, extension: str) -> None:
    number = parsed(raw)
    assert number is not None
    assert (number.key, number.extension) == (SAME, extension)


def test_given_digits_that_du_45_does_not_guess_at_then_their_caller_is_known_all_the_same() -> None:
    assert (comparing_key("0012065550142"), caller_key("0012065550142")) == ("0012065550142", SAME)


WITHHELD = [
    *("anonymous", "Anonymous", "RESTRICTED", "unavailable", "Private", "unknown", "Unknown caller", "", " ", None),
    *("+266696687", "266696687", "+1266696687", "+86282452253", "86282452253", "+7378742833", "+7748483", "+8656696"),
    *("+2562533", "+0000", "0000000000", "+00000000000", "+10000000000", "1111111111", "0"),
    *('"Anonymous" <sip:anonymous@anonymous.invalid>', "sip:x7f3@anonymous.invalid", "sip:Restricted@198.51.100.7"),
    *("sip:+266696687@198.51.100.7", "tel:+86282452253", "Caller ID blocked"),
    "sip:+12065550142@anonymous.invalid",
]


@pytest.mark.requirement("DU-44")
@each("raw", WITHHELD)
def test_given_what_networks_send_for_a_withheld_number_then_the_caller_is_anonymous(raw: str | None) -> None:
    assert (comparing_key(raw), caller_key(raw), e164(raw), is_withheld(raw)) == ("", "", None, True)
    assert mask(raw) == "anonymous"


@each("raw", ["7378742833", "+17378742833", "+266 2212 3456", "2065550166"])
def test_given_a_number_that_looks_like_a_word_on_the_keypad_then_it_is_a_number(raw: str) -> None:
    assert not is_withheld(raw)
    assert caller_key(raw)


NUMBERISH = st.text(alphabet='0123456789+ ()-./@;:<>%2Bbsiptel"xX٣２', max_size=30)


@pytest.mark.requirement("DU-46")
@given(st.one_of(st.text(), NUMBERISH, st.none()))
@example("sip:<sip:+1206555014>")
def test_given_any_input_then_normalising_twice_changes_nothing(raw: str | None) -> None:
    key = comparing_key(raw)
    assert comparing_key(key) == key
    assert key == "" or key.removeprefix("+").isascii()


@pytest.mark.requirement("PT-08")
@each("raw", ["2265550123", "12265550123", "+1 226-555-0123", "sip:+12265550123@host"])
def test_given_ways_of_dialling_one_number_then_e164_is_one(raw: str) -> None:
    assert e164(raw) == "+12265550123"


@pytest.mark.requirement("PT-08")
@each("raw", ["", None, "anonymous", "911", "5550142", "02065550142", "+1", "+999999999999999", "x"])
def test_given_what_cannot_be_dialled_then_there_is_no_e164(raw: str | None) -> None:
    assert e164(raw) is None


def test_given_a_number_of_another_country_then_its_code_decides_and_the_region_only_where_there_is_none() -> None:
    assert e164("+44 20 7946 0018") == "+442079460018"
    assert e164("020 7946 0018", region="GB") == "+442079460018"
    assert e164("+12065550142", region="GB") == "+12065550142"


@given(st.one_of(st.text(), NUMBERISH))
def test_given_any_input_then_e164_is_stable_and_compares_equal_to_itself(raw: str) -> None:
    number = e164(raw)
    if number is not None:
        assert e164(number) == number
        assert comparing_key(number)


@pytest.mark.requirement("DU-83")
def test_given_a_number_then_one_function_makes_the_form_that_is_stored_and_the_one_that_is_compared() -> None:
    written = [raw for raw, _ in TABLE]
    both = {raw: parsed(raw) for raw in written}
    assert [
        raw for raw in written if (found := both[raw]) and (found.e164, found.key) != (e164(raw), caller_key(raw))
    ] == []
    assert {(found.e164, found.key) for found in both.values() if found and found.key == SAME} == {(f"+1{SAME}", SAME)}
    abroad = {(found.e164, found.key) for found in both.values() if found and found.key.startswith("+44")}
    assert abroad == {("+442079460018", "+442079460018")}


@each(
    ("number", "masked"),
    [
        ("+12065550142", "+*********42"),
        ("2065550142", "********42"),
        ("+442079460018", "+**********18"),
        (None, "anonymous"),
        (" ", "anonymous"),
        ("sip:maria@host.example", "unreadable"),
    ],
)
def test_given_a_number_when_it_is_logged_then_only_its_last_digits_show(number: str | None, masked: str) -> None:
    assert mask(number) == masked


def test_given_a_number_when_it_is_spoken_then_it_is_digits_in_groups() -> None:
    assert spoken("+12065550142") == "2 0 6, 5 5 5, 0 1 4 2"
    assert spoken("+442079460018") == "4 4 2, 0 7 9, 4 6 0, 0 1 8"


@pytest.mark.requirement("PT-84")
def test_given_numbers_of_the_plan_that_begins_with_1_then_no_country_is_derived_from_it() -> None:
    """226 is in Ontario, 876 in Jamaica: nothing of the product asks which country a number is in."""
    for number in ("+12265550123", "+18765550123", "+12065550123"):
        found = parsed(number)
        assert found is not None and (found.e164, found.key) == (number, number[2:])
        assert not {name for name in vars(found) if "country" in name or "region" in name}
    asking = re.compile(r"region_code_for|phonenumbers\.(?:geocoder|timezone|carrier)")
    root = Path(__file__).parents[4]
    files = (file for folder in ("agent", "shared", "webhooks", "background") for file in (root / folder).rglob("*.py"))
    assert [str(file) for file in files if asking.search(file.read_text(encoding="utf-8"))] == []
