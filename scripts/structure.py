"""The facts of the structure, measured from the imports: `make check` prints them and fails where one is broken.

    python scripts/structure.py          the table, and what is broken
    python scripts/structure.py --json   the same figures for machines

A circle is a set of files that import each other, directly or over others; a folder circle is the same between folders
of one house. An upward arrow is an import against FLOORS. Imports inside functions count, those for the type checker
alone don't.
"""

import ast
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

FLOORS: tuple[tuple[str, ...], ...] = (
    ("bench", "cli"),
    ("local_deploy", "app"),
    ("lab", "modal_deploy"),
    ("agent", "webhooks", "background"),
    ("shared.wiring",),
    ("shared.adapters", "shared.services"),
    ("shared.calls",),
    ("shared.ports",),
    ("shared",),
    ("shared.domain",),
)
"""From the top down: a module imports from its own floor or from lower ones. The longest prefix tells a module's."""
PRODUCT = ("agent", "app", "background", "cli", "local_deploy", "modal_deploy", "shared", "webhooks")
OURS = (*PRODUCT, "bench", "lab")
LONG, TOO_LONG = 250, 500
LONG_SHARE = 0.10


@dataclass(frozen=True)
class Import:
    """One imported name, dotted and in full (`from shared import errors` is `shared.errors`), and where."""

    importer: str
    name: str
    line: int
    deferred: bool
    """Whether loading the importer doesn't load it: it stands in a function, or for the type checker alone."""
    typing: bool = False
    """Whether it is for the type checker alone."""


@dataclass(frozen=True)
class Facts:
    files: int
    product_lines: int
    lab_lines: int
    bench_lines: int
    test_lines: int
    over_250: int
    over_500: int
    circles: list[list[str]]
    folder_circles: list[list[str]]
    upward: list[str]

    @property
    def broken(self) -> list[str]:
        """What `make check` fails for, a line each."""
        return [
            *(f"circle of files: {' -> '.join(circle)}" for circle in self.circles),
            *(f"circle of folders: {' -> '.join(circle)}" for circle in self.folder_circles),
            *(f"upward arrow: {arrow}" for arrow in self.upward),
            *self._too_long,
        ]

    @property
    def _too_long(self) -> Iterator[str]:
        if self.over_500:
            yield f"{self.over_500} files have over {TOO_LONG} lines"
        if self.over_250 > LONG_SHARE * self.files:
            yield f"{self.over_250} of {self.files} files have over {LONG} lines: at most a tenth may"


def imports_of(source: str, importer: str, *, is_package: bool = False) -> list[Import]:
    """All that a module imports, `importlib.import_module("…")` and a use of `os.environ` included."""
    found: list[Import] = []

    def visit(node: ast.AST, deferred: bool, typing: bool) -> None:
        line = getattr(node, "lineno", 0)
        found.extend(Import(importer, name, line, deferred, typing) for name in _names(node, importer, is_package))
        typing = typing or _for_the_type_checker(node)
        deferred = deferred or typing or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            visit(child, deferred, typing)

    visit(ast.parse(source), False, False)
    return found


def _for_the_type_checker(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _names(node: ast.AST, importer: str, is_package: bool) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            base = ".".join(importer.split(".")[: len(importer.split(".")) - level + is_package]) if level else ""
            origin = ".".join(part for part in (base, module) if part)
            yield from (origin if alias.name == "*" else f"{origin}.{alias.name}" for alias in names)
        case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]) if ast.unparse(func) in (
            "__import__",
            "import_module",
            "importlib.import_module",
        ):
            yield name
        case ast.Attribute(value=ast.Name(id="os"), attr=attribute):
            yield f"os.{attribute}"


def sources() -> Iterator[tuple[Path, str]]:
    """Every source file of ours with its module name."""
    for top in OURS:
        for path in [ROOT / f"{top}.py", *sorted((ROOT / top).rglob("*.py"))]:
            if path.exists():
                yield path, ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def measured() -> Facts:
    modules = {module: path for path, module in sources()}
    graph: dict[str, set[str]] = {module: set() for module in modules}
    for module, path in modules.items():
        found = imports_of(path.read_text(encoding="utf-8"), module, is_package=path.stem == "__init__")
        targets = {_module(each.name, modules) for each in found if not each.typing}
        graph[module] = {target for target in targets if target is not None and target != module}
    lengths = {module: _lines(path) for module, path in modules.items()}
    return Facts(
        files=len(modules),
        product_lines=_sum(lengths, PRODUCT),
        lab_lines=_sum(lengths, ("lab",)),
        bench_lines=_sum(lengths, ("bench",)),
        test_lines=sum(_lines(path) for path in (ROOT / "tests").rglob("*.py")),
        over_250=sum(length > LONG for length in lengths.values()),
        over_500=sum(length > TOO_LONG for length in lengths.values()),
        circles=circles(graph),
        folder_circles=circles(_folders(graph, modules)),
        upward=[
            f"{module} -> {target}"
            for module, targets in sorted(graph.items())
            for target in sorted(targets)
            if floor(module) > floor(target)
        ],
    )


def floor(module: str) -> int:
    """0 is the top."""
    best = max(
        (
            (prefix, number)
            for number, prefixes in enumerate(FLOORS)
            for prefix in prefixes
            if within(module, (prefix,))
        ),
        key=lambda found: len(found[0]),
    )
    return best[1]


def within(name: str, prefixes: Sequence[str]) -> bool:
    """Whether a dotted name is one of the prefixes or lies under one."""
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The sets of nodes that reach each other (strongly connected components of over one node), each sorted."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in graph[node]:
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            component = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(component) > 1:
                found.append(sorted(component))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def _folders(graph: Mapping[str, set[str]], modules: Mapping[str, Path]) -> dict[str, set[str]]:
    """The arrows between folders; a file that lies beside folders stands for itself."""
    outer = {path.parents[1] for path in modules.values()}
    folder = {
        module: module if path.parent in outer else ".".join(path.parent.relative_to(ROOT).parts)
        for module, path in modules.items()
    }
    arrows: dict[str, set[str]] = defaultdict(set)
    for module, targets in graph.items():
        arrows[folder[module]] |= {folder[target] for target in targets} - {folder[module]}
        for target in targets:
            arrows.setdefault(folder[target], set())
    return arrows


def _module(name: str, modules: Mapping[str, Path]) -> str | None:
    """The module of ours that a dotted name lies in: itself, or what defines its last part."""
    if name in modules:
        return name
    return parent if (parent := name.rpartition(".")[0]) in modules else None


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _sum(lengths: Mapping[str, int], tops: Sequence[str]) -> int:
    return sum(length for module, length in lengths.items() if within(module, tops))


def main() -> int:
    facts = measured()
    if "--json" in sys.argv[1:]:
        print(json.dumps(asdict(facts) | {"broken": facts.broken}, indent=2))
    else:
        print(
            f"structure: {facts.files} files; lines: product {facts.product_lines}, lab {facts.lab_lines}, bench "
            f"{facts.bench_lines}, tests {facts.test_lines}; over {LONG}: {facts.over_250}, over {TOO_LONG}: "
            f"{facts.over_500}; circles of files: {len(facts.circles)}, of folders: {len(facts.folder_circles)}; "
            f"upward arrows: {len(facts.upward)}"
        )
        for line in facts.broken:
            print(f"  {line}")
    return 1 if facts.broken else 0


if __name__ == "__main__":
    sys.exit(main())
