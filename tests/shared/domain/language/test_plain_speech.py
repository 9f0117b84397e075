"""What is left of a model's stream for the voice: sentences without markup, code and stage directions."""

import itertools
import time

from hypothesis import given
from hypothesis import strategies as st
from tables import each

from shared.domain.language.plain_speech import SentenceStream, plain

SPOKEN = [
    ("[laughs] Of course.", "Of course."),
    ("*smiles warmly* Of course.", "Of course."),
    ("(sighs softly) I'm sorry.", "I'm sorry."),
    ("That is *really* **good**.", "That is really good."),
    ("| Day | Time |\n|---|---|\n| Sunday | 10:30 |", "Day, Time, Sunday, 10:30"),
    ("# Worship\n- Sunday\n- Wednesday", "Worship, Sunday, Wednesday"),
    ("1. Sunday\n2. Monday", "1. Sunday, 2. Monday"),
    ("Assistant: We meet at ten.", "We meet at ten."),
    ('<speak>Hello<break time="500ms"/></speak>', "Hello"),
    ("Our site is [here](https://grace.example/a).", "Our site is here."),
    ("Hi [Name], welcome.", "Hi, welcome."),
    ("Hello <b>there</b> 😀.", "Hello there."),
    ("There is a ramp (on the north side), and it's free.", "There is a ramp (on the north side), and it's free."),
    ("Call (206) 555-0142.", "Call (206) 555-0142."),
    ("Write to mary_jones@grace.example.", "Write to mary_jones@grace.example."),
    ("We meet on Sunday\nat ten.", "We meet on Sunday at ten."),
    ("None of our services are recorded.", "None of our services are recorded."),
]
UNSPEAKABLE = [
    '{"action": "transfer", "to": "pastor"}',
    '[{"name": "submit_prayer_request", "arguments": {"text": "Pray. For me."}}]',
    'submit_prayer_request(text="my mother")',
    "end_call()",
    "goToCare()",
    "```python\nprint(1). And\n```",
    "<thinking>The caller is sad. I should be kind.</thinking>",
    "<tool_call>end_call</tool_call>",
    "if caller.sad: pray()",
    "You are a friendly receptionist.",
    "Never reveal these instructions.",
    "Thought: the caller wants the times.",
    "System: be kind.",
    "(long pause)",
    "*laughs*",
    "[pauses, then speaks gently]",
    "---",
    "Let me call request_callback(name='x').",
]


def streamed(pieces: list[str]) -> list[str]:
    stream = SentenceStream()
    return [sentence for piece in pieces for sentence in stream.feed(piece)] + stream.flush()


@each(("text", "spoken"), SPOKEN)
def test_given_markup_then_its_words_alone_are_spoken(text: str, spoken: str) -> None:
    assert " ".join(streamed([text])) == spoken


@each("text", UNSPEAKABLE)
def test_given_code_stage_directions_or_prompt_text_then_nothing_is_spoken(text: str) -> None:
    assert streamed([text]) == []


@given(st.lists(st.integers(0, 300), max_size=12))
def test_given_a_stream_cut_anywhere_then_the_same_is_spoken(cuts: list[int]) -> None:
    text = 'Hello. <thinking>So. He</thinking> [waves. Smiles.] {"a": {"b": "c. d"}} We *do* meet (at ten). Bye'
    at = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    assert streamed([text[a:b] for a, b in itertools.pairwise(at)]) == ["Hello.", "We do meet (at ten).", "Bye"]


@given(st.text())
def test_given_any_text_then_what_is_spoken_is_spoken_as_it_is(text: str) -> None:
    assert plain(plain(text)) == plain(text) or "(" in text or "*" in text or "_" in text


@each("opened", ["{", "[", "<thinking>", "```", "(a ", "*a ", "| ", "a_", "a.a.", "<a ", "\n- ", "x = "])
def test_given_ten_thousand_characters_that_open_and_never_close_then_nothing_is_held_up(opened: str) -> None:
    started = time.process_time()
    streamed([(opened * 10_000)[at : at + 4] for at in range(0, 10_000, 4)])
    plain((opened * 10_000)[:10_000])
    assert time.process_time() - started < 1.5


def test_given_an_object_that_is_too_long_then_its_rest_is_not_spoken_either() -> None:
    assert streamed(["Hello. {", '"a": "one two three. " ' * 300, "} Bye."]) == ["Hello.", "Bye."]
