"""What the repository must keep: nothing of a machine or a person in it, small files, commands that exist."""

import ast
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from structure import sources

ROOT = Path(__file__).resolve().parents[1]

MAX_LINES, LONG_LINES, LONG_SHARE = 500, 250, 0.1
CODE = (".py", ".sql", ".lua", ".sh", ".js", ".ts", ".css", ".html", ".yml", ".yaml", ".toml", ".json")

# Spelled in parts, as this file is one of those that are read.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("repo1", "maven", "org"),
    )
)
MACHINE_PATH = re.compile(r"(?<![\w./$}*-])/(?:work|root|opt/wheels|home/\w+|Users/\w+)(?:/|\b(?!\w))")

E164 = r"(?<![\w.+])\+\d[\d\-. ()]{6,16}\d\b"
AMERICAN = r"(?<![\w.+$-])(?<!\d )(?:1[-. ]?)?\(?[2-9]\d{2}\)?[-. ]?[2-9]\d{2}[-. ]?\d{4}(?![\w-]|\.\d| \d)"
PHONE = re.compile(f"{E164}|{AMERICAN}")
FICTIONAL = re.compile(
    r"^(?:\d*55501\d*|1415555"  # 555-0100 to 555-0199 of every American area code, and samples made of it
    # what other countries keep for drama
    r"|440?(?:207946|1\d\d4960|7700900)\d*|33(?:19900|63998)\d+|490?(?:3023125|2214710)\d*|46701740\d+|614915\d+"
    r"|\d*123456\d*|9876543210|1?0+|(\d)\1+"  # samples of digits in their order; one digit again and again
    r"|(?:808|870|878|88[123]|979)\d+|44909\d+|\d{3}976\d{4}|\d{3}5551212"  # of services and satellites
    r"|1?(?:266696687|7378742833|86282452253))$"  # words on the keypad
)
MAIL = re.compile(r"\b[\w.+-]+@([\w-]+(?:\.[\w-]+)+)\b")
SAFE_MAIL = re.compile(
    r"(?:^|\.)(?:example(?:\.(?:com|org|net))?|invalid|test|localhost)$|^[\d.-]+$|^pytest\."
)  # or a version, or a decorator
KEYS = re.compile(
    r"\bsk-[A-Za-z0-9_-]{20,}|\bsk_live_\w{10,}|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bxox[abpr]-[\w-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[\w-]{15,}\.eyJ[\w-]{10,}"
    r"|(?i:key|token|secret|password)\W{1,5}(?-i:[0-9a-f]{32,})\b"
)


def git(*arguments: str) -> str:
    # A clone may belong to another account than the one that runs the tests.
    command = ["git", "-c", "safe.directory=*", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout


def files() -> list[Path]:
    """All that is tracked, and what is about to be: not ignored."""
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return [ROOT / name for name in sorted(set(listed)) if name and (ROOT / name).is_file()]


def lines() -> Iterator[tuple[str, str]]:
    """Every line of every text, with its place. The lock holds only names, versions and hashes (a test of its own)."""
    for path in files():
        if path.name == "requirements.lock":
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            yield f"{path.relative_to(ROOT)}:{number}", line


def phone_numbers(line: str) -> list[str]:
    """What reads as a telephone number, in digits, and isn't one that films may use."""
    found = [re.sub(r"\D", "", match.group()) for match in PHONE.finditer(line)]
    return [digits for digits in found if not FICTIONAL.match(digits)]


def test_given_all_files_when_searched_then_no_registry_is_named() -> None:
    assert [f"{place}: {host}" for place, line in lines() for host in REGISTRIES if host in line.lower()] == []


def test_given_all_files_when_searched_then_no_path_of_a_machine_is_in_them() -> None:
    assert [f"{place}: {line.strip()}" for place, line in lines() if MACHINE_PATH.search(line)] == []


@pytest.mark.requirement("DU-10")
def test_given_all_files_when_searched_then_no_ones_number_or_address_is_in_them() -> None:
    numbers = [f"{place}: {digits}" for place, line in lines() for digits in phone_numbers(line)]
    mails = [
        f"{place}: {match.group()}"
        for place, line in lines()
        for match in MAIL.finditer(line)
        if not SAFE_MAIL.search(match.group(1).lower())
    ]

    assert numbers == []
    assert mails == []


@pytest.mark.requirement("DU-10")
def test_given_all_files_when_searched_then_no_key_is_in_them() -> None:
    assert [place for place, line in lines() if KEYS.search(line)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("call +1 206 " + "867-5309 now", ["1206" + "8675309"]),
        ("(206) " + "867-5309", ["206" + "8675309"]),
        ("206" + "8675309", ["206" + "8675309"]),
        ("sip:+1206" + "8675309@host", ["1206" + "8675309"]),
        ("+49 30 " + "90182093", ["4930" + "90182093"]),
        ("+12065550142, (206) 555-0142, 206-555-0199", []),
        ("00000000-0000-4000-a000-000000000001 20261121090500 1700000000.5", []),
    ],
)
def test_given_a_text_when_searched_then_real_numbers_are_found_and_fictional_ones_arent(
    text: str, found: list[str]
) -> None:
    assert sorted(set(phone_numbers(text))) == found


@pytest.mark.parametrize(
    "text",
    [
        "OPENAI_API_KEY=sk-" + "proj" + "A1b2" * 8,
        "deepgram_api_key: '" + "0a1b2c3d" * 5 + "'",
        "-----BEGIN " + "PRIVATE KEY-----",
        "Bearer eyJ" + "hbGciOiJIUzI1NiJ9." + "eyJ" + "yb2xlIjoic2VydmljZSJ9.x",
    ],
)
def test_given_a_key_when_searched_then_it_is_found(text: str) -> None:
    assert KEYS.search(text)


