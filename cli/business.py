"""`pickup business new`: makes the files of a new business, which can be called at once."""

import hashlib
import keyword
import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from shared.errors import InputError

ROOT = Path(__file__).parents[1]
SKELETON = Path(__file__).parent / "skeleton"
"""Its files, each with `.txt` behind its name; `skeleton` in their paths and texts is the business's name."""
MOST_LETTERS = 30

app = typer.Typer(help="Kinds of businesses. Example:  pickup business new bakery", no_args_is_help=True)

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_AREA = "+1425555"
"""Its numbers from 0100 to 0199 are fictional."""


@app.callback()
def business() -> None:
    """Kinds of businesses. Example:  pickup business new bakery"""


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits and underscores: bakery, dog_hotel.")],
    folder: Annotated[
        Path | None, typer.Option(help="Another checkout of Pickup to write to; else the one that this command is of.")
    ] = None,
) -> None:
    """Make a new business: its template, a tool that reads back, its rows in SQL, a demo tenant, a scenario and a test.

    Example:  pickup business new bakery
    """
    root = folder or ROOT
    written = new_business(name, root)
    console = Console()
    for path in written:
        console.print(f"  {path.relative_to(root)}", highlight=False)
    console.print("\nCall it:", highlight=False)
    template = f"agent/businesses/{name}/template.yaml"
    for command in (
        "make baseline clean",
        f".venv/bin/pickup template check {template}",
        f".venv/bin/pickup call --scenario {name}",
        f".venv/bin/pytest tests/agent/businesses/test_{name}.py",
    ):
        console.print(f"  {command}", highlight=False)
    console.print("\ndocs/templates.md, Add a business, leads through the rest.", highlight=False)


def new_business(name: str, root: Path) -> list[Path]:
    """Writes the files of a new business into this checkout; gives their paths. Raises `InputError` before it writes
    any: for a bad name, one that is taken, or a folder that is no checkout."""
    if not (root / "agent" / "businesses").is_dir() or not (root / "supabase" / "schema").is_dir():
        raise InputError(f"{root} is no checkout of Pickup: it has no agent/businesses and supabase/schema")
    if not _NAME.fullmatch(name) or len(name) > MOST_LETTERS or keyword.iskeyword(name):
        raise InputError(
            f"{name!r} can't be a business's name: give lower-case letters, digits and underscores, a letter first, "
            f"{MOST_LETTERS} at most, and no word of Python's own: dog_hotel"
        )
    files = {root / _named(path.relative_to(SKELETON), name): path for path in sorted(SKELETON.rglob("*.txt"))}
    taken = [path for path in (*files, root / "agent" / "businesses" / f"{name}.py") if path.exists()]
    if taken:
        raise InputError(f"{name!r} is taken: there is {taken[0].relative_to(root)}; choose another name")
    words = {
        "SKELETON_TITLE": name.replace("_", " ").title(),
        "SKELETON_TENANT": _tenant_id(name),
        "SKELETON_DID": _free_number(root),
        "Skeleton": "".join(part.title() for part in name.split("_")),
        "skeleton": name,
    }
    for path, source in files.items():
        text = source.read_text(encoding="utf-8")
        for word, meaning in words.items():
            text = text.replace(word, meaning)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_sorted_imports(text) if path.suffix == ".py" else text, encoding="utf-8")
    return list(files)


def _named(path: Path, name: str) -> str:
    return str(path).removesuffix(".txt").replace("skeleton", name)


def _tenant_id(name: str) -> str:
    """No demo tenant's: the demo line doesn't offer it."""
    return f"00000000-0000-4000-b000-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _free_number(root: Path) -> str:
    """The first fictional number that no seed has."""
    seeds = "".join(path.read_text(encoding="utf-8") for path in (root / "supabase" / "seeds").glob("*.sql"))
    free = (f"{_AREA}{last:04d}" for last in range(100, 200))
    number = next((each for each in free if each not in seeds), None)
    if number is None:
        raise InputError(
            f"all fictional numbers from {_AREA}0100 to {_AREA}0199 are in supabase/seeds: remove a business"
        )
    return number


def _sorted_imports(text: str) -> str:
    """With the lines of each block of imports in order, as a new name may stand elsewhere among them."""
    blocks = re.split(r"((?:^from .*\n)+)", text, flags=re.MULTILINE)
    return "".join("".join(sorted(part.splitlines(True))) if part.startswith("from ") else part for part in blocks)
