"""How documents are cut into passages, and which passage a sentence came from."""

from tables import each

from shared.domain.knowledge import (
    MOST_CHARACTERS,
    MOST_OF_A_HEADING,
    MOST_OF_AN_ANSWER,
    FoundPassage,
    answered,
    cut,
    source_of,
    title_in,
)

RULES = """---
title: "House rules"
---
# Rules of the hall

Two lines of
one paragraph.

## Renting
The hall costs **$40** an hour, see [the list](https://hall.example/list).

- Chairs are free
- Tables are `$2`

| room | seats |
|------|-------|
| Oak  | 12    |

Q: Can I bring my dog?
A: Yes, on a leash.
   It must be quiet.

It may not sleep there.

**Q2. And cats?**
**A:** No.

Youth
-----
Is there wifi?
Yes, free of charge.

What about parking?

Behind the hall.

The youth leader is Ana.

<!-- nobody reads this -->
Shall we ever finish?
"""


def test_given_a_document_in_markdown_when_it_is_cut_then_sections_and_answers_stay_together() -> None:
    assert [(each.heading, each.text) for each in cut(RULES)] == [
        ("", "Two lines of\none paragraph."),
        (
            "Renting",
            "The hall costs $40 an hour, see the list.\nChairs are free\nTables are $2\nroom, seats\nOak, 12",
        ),
        ("Renting / Can I bring my dog?", "Yes, on a leash.\nIt must be quiet.\nIt may not sleep there."),
        ("Renting / And cats?", "No."),
        ("Youth / Is there wifi?", "Yes, free of charge."),
        ("Youth / What about parking?", "Behind the hall."),
        ("Youth", "The youth leader is Ana."),
        ("Youth", "Shall we ever finish?"),
    ]
    assert title_in(RULES) == "House rules"
    assert title_in("# Fees\n\nNone.") == "Fees"
    assert title_in("Fees\n\nNone.") is None


def test_given_windows_lines_and_marks_of_other_kinds_then_nothing_of_them_is_left() -> None:
    found = cut(
        "\ufeffFees\r\n=====\r\n\r\n1) Adults pay *five* dollars.\r\n> Children pay __nothing__.\r\n\r\n***\r\n"
    )
    assert [(each.heading, each.text) for each in found] == [("", "Adults pay five dollars.\nChildren pay nothing.")]
    assert [each.text for each in cut("It costs 2 * 3 * 4, and snake_case_stays.")] == [
        "It costs 2 * 3 * 4, and snake_case_stays."
    ]


@each(
    "text",
    [
        "A sentence that goes on. " * 200,
        "word " * 2000,
        "x" * 5000,
        "\n\n".join(f"Paragraph {number}. {'It has some words. ' * 9}" for number in range(30)),
        "# " + "h" * 900 + "\n\n## " + "long heading " * 60 + "\ntext",
        "Q: " + "why " * 200 + "\nA: " + "because it is so. " * 400,
    ],
)
def test_given_anything_long_when_it_is_cut_then_each_passage_is_bounded_and_no_word_is_lost(text: str) -> None:
    found = cut(text)
    assert found
    for passage in found:
        assert len(passage.heading) <= MOST_OF_A_HEADING
        assert 0 < len(passage.text) <= (MOST_OF_AN_ANSWER if "why" in passage.heading else MOST_CHARACTERS)
    if not text.startswith(("#", "Q")):
        assert "".join("".join(each.text for each in found).split()) == "".join(text.split())


def test_given_a_long_answer_when_it_is_cut_then_each_part_has_its_question() -> None:
    parts = list(answered("What are the  rules?", "No shoes on the grass, please. " * 150))
    assert len(parts) > 1 and {each.heading for each in parts} == {"What are the rules?"}


@each("text", ["", " \n\t\n", "---\ntitle: x\n---\n", "***\n\n----\n", "<!-- all of it -->"])
def test_given_nothing_to_read_when_it_is_cut_then_there_is_no_passage(text: str) -> None:
    assert cut(text) == ()


def passage(place: int, heading: str, text: str) -> FoundPassage:
    return FoundPassage("rules.md", "Rules", place, heading, text, 0.5)


DOG = passage(1, "Can I bring my dog?", "Yes, on a leash. It must be quiet.")
HALL = passage(2, "Renting", "The hall costs 40 dollars an hour, and forty for the kitchen.")


@each(
    ("said", "source"),
    [
        ("You can bring your dog on a leash, if it's quiet.", DOG),
        ("An hour in the hall is 40 dollars.", HALL),
        ("The kitchen is forty.", HALL),
        ("I'm afraid I don't have that information.", None),
        ("We meet at nine on Sunday morning behind the library.", None),
        ("Yes.", None),
    ],
)
def test_when_a_sentence_is_said_then_its_source_is_the_passage_with_most_of_its_words(
    said: str, source: FoundPassage | None
) -> None:
    assert source_of(said, (DOG, HALL)) == source
    assert source_of(said, ()) is None
