"""Takes behaviour out of the domain's rules, a small piece at a time, and lists what no test noticed. `make mutate`.

    mutate.py [--seconds 300] [--seed 1] [FILE …]

A sample of the mutants that cosmic-ray makes of shared/domain (or of the files) is tested by the files' own tests,
those at the same place under tests/, for as long as the time allows; in copies of the checkout, one at a time in each.
Exit code 0, whatever survived: a mutant may be as good as the original. 2: the unchanged tests fail.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
RULES = "shared/domain"
TEST_SECONDS = 60.0
"""A mutant whose tests run longer than that counts as noticed: it hangs."""
POINTLESS = ("BitOr", "_Is", "_IsNot")
"""Operators with this in their names: annotations (`int | None`), which nothing runs, and `is` for `==`, which mostly
means the same."""

_ONE = """
import json, sys
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_item import MutationSpec
path, operator, occurrence, command, seconds = json.loads(sys.argv[1])
mutation = MutationSpec(path, operator, occurrence, (0, 0), (0, 1))
result = mutate_and_test([mutation], command, seconds)
print(json.dumps([result.is_killed, result.diff]))
"""


@dataclass(frozen=True)
class Mutant:
    """A change to a file, by the name of cosmic-ray's operator and the place at which it applies."""

    path: str
    operator: str
    occurrence: int


def tests_of(path: str) -> str | None:
    """The file of tests that mirrors it; None where there is none."""
    place = Path("tests") / Path(path).with_name(f"test_{Path(path).name}")
    return str(place) if (ROOT / place).exists() else None


def mutants_of(path: str) -> Iterator[Mutant]:
    """Every mutant of the file."""
    from cosmic_ray.ast import ast_nodes, get_ast_from_path
    from cosmic_ray.plugins import get_operator, operator_names

    tree = get_ast_from_path(ROOT / path)
    for name in operator_names():
        operator = get_operator(name)
        if any(word in name for word in POINTLESS) or operator.arguments():
            continue
        places = sum(1 for node in ast_nodes(tree) for _ in operator().mutation_positions(node))
        yield from (Mutant(path, name, occurrence) for occurrence in range(places))


def copied(folder: Path) -> Path:
    """A copy of the checkout's tracked and new files."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def survives(mutant: Mutant, folder: Path) -> str | None:
    """The change as a diff, if its tests pass with it; None when they notice."""
    wanted = [mutant.path, mutant.operator, mutant.occurrence, command(tests_of(mutant.path) or ""), TEST_SECONDS]
    done = subprocess.run(
        [sys.executable, "-c", _ONE, json.dumps(wanted)],
        cwd=folder,
        env=_surroundings(),
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{mutant} could not be tested: {done.stderr[-500:]}")
    killed, diff = json.loads(done.stdout.splitlines()[-1])
    return None if killed else diff


def command(tests: str) -> str:
    return f"{sys.executable} -m pytest -q -x -p no:cacheprovider --timeout 0 {tests}"


def _surroundings() -> dict[str, str]:
    # the copy's modules, not those that are installed in place
    return {**os.environ, "PYTHONPATH": ".", "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": ""}


def main() -> int:
    parser = argparse.ArgumentParser(description="Which changes to the domain's rules no test notices.")
    parser.add_argument("--seconds", type=float, default=300.0, help="for how long to test mutants")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="chooses the sample")
    parser.add_argument("files", nargs="*", help=f"of {RULES}; all of them by default")
    wanted = parser.parse_args()
    console = Console()
    every = [str(path.relative_to(ROOT)) for path in sorted((ROOT / RULES).rglob("*.py"))]
    files = [path for path in wanted.files or every if tests_of(path)]
    with tempfile.TemporaryDirectory(prefix="pickup-mutants-") as folder:
        return _sample(console, files, wanted.seconds, wanted.seed, Path(folder))


def _sample(console: Console, files: Sequence[str], seconds: float, seed: int, folder: Path) -> int:
    workers = os.cpu_count() or 1
    copies = [copied(folder / str(number)) for number in range(workers)]
    unchanged = subprocess.run(
        command(" ".join(filter(None, map(tests_of, files)))).split(),
        cwd=copies[0],
        env=_surroundings(),
        capture_output=True,
    )
    if unchanged.returncode != 0:
        console.print(unchanged.stdout.decode()[-2000:], markup=False)
        return 2
    mutants = [mutant for path in files for mutant in mutants_of(path)]
    random.Random(seed).shuffle(mutants)
    deadline, queue, tested = time.monotonic() + seconds, iter(mutants), list[tuple[Mutant, str | None]]()

    def work(copy: Path) -> None:
        while time.monotonic() < deadline and (mutant := next(queue, None)) is not None:
            tested.append((mutant, survives(mutant, copy)))

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, copies))
    survivors = [(mutant, diff) for mutant, diff in tested if diff]
    for mutant, diff in sorted(survivors, key=lambda each: each[0].path):
        console.print(f"[red]survived[/] {mutant.path}: {mutant.operator.rpartition('/')[2]}", highlight=False)
        changed = (line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---"))
        console.print("\n".join(changed), markup=False, highlight=False)
    noticed = len(tested) - len(survivors)
    console.print(f"{noticed} of {len(tested)} mutants noticed, of {len(mutants)} in {len(files)} files (seed {seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
