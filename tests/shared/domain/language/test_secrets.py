import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tables import each

from shared.domain.language.digits import runs
from shared.domain.language.secrets import Secret, asks_besides, kinds_in, masked

ASKS_PHONE = "What number can we reach you at, digit by digit?"
READS_BACK = "So somebody calls Ann back on 2 0 6, 5 5 5, 0 1 4 2, about this: a hall. Is that right?"
OFFERS = "Is there anything else I can do for you?"
CARD, SSN, BANK, CODE, DOCUMENT = Secret

SECRETS = [
    ("My card number is 4242 4242 4242 4242.", OFFERS, CARD),
    ("four two four two, four two four two, four two four two, four two four two", OFFERS, CARD),
    ("It's 5555-5555-5555-4444 expiring 12/27 and the CVV is 123", OFFERS, CARD),
    ("3782 822463 10005", OFFERS, CARD),
    ("378282246310005 is my amex", OFFERS, CARD),
    ("you can charge my visa, it's 4000056655665556", ASKS_PHONE, CARD),
    ("4000 0566 5566 5556", ASKS_PHONE, CARD),
    ("double four double four, triple five, 4242 4242 4", OFFERS, CARD),
    (
        "tarjeta cuatro dos cuatro dos, cuatro dos cuatro dos, cuatro dos cuatro dos, cuatro dos cuatro dos",
        OFFERS,
        CARD,
    ),
    (
        "\uff14\uff12\uff14\uff12 \uff14\uff12\uff14\uff12 \uff14\uff12\uff14\uff12 \uff14\uff12\uff14\uff12",
        OFFERS,
        CARD,
    ),
    ("forty-two forty-two forty-two forty-two forty-two forty-two forty-two forty-two", OFFERS, CARD),
    ("the card ends in 4242", OFFERS, CARD),
    ("4242 4242", OFFERS, CARD),
    ("my social is 123-45-6789", OFFERS, SSN),
    ("one two three, four five, six seven eight nine", OFFERS, SSN),
    ("123 45 6789", ASKS_PHONE, SSN),
    ("The last four of my social are 6789", OFFERS, SSN),
    ("social security number oh seven eight, oh five, one one two oh", OFFERS, SSN),
    ("My tax ID is 12-3456789", OFFERS, SSN),
    ("My routing number is 021000021 and my account number is 1234567", OFFERS, BANK),
    ("the checking account is double oh one two, three four five six", OFFERS, BANK),
    ("IBAN DE89 3704 0044 0532 0130 00", OFFERS, BANK),
    ("It goes by GB29 NWBK 6016 1331 9268 19, if that is what you need.", OFFERS, BANK),
    ("4242 4242 4242", OFFERS, CARD),
    ("my pin is 4821", OFFERS, CODE),
    ("the PIN number is four eight two one", OFFERS, CODE),
    ("security code 123", OFFERS, CODE),
    ("the three digits on the back are nine one two", OFFERS, CODE),
    ("My password is hunter2", OFFERS, CODE),
    ("my driver's license number is 12345678", OFFERS, DOCUMENT),
    ("passport number 123456789", OFFERS, DOCUMENT),
]


@each(("said", "question", "kind"), SECRETS)
def test_given_a_secret_then_its_digits_are_masked(said: str, question: str, kind: Secret) -> None:
    found = masked(said, question=question)
    assert kind in found.kinds and kind in kinds_in(found.text)
    assert all(len(run.digits) < 4 for run in runs(found.text)), found.text
    assert masked(found.text, question=question).text == found.text


AT_A_PHONE_QUESTION = (
    "206 555 0142",
    "It's two oh six, five five five, oh one four two",
    "5550142",
    "+44 20 7946 0018",
    "011 44 20 7946 0018",
    "2065550142. 206 555 0142.",
    "three one two",
    "4255550199. 425 555 0199.",
    "4255550199, 2065550142",
    "2065550142 extension 12345",
)
ELSEWHERE = (
    "My number is 206-555-0142.",
    "Call me at 2065550142 or 4255550199",
    "206 555 0142",
    "I'd like to give 500 dollars by credit card",
    "Can I pay $1000 by card?",
    "one two",
    "Do you take credit cards? I would give 1000 dollars",
    "I lost my card, call me at 206 555 0142",
    "We sing Psalm 119 verse 105",
    "I was born in 1984",
    "at 7 30",
    "Please pray for 2026",
    "John 3 16",
    "I've lived at 4417 Maple Street for 20 years",
    "98101-1234",
    "zip is 98101",
    "order number 123456789",
    "my address is 12205 North Ashland Avenue",
    "I sent a card to 4417 Maple Street",
    "there were 1500 people",
    "We moved in May 2024",
    "Is the service at 9 or 10 30 on December 24 2026?",
    "I'll pin it at 9 30",
    "The ice cream social is at 10 30",
    "on account of the storm in 1998 we moved",
    "room 1205, please",
    "my phone is 12065550142 extension 123",
)
HARMLESS = [
    *((said, ASKS_PHONE) for said in AT_A_PHONE_QUESTION),
    *((said, OFFERS) for said in ELSEWHERE),
    ("No, it's 206 555 0143", READS_BACK),
]


