import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tables import each

from shared.domain.telephony.numbers import comparing_key, e164, mask, spoken

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
    ("+1 206 555 0142 x12", ""),
    ("２０６５５５０１４２", ""),
    *[(raw, "+442079460018") for raw in ("+442079460018", "442079460018", "tel:+44 20 7946 0018")],
    ("+33123456789", "+33123456789"),
    ("+6581234567", "+6581234567"),
    ("6581234567", "6581234567"),
    *[(raw, raw) for raw in ("02065550142", "0012065550142", "5550142")],
]


@pytest.mark.requirement("DU-42", "DU-43", "DU-44", "DU-45")
@each(("raw", "key"), TABLE)
def test_given_a_number_as_it_came_then_its_comparing_key_is_the_tables(raw: str | None, key: str) -> None:
    assert comparing_key(raw) == key


@each("raw", ["SIPS:+12065550142@host", "Tel:2065550142", "sip:%2b12065550142", "2065550142\n"])
def test_given_another_way_of_writing_then_it_is_the_same_caller(raw: str) -> None:
    assert comparing_key(raw) == SAME


@each("raw", ["1234567890123456", "206+5550142", "++12065550142", "206\u00a0555 0142", "<>", "<"])
def test_given_what_is_no_number_then_the_key_is_empty(raw: str) -> None:
    assert comparing_key(raw) == ""


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


@each(
    ("number", "masked"),
    [
        ("+12065550142", "+*********42"),
        ("2065550142", "********42"),
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
