"""Values of slots, read from what a caller says."""

from tables import each

from lab.providers.content import content_in
from lab.providers.names import name_in, without_introductions
from lab.providers.slots import digits_in, phone_in, read, time_in


@each(
    ("said", "number"),
    [
        ("My number is 206-555-0142.", "2065550142"),
        ("It's (206) 555 0142, thanks.", "2065550142"),
        ("two oh six, five five five, oh one four two", "2065550142"),
        ("Area code 206, then 555, and 0142", "2065550142"),
        ("plus one two oh six five five five oh one four two", "2065550142"),
        ("206 555 0142, extension twelve", "2065550142 x12"),
        ("double five five, triple zero one", "5550001"),
        ("You can reach me on this number.", "this number"),
        ("The one I'm calling from.", "this number"),
        ("I have 3 children and 2 dogs.", None),
        ("nine one one", None),
    ],
)
def test_phone(said: str, number: str | None) -> None:
    assert phone_in(said) == number


@each(
    ("said", "answering", "name"),
    [
        ("Hi, my name is Maria Lopez and I need help.", False, "Maria Lopez"),
        ("This is John, calling about Sunday.", False, "John"),
        ("my name is ludwig van beethoven", False, "Ludwig van Beethoven"),
        ("Can someone call me back?", False, None),
        ("I'm calling about the service.", False, None),
        ("This is about a wedding.", False, None),
        ("I'm so sorry.", False, None),
        ("Maria.", True, "Maria"),
        ("It's Tom Baker, B-A-K-E-R.", True, "Tom Baker"),
        ("Sure, you can put Anne-Marie.", True, "Anne-Marie"),
        ("Well I really do not know what to tell you", True, None),
    ],
)
def test_name(said: str, answering: bool, name: str | None) -> None:
    assert name_in(said, bare=answering) == name


@each(
    ("said", "answering", "time"),
    [
        ("Call me tomorrow afternoon after three, please.", False, "tomorrow afternoon after three"),
        ("On Monday or Tuesday at 10:30", False, "On Monday or Tuesday at 10:30"),
        ("Any time is fine.", True, "Any time"),
        ("Five.", True, "Five"),
        ("I have two dogs.", False, None),
    ],
)
def test_time(said: str, answering: bool, time: str | None) -> None:
    assert time_in(said, bare=answering) == time


@each(
    ("said", "content"),
    [
        ("Could you pray for my brother's surgery on Friday?", "my brother's surgery on Friday"),
        ("Please pray that my daughter finds a job.", "my daughter finds a job"),
        ("My dad is in hospital, could you keep him in your prayers?", "My dad is in hospital"),
        ("Hello, this is Maria. I need prayers for my marriage, thank you so much.", "my marriage"),
        ("I'd like to make a prayer request please.", None),
        ("Can you pray for me?", None),
    ],
)
def test_content(said: str, content: str | None) -> None:
    assert content_in(said, ["pray", "request"]) == content


def test_given_a_yes_or_no_then_it_is_read_only_as_an_answer() -> None:
    slot = {"name": "member", "kind": "yes_no", "ask": "Are you a member?"}
    assert read(slot, "Yes I am.", answering=True) is True
    assert read(slot, "No, not yet.", answering=True) is False
    assert read(slot, "Maybe.", answering=True) is None
    assert read(slot, "Yes, could you pray for me?", answering=False) is None


def test_given_an_introduction_then_the_rest_is_left() -> None:
    assert without_introductions("Hi, this is Maria, can I come by?") == "can I come by?"
    assert without_introductions("My name is Tom.") == ""


def test_given_digits_then_those_behind_the_slots_own_words_are_read_and_others_only_as_an_answer() -> None:
    table = [
        ("order_number", "It's about order 4172, my zip is 98104.", False, "4172"),
        ("postcode", "It's about order 4172, my zip is 98104.", False, "98104"),
        ("postcode", "Order four one seven two.", False, None),
        ("order_number", "Four one seven two, and the postcode is nine eight one zero four.", True, "4172"),
        ("postcode", "98104", True, "98104"),
        ("postcode", "98104", False, None),
        ("order_number", "I have two of them.", True, None),
    ]
    read_as = [(name, said, answering, digits_in(name, said, bare=answering)) for name, said, answering, _ in table]
    assert read_as == table