@each(("said", "question"), HARMLESS)
def test_given_a_telephone_number_or_another_harmless_one_then_it_stays(said: str, question: str) -> None:
    assert masked(said, question=question).text == said


NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@st.composite
def cards(draw: st.DrawFn) -> str:
    prefix, length = draw(st.sampled_from([("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("6011", 16), ("36", 14)]))
    body = prefix + "".join(draw(st.lists(st.sampled_from("0123456789"), min_size=length, max_size=length)))
    body = body[: length - 1]
    total = sum(sum(divmod(int(digit) * (2 - at % 2), 10)) for at, digit in enumerate(reversed(body)))
    return f"{body}{-total % 10}"


@st.composite
def said_in_groups(draw: st.DrawFn) -> list[str]:
    """A card's number in groups, each written or said in words."""
    digits, groups = draw(cards()), list[str]()
    while digits:
        size = draw(st.integers(2, 6))
        group, digits = digits[:size], digits[size:]
        groups.append(draw(st.sampled_from([group, " ".join(group), " ".join(NAMES[int(each)] for each in group)])))
    return groups


@given(
    said_in_groups(), st.sampled_from([", ", " ", "-", " dash ", ". ", " um "]), st.sampled_from([ASKS_PHONE, OFFERS])
)
def test_given_any_card_in_any_groups_then_no_group_of_it_is_left(
    groups: list[str], between: str, question: str
) -> None:
    assert re.sub(r"\[card number\]|\W", "", masked(f"It's {between.join(groups)}", question=question).text) == "Its"


@given(said_in_groups(), st.booleans(), st.sampled_from([ASKS_PHONE, OFFERS]))
def test_given_a_card_over_several_turns_then_the_last_one_masks_all(
    groups: list[str], named: bool, question: str
) -> None:
    earlier = ["Can I give you my credit card number?"] if named else []
    for group in groups:
        found = masked(group, earlier=earlier, question=question)
        earlier = [*found.earlier, found.text]
    digits = sum(len(run.digits) for text in earlier for run in runs(text))
    assert digits <= (0 if named and question == OFFERS else 6), earlier


@given(st.from_regex(r"\A(?:206|312|425)55501[0-9]{2}\Z"), st.lists(st.integers(1, 9), max_size=4))
def test_given_a_telephone_number_over_several_turns_then_it_stays(number: str, cuts: list[int]) -> None:
    places = sorted({0, *cuts, 10})
    pieces = [number[a:b] for a, b in pairwise(places)]
    for at, piece in enumerate(pieces):
        assert masked(piece, earlier=pieces[:at], question=ASKS_PHONE).text == piece


def test_given_a_masked_utterance_then_it_is_told_whether_it_asks_for_something_else() -> None:
    for said, asks in (
        ("My card is [card number]. What time is the service on Sunday?", True),
        ("It's [card number]. Did you get that?", False),
        ("Can I give you my number, [card number]?", False),
        ("It's [card number]. Do you also need my social security number?", False),
    ):
        assert asks_besides(said) is asks, said


def test_given_a_secret_that_was_named_then_a_number_asked_for_after_it_stays() -> None:
    earlier = ["Can I pay by credit card?", "My card is [card number]"]
    assert masked("It's 206 555 0142.", earlier=earlier, question=ASKS_PHONE).text == "It's 206 555 0142."
    assert masked("My number is 206 555 0142.", earlier=earlier, question=OFFERS).text == "My number is 206 555 0142."


def test_given_a_question_for_an_order_number_or_a_postcode_then_several_of_them_in_a_row_are_no_card() -> None:
    number = "I'm sorry, that number and postcode don't fit. What's the order number, digit by digit?"
    postcode = "And what's the postcode of the delivery address?"
    earlier = ["5180", "98199", "5180", "98101"]
    for question in (number, postcode):
        for said in ("5181", "four one seven two", "98122"):
            assert masked(said, earlier=earlier, question=question).kinds == (), (said, question)
    in_parts = ["4111 1111", "1111"]
    assert masked("1111", earlier=in_parts, question=postcode).kinds == (Secret.CARD,), "its check digit tells"
    assert masked("98122", earlier=earlier, question="What is your card's number?").kinds