@pytest.mark.parametrize(
    "path", ["/wo" + "rk/main", "cd /ro" + "ot/x", '"/ho' + 'me/maria/a.wav"', "=/Us" + "ers/maria/"]
)
def test_given_a_path_of_a_machine_when_searched_then_it_is_found(path: str) -> None:
    assert MACHINE_PATH.search(path)
    assert not MACHINE_PATH.search("docs/work/x, shared/root.py, https://host.example/work/1, ~/x, $ROOT/work")


def test_given_the_tracked_files_when_listed_then_no_lock_with_addresses_is_among_them() -> None:
    names = {path.name for path in files()}
    resolved = [path for path in files() if path.name == "package-lock.json" and '"resolved"' in path.read_text()]

    assert names & {"uv.lock", "poetry.lock", "Pipfile.lock", "yarn.lock", "pnpm-lock.yaml", "pdm.lock"} == set()
    assert resolved == []


def test_given_the_lock_when_read_then_every_package_is_pinned_with_hashes_and_nothing_else_is_in_it() -> None:
    name, pin, digest = r"[a-z0-9][a-z0-9._-]*(?:\[[a-z0-9,-]+\])?", r"==[\w.!+]+", r"    --hash=sha256:[0-9a-f]{64}"
    entry = re.compile(rf"{name}{pin}(?: ; [^\\\n]+)? \\\n(?:{digest} \\\n)*{digest}\n")

    rest = entry.sub("", (ROOT / "requirements.lock").read_text())

    assert rest == ""


def test_given_the_code_when_measured_then_no_file_is_too_long_and_few_are_long() -> None:
    code = [path for path in files() if path.suffix in CODE or path.name == "Makefile" or path.parent.name == "scripts"]
    # a migration is history; what is read and changed is supabase/schema
    code = [path for path in code if path.parent.name != "migrations"]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in code}
    long = sorted(name for name, length in lengths.items() if length > LONG_LINES)

    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}
    assert len(long) <= LONG_SHARE * len(lengths), f"{len(long)} of {len(lengths)} files are long: {long}"


def documents() -> list[Path]:
    """What a user reads; the requirements aren't instructions."""
    paths = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [path for path in paths if "requirements" not in path.relative_to(ROOT).parts]


def commands() -> list[tuple[str, str]]:
    """Every command a document tells a reader to type, with its document: in a fenced block, or `inline`."""
    found: list[tuple[str, str]] = []
    for path in documents():
        text = path.read_text(encoding="utf-8")
        blocks = re.findall(r"^```(?:sh|bash|console)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        typed = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
        inline = re.findall(
            r"`((?:make|pickup|scripts/\w+)(?: [^`]*)?)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        )
        found += [(path.name, command) for command in typed + inline if command and not command.startswith("#")]
    return found


FREE = {"git", "cd", "open", "export"}
"""Commands in documents that aren't ours to check."""


@pytest.mark.parametrize(("document", "command"), commands())
def test_given_a_command_in_the_documents_when_checked_then_it_exists_and_takes_those_options(
    document: str, command: str
) -> None:
    words = shlex.split(command, comments=True)
    while words and re.match(r"^[A-Z_]+=", words[0]):
        words.pop(0)
    program = words[0].removeprefix(".venv/bin/")
    if program in FREE:
        return
    if program == "make":
        subprocess.run(["make", "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, check=True, timeout=30)
        passed_on = next((word.removeprefix("ARGS=") for word in words if word.startswith("ARGS=")), "")
        if "call" in words:
            parse(["call", *shlex.split(passed_on)])
    elif program == "pickup":
        parse(words[1:])
    else:
        assert (ROOT / words[0]).exists() or (ROOT / ".venv/bin" / program).exists(), f"{document}: {command}"


@pytest.mark.parametrize("wrong", ["pickup no-such-command", "pickup call --no-such-option", "pickup route"])
def test_given_a_wrong_command_when_checked_then_it_is_found(wrong: str) -> None:
    with pytest.raises(Exception, match=r"(?i)no such|missing"):
        parse(shlex.split(wrong)[1:])


def parse(arguments: list[str]) -> None:
    """Reads a command line of `pickup` as typer would, without running it. Raises what typer raises for a wrong one."""
    from cli.main import app

    # Typer's commands are of classes that it keeps to itself.
    command: Any = typer.main.get_command(app)
    context = command.make_context("pickup", list(arguments), resilient_parsing=not arguments)
    while hasattr(command, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        if not rest:
            return
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)


NO_NAMES = frozenset({"told", "seen", "asked", "noted", "trouble", "tape", "tapes"})
"""Words that name nothing: who told what to whom isn't in them (CONTRIBUTING, Words)."""


def test_given_the_products_names_when_read_then_each_says_what_it_is() -> None:
    named = [
        f"{path.relative_to(ROOT)}:{node.lineno} {name}"
        for path, _ in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _names_given_by(node)
        if name.strip("_").lower() in NO_NAMES
    ]

    assert named == []


def _names_given_by(node: ast.AST) -> list[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.arg():
            return [node.arg]
        case ast.Name(ctx=ast.Store()):
            return [node.id]
        case ast.Attribute(ctx=ast.Store()):
            return [node.attr]
        case _:
            return []
