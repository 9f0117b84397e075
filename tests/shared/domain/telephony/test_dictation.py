from pathlib import Path
from typing import Any

import pytest
import yaml
from tables import each

from shared.domain.telephony.dictation import callback_number, number_in

HELDOUT = Path(__file__).parents[3] / "heldout"


@each(
    ("said", "number"),
    [
        ("It is three one two. Five five five, zero one seven eight.", "+13125550178"),
        ("My area code is 206 and the number is 555 0142.", "+12065550142"),
        ("Five five five, zero one nine three. Oh, and the area code is three oh three.", "+13035550193"),
        ("It's 555 0193, area code 303.", "+13035550193"),
        ("It's 555 0193. Three oh three is the area code.", "+13035550193"),
        ("555 0193 with 303 as the area code", "+13035550193"),
        ("five five five, oh one nine three, and three oh three is my area code", "+13035550193"),
        ("My number is 206 555 0142, and yes, 206 is the area code.", "+12065550142"),
        ("Oh, 206 555 0142 please", "+12065550142"),
        ("206 555 0143, no sorry, 0142", "+12065550142"),
        ("206 555 01, wait, 0142", "+12065550142"),
        ("206 554, I mean 555, 0142", "+12065550142"),
        ("Three one two. No, wait. Three one four. Five five five zero one five one.", "+13145550151"),
        ("206 555 0143. No wait, it's 425 555 0199", "+14255550199"),
        ("773, that's Chicago, 555 0182", "+17735550182"),
        ("it's 2065550142. 206 555 0142.", "+12065550142"),
        ("first three 206, then 555, last four 0142", "+12065550142"),
        ("two hundred six? no, two oh six, five fifty-five, oh one forty-two", "+12065550142"),
        ("eight hundred, five five five, oh one nine nine", "+18005550199"),
        ("plus four four twenty seven nine four six double oh one eight", "+442079460018"),
        ("dos cero seis, cinco cinco cinco, cero uno cuatro dos", "+12065550142"),
        ("two oh six, three fives, oh one four two", "+12065550142"),
        ("*67 206 555 0142", "+12065550142"),
        ("sip:+12065550142@198.51.100.7:5060", "+12065550142"),
        ("You can reach me on 2065550142 or 4255550199.", "+12065550142"),
        ("2065550142#", "+12065550142"),
        ("I have one question, then my number's 206 555 0142", "+12065550142"),
    ],
)
def test_given_a_number_as_people_say_it_then_it_is_read(said: str, number: str) -> None:
    read = callback_number(said)
    assert read is not None
    assert read.e164 == number


@each(
    "said",
    [
        *("0000000000", "1234567890", "9876543210", "5555555555", "8888888888", "555 555 5555", "+1 123 456 7890"),
        *("1-900-555-0123", "nine hundred, five five five, oh one two three", "206 976 0123", "206 555 1212"),
        *("+979 1 2345 6789", "+44 909 879 0879", "+8816 1234 5678", "+870 773 111 632", "+882 13 1234567"),
        *("+883 5100 012345", "+878 10 1234567890", "+808 1234 5678"),
        *("911", "nine one one", "112", "999", "988", "+1 911 555 0142", "211 555 0142"),
        *("5550142", "206 555 01", "206 555 0142 77", "anonymous", "+266696687", "", "this number", "Psalm 119"),
    ],
)
def test_given_a_number_that_nobody_may_be_called_back_on_then_there_is_none(said: str) -> None:
    assert callback_number(said) is None


@each("said", ["+880 1712 345678", "+886 912 345 678", "+800 1234 5678", "+44 7700 900123", "+33 1 99 00 12 34"])
def test_given_a_number_of_a_country_near_those_ranges_then_it_is_one(said: str) -> None:
    assert callback_number(said) is not None


def test_given_a_number_without_its_area_code_then_what_there_is_is_read() -> None:
    number = number_in("it's five five five, oh one four two")
    assert number is not None
    assert (number.key, number.e164) == ("5550142", None)


@pytest.mark.parametrize(("held", "floor"), [("dev", 40), ("held", 79)])
def test_given_a_held_out_set_then_so_many_numbers_are_read_rightly(held: str, floor: int) -> None:
    rows: list[dict[str, Any]] = yaml.safe_load((HELDOUT / f"numbers.{held}.yaml").read_text())
    right = 0
    for row in rows:
        number = callback_number(row["text"], row["country"])
        read = (number.e164, number.extension) if number else (None, "")
        right += read == (row["value"], str(row.get("extension") or ""))
    print(f"numbers.{held}: {right} of {len(rows)} read rightly")
    assert right >= floor
