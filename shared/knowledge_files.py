"""Reads the files of a tenant's knowledge: plain text, Markdown, and lists of questions in YAML or CSV."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import yaml

from shared.bounded_yaml import load_yaml
from shared.domain.knowledge import Document, Passage, answered, cut, title_in
from shared.errors import InputError

MOST_BYTES = 1_000_000
TEXTS = (".txt", ".md", ".markdown")
LISTS = (".yaml", ".yml", ".csv")
KINDS = (*TEXTS, *LISTS)

_REMEDIES = {
    ".pdf": "save its text (pdftotext FILE.pdf FILE.txt), look it over, and add that",
    ".docx": "save it as plain text, and add that",
    ".doc": "save it as plain text, and add that",
    ".odt": "save it as plain text, and add that",
    ".rtf": "save it as plain text, and add that",
    ".html": "save the page's text as .txt or .md, and add that",
    ".htm": "save the page's text as .txt or .md, and add that",
    ".xlsx": "save the sheet as CSV with the columns question and answer, and add that",
}
_LIST = "give question and answer for each, as a list of {question, answer} or as question: answer"


def read_document(path: Path, name: str) -> Document:
    """The document in a file. Raises `InputError`, which names the file, what is wrong and how to mend it."""
    kind = path.suffix.lower()
    if kind not in KINDS:
        remedy = _REMEDIES.get(kind, f"add one of {', '.join(KINDS)}")
        raise InputError(f"{path}: {kind or 'a file without an ending'} can't be read as knowledge: {remedy}")
    text = _text(path)
    title = re.sub(r"[_\W]+", " ", path.stem).strip() or name
    if kind == ".csv":
        passages = tuple(_of_table(path, text))
    elif kind in LISTS:
        passages = tuple(_of_list(path, text))
    else:
        title, passages = title_in(text) or title, cut(text)
    if not passages:
        raise InputError(f"{path}: there is nothing to read in it")
    return Document(name, title, passages)


def files_in(path: Path) -> list[tuple[Path, str]]:
    """The file, or all files of a folder and of those below it, each with its name there. Hidden ones are left out.

    Raises `InputError` where there is nothing.
    """
    if path.is_file():
        return [(path, path.name)]
    if not path.is_dir():
        raise InputError(f"{path}: there is no such file or folder")
    inside = [each for each in sorted(path.rglob("*")) if each.is_file()]
    names = [(each, each.relative_to(path)) for each in inside]
    found = [(each, str(name)) for each, name in names if not any(part.startswith(".") for part in name.parts)]
    if not found:
        raise InputError(f"{path}: the folder is empty")
    return found


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path}: over {MOST_BYTES // 1_000_000} MB: divide it by subjects into several files")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(f"{path}:{line}: this isn't text in UTF-8: save it as plain text in UTF-8") from error
    if "\0" in text:
        raise InputError(f"{path}: this is a binary file: save what it says as plain text in UTF-8")
    return text


def _of_list(path: Path, text: str) -> Iterator[Passage]:
    try:
        data = load_yaml(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        raise InputError(f"{path}{where}: not YAML: {getattr(error, 'problem', None) or error}") from error
    if isinstance(data, dict) and isinstance(listed := cast("dict[str, Any]", data).get("questions"), list | dict):
        data = cast("Any", listed)
    entries: list[Any]
    match data:
        case dict():
            given = cast("dict[Any, Any]", data)
            entries = [{"question": question, "answer": answer} for question, answer in given.items()]
        case list():
            entries = cast("list[Any]", data)
        case _:
            raise InputError(f"{path}: no list of questions: {_LIST}")
    for number, entry in enumerate(entries, start=1):
        yield from _pair(f"{path}: entry {number}", entry)


def _of_table(path: Path, text: str) -> Iterator[Passage]:
    try:
        rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        for row in rows:
            if any(row.values()):
                yield from _pair(f"{path}:{rows.line_num}", cast("Any", row))
    except csv.Error as error:
        raise InputError(f"{path}: not CSV: {error}") from error


def _pair(where: str, entry: Any) -> Iterator[Passage]:
    names = {"q": "question", "a": "answer"}
    given = cast("dict[Any, Any]", entry).items() if isinstance(entry, dict) else ()
    fields = {str(name).strip().lower(): value for name, value in given}
    pair = {names.get(name, name): value for name, value in fields.items()}
    question, answer = pair.get("question"), pair.get("answer")
    if not all(isinstance(each, str | int | float) and str(each).strip() for each in (question, answer)):
        raise InputError(f"{where}: a question and its answer are missing: {_LIST}; in CSV, columns of these names")
    yield from answered(_spoken(question), _spoken(answer))


def _spoken(value: Any) -> str:
    """YAML reads `yes` and `no` as truth values."""
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
