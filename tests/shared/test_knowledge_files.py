"""The files that knowledge is read from, and what is refused with which remedy."""

from pathlib import Path

import pytest

from shared.domain.knowledge import Passage
from shared.errors import InputError
from shared.knowledge_files import MOST_BYTES, files_in, read_document

PAIRS = (Passage("Is there a lift?", "Yes, by the side door."), Passage("May I smoke?", "No"))


ALIKE = (
    ("faq.txt", "Q: Is there a lift?\nA: Yes, by the side door.\nQ: May I smoke?\nA: No"),
    ("faq.yaml", "- question: Is there a lift?\n  answer: Yes, by the side door.\n- {q: 'May I smoke?', a: 'No'}"),
    ("faq.yml", "questions:\n  Is there a lift?: Yes, by the side door.\n  May I smoke?: 'No'"),
    ("faq.csv", 'Question,Answer,by\nIs there a lift?,"Yes, by the side door.",Ana\n,,\nMay I smoke?,No,\n'),
    ("faq.md", "# faq\n## Is there a lift?\nYes, by the side door.\n## May I smoke?\nNo"),
)


def test_given_questions_in_any_kind_of_file_when_it_is_read_then_each_has_its_answer(tmp_path: Path) -> None:
    for name, content in ALIKE:
        (tmp_path / name).write_text(content)
        document = read_document(tmp_path / name, "its name")
        assert (document.name, document.title, document.passages) == ("its name", "faq", PAIRS), name


def test_when_a_file_names_itself_in_no_way_then_its_title_is_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "house_rules-2026.txt").write_text("No shoes.")
    assert read_document(tmp_path / "house_rules-2026.txt", "x").title == "house rules 2026"


UNUSABLE: tuple[tuple[str, bytes | None, str], ...] = (
    ("leaflet.pdf", b"%PDF-1.7", "leaflet.pdf: .pdf can't be read as knowledge: save its text (pdftotext"),
    ("Fees.DOCX", b"PK", "save it as plain text"),
    ("photo.png", b"\x89PNG", "add one of .txt, .md"),
    ("notes", b"text", "a file without an ending"),
    ("packed.txt", b"abc\0def", "packed.txt: this is a binary file"),
    ("latin.txt", "first\nCaf\xe9".encode("latin-1"), "latin.txt:2: this isn't text in UTF-8"),
    ("big.txt", b"x" * (MOST_BYTES + 1), "big.txt: over 1 MB"),
    ("empty.md", b" \n", "empty.md: there is nothing to read in it"),
    ("gone.txt", None, "gone.txt: No such file"),
    ("bad.yaml", b"- question: [", "bad.yaml:1: not YAML"),
    ("flat.yaml", b"just words", "flat.yaml: no list of questions"),
    ("half.yaml", b"- question: Why?\n- {q: And, a: So}", "half.yaml: entry 1: a question and"),
    ("half.csv", b"question,answer\nWhy?,\n", "half.csv:2: a question and its answer are missing"),
    ("other.csv", b"name,price\nBelt,3\n", "in CSV, columns of these names"),
)


def test_given_a_file_that_cant_be_used_when_it_is_read_then_the_error_says_where_and_how_to_mend_it(
    tmp_path: Path,
) -> None:
    for name, content, complaint in UNUSABLE:
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError) as refused:
            read_document(tmp_path / name, name)
        assert complaint in str(refused.value), name


def test_when_a_folder_is_given_then_all_its_files_are_named_as_they_lie_in_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the folder is empty"):
        files_in(tmp_path)
    for name in ("b.md", "a/c.txt", ".hidden/d.md", "a/.e.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [name for _, name in files_in(tmp_path)] == ["a/c.txt", "b.md"]
    assert [name for _, name in files_in(tmp_path / "b.md")] == ["b.md"]
    with pytest.raises(InputError, match="there is no such file or folder"):
        files_in(tmp_path / "lost")
