"""When a caller has finished, by what was said and asked; `tests/heldout` holds sentences written by others."""

from hypothesis import given
from hypothesis import strategies as st
from tables import each

from shared.domain.language.dictation import Part, Value, asked_for, digits_in, part_of
from shared.domain.language.end_of_turn import End, ends

HELP = "How can I help you today?"
MORE = "At ten on Sunday. Is there anything else you'd like to know?"
OFFER = "Would you like somebody to call you back?"
FACT = "Our office is open from nine to four."
PRAY = "I'd be glad to pass that on. What would you like us to pray for?"
NAME = "Of course. May I have your name?"
NUMBER = "What number can we reach you at?"
ADDRESS = "What is your address?"
READ_BACK = "I have this prayer request, from Zoë: for my dad. Shall I send it?"

OPEN = {
    HELP: """and my number is|um|My name is|I was wondering|I was wondering, if I come on Sunday, and it's my first time
        can you tell me what time the|what time does it|how much does|where do I|I'd like to know how|could you please
        I'm calling on behalf of|I spoke with Mr.|I called yesterday and the lady said|When my husband gets home
        the thing is that she|my appointment is on the|do you happen to know if|okay so basically|Can I bring my
        I'm looking for somebody who|It's about the|so my mother|my mother, who's ninety-two|Is it possible to
        Good morning, my name is|Because last time I came|We have two kids and one of them|It's just that
        Last Sunday when I was|who do I talk to about my|You know what|Yeah, hi, um|Do I have to|I lost my""",
    OFFER: "yes, but only|no, because I'm|well, I would, but|yes, and can you tell|Maybe, if it's|yes at",
    MORE: "yes|yeah actually|yes, one more thing|Oh, and|um, yes|no wait",
    FACT: "okay, and do you|great, so then I'll|and what about|what if I",
    PRAY: "for my|for my sister who's|Please pray for my aunt and",
    NAME: "it's|sure, my name is|My last name is|Mrs.|Van der|Lopez, L O P|My first name is Maria",
    NUMBER: """It is three one two.|sure, it's|area code|yes|okay, three|two zero six, five five|let me look it up
        two one two, no sorry|two oh six, five five five, oh one|it's my cell, two oh six""",
    ADDRESS: "fourteen twenty|1420 Maple Street|it's the third house on|apartment",
}
DONE = {
    HELP: """What time are your services?|when is the next bible study|Is there parking?|Any events?|Where is it?
        Do you have parking for the disabled|I'd like to know when the office is open.|I want to make a donation.
        Can I talk to a person?|I need to cancel my appointment for tomorrow.|how do I get there|what's this about
        Could you pray for my brother?|I'd like somebody to call me back.|Goodbye.|okay bye|What do I need to bring?
        That's everything, thanks.|who do I make the check out to|I was wondering if you do weddings|who am I talking to
        I'd like to leave a message for the pastor.|so, what should I wear?""",
    OFFER: "yes|Yes, please.|no thanks|No, that's okay.|sure|that would be great|yes I would|I'd like that|no I don't",
    MORE: "no|No, thank you.|no that's all|nope, I'm good|that's it|What about the office hours?",
    FACT: "And on Saturdays?|are you open on holidays too|okay thank you, bye|Is that every day?",
    READ_BACK: "yes|no|go ahead|please do|that's right|No, don't.|correct",
}
NOT_YET_SURE = {
    HELP: "hi|hello|good morning|I have a question.|oh good|My grandmother passed away last night.",
    FACT: "okay|thank you|I see",
    PRAY: "For my mother's surgery.|My son.|She's been ill since May.",
}
VALUES = {
    NAME: "Maria|Maria Lopez.|My name is Will|Maria Lopez, L-O-P-E-Z.|Mrs. Chen",
    NUMBER: """It is three one two. Five five five, zero one seven eight.|206-555-0142|five five five, zero one four two
        two oh six, double five five, oh one four oh|The same number I'm calling from.|plus one 206 555 0142""",
    ADDRESS: "1420 Maple Street, Seattle, Washington|12 Oak Lane, Dayton|1420 Maple Street, Seattle 98109",
}


def rows(*tables: tuple[End, dict[str, str]]) -> list[tuple[str, str, End]]:
    return [
        (asked, said.strip(), end)
        for end, table in tables
        for asked, lines in table.items()
        for said in lines.replace("\n", "|").split("|")
    ]


@each(
    ("asked", "said", "end"), rows((End.OPEN, OPEN), (End.DONE, DONE), (End.MAYBE, NOT_YET_SURE), (End.VALUE, VALUES))
)
def test_given_an_utterance_and_what_was_asked_then_its_end_is_judged(asked: str, said: str, end: End) -> None:
    assert ends(said, asked) is end


@each(
    ("asked", "value"),
    [
        (NUMBER, Value.NUMBER),
        ("Could you give me a number to call you on?", Value.NUMBER),
        (NAME, Value.NAME),
        ("How do you spell your last name?", Value.NAME),
        (ADDRESS, Value.ADDRESS),
        ("What's the best email for you?", Value.EMAIL),
        (OFFER, None),
        (HELP, None),
        ("We're at 1 Bench Street.", None),
        ("Is that number right?", None),
    ],
)
def test_given_a_question_then_the_value_it_asks_for_is_known(asked: str, value: Value | None) -> None:
    assert asked_for(asked) is value


WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
GROUPS = st.sampled_from([(3, 3, 4), (3, 3, 2, 2), (3, 4, 3), (2, 2, 2, 2, 2), (6, 4), (1,) * 10])
STYLE = st.sampled_from(["words", "digits", "oh"])


@given(
    st.from_regex(r"[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True),
    GROUPS,
    STYLE,
    st.sampled_from(["", "It's ", "Sure, "]),
)
def test_given_a_number_in_any_groups_then_no_group_but_the_last_ends_the_turn(
    number: str, groups: tuple[int, ...], style: str, lead: str
) -> None:
    said, at = lead, 0
    for size in groups:
        group, at = number[at : at + size], at + size
        spoken = group if style == "digits" else " ".join(WORDS[int(digit)] for digit in group)
        said += (spoken.replace("zero", "oh") if style == "oh" else spoken) + ". "
        assert digits_in(said) == [number[:at]]
        waits = {End.VALUE} if at in (7, 10) else {End.OPEN}
        assert ends(said, NUMBER) in waits, said
    assert part_of(Value.NUMBER, said) is Part.WHOLE


@given(st.text(max_size=60), st.text(max_size=40), st.booleans())
def test_given_anything_then_it_is_judged(said: str, asked: str, closed: bool) -> None:
    assert ends(said, asked, closed=closed) in End


REPLIES = """I'd rather you didn't.|I would prefer you not do that.|It's too personal, please don't.
Yes sir, you may.|Mm-hmm|Sure, if it helps you.|Yes if my wife is okay with it.|Go on then.
I don't want to be taped any more.|Pause it, would you?|I don't want you to record what I say next.
Well, if you need to, sure.|I'd feel better if you didn't.|I guess so|I do"""


@each("said", [line.strip() for line in REPLIES.replace("\n", "|").split("|")])
def test_given_a_whole_reply_to_a_yes_or_no_question_then_nobody_waits_long(said: str) -> None:
    assert ends(said, "Is it all right with you if I record?", closed=True) in (End.DONE, End.MAYBE)


def test_given_a_pending_question_then_a_yes_answers_it_though_a_prompt_came_between() -> None:
    assert ends("Yes, please.", "Take your time.", closed=True) is End.DONE
