"""Work that runs beside has an owner (`shared.tasks.Tasks`), who reports its failure and ends it. An AST test.

A bare task is allowed where the function that starts it also awaits it, as it must outlive a cancellation or is one of
several that are waited for: each such place stands here with its reason.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("agent", "background", "bench", "cli", "lab", "local_deploy", "modal_deploy", "shared", "webhooks")
STARTERS = ("create_task", "ensure_future")

ALLOWED = {
    "shared/tasks.py:start": "the owner itself",
    "shared/tasks.py:first": "awaits all of them",
    "shared/tasks.py:to_its_end": "outlives a cancellation; awaited",
    "shared/adapters/sql/spool.py:write": "keeping a write outlives a cancellation; awaited",
    "shared/process.py:interruptible": "a signal cancels it; awaited",
    "shared/calls/complete.py:complete_call": "the last write of a call outlives a cancellation; awaited",
    "agent/announcement.py:announce": "the line's end is waited for beside what is prepared and spoken; awaited",
    "agent/conversation/holding.py:before": "the first piece is waited for beside the call to hold; awaited",
    "agent/conversation/responses.py:respond": "the answer to consent is spoken while it is stored; awaited",
    "agent/conversation/ending.py:until_the_end": "the last words end with the line; awaited",
    "agent/lines/room.py:_unless_ended": "ends with the leg; awaited",
    "agent/worker/attend.py:attend": "joins while the services open; cancelled and awaited by the exit stack",
    "agent/worker/outliving.py:outlive_worker": "the framework's, which cancels and awaits it",
    "local_deploy/simulated_call.py:simulate_call": "agent and caller end in this order; both are awaited",
    "local_deploy/system.py:_stop": "can be hurried by a second Ctrl-C; awaited",
    "bench/caller.py:_within": "ends with the connection; awaited",
    "bench/runner.py:answered": "the agent's side of a call; awaited",
}


def places() -> Iterator[tuple[str, str]]:
    """Every place that starts a bare task, as `file:function`, with its line."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            for function, line in bare_tasks(ast.parse(path.read_text(encoding="utf-8"))):
                yield f"{name}:{function}", f"{name}:{line}"


def bare_tasks(tree: ast.AST, function: str = "", groups: frozenset[str] = frozenset()) -> Iterator[tuple[str, int]]:
    """The innermost function and the line of each start. The tasks of an `asyncio.TaskGroup` are owned by the group."""
    for node in ast.iter_child_nodes(tree):
        inside, known = function, groups
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = node.name
        elif isinstance(node, ast.AsyncWith):
            known = groups | {
                item.optional_vars.id
                for item in node.items
                if isinstance(item.optional_vars, ast.Name) and "TaskGroup" in ast.unparse(item.context_expr)
            }
        elif isinstance(node, ast.Call) and _starts(node.func, groups):
            yield function, node.lineno
        yield from bare_tasks(node, inside, known)


def _starts(called: ast.expr, groups: frozenset[str]) -> bool:
    match called:
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return name in STARTERS and owner not in groups
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name in STARTERS
        case _:
            return False


def test_given_the_code_when_searched_then_every_task_has_an_owner() -> None:
    unowned = [line for place, line in places() if place not in ALLOWED]
    assert unowned == [], "start these by shared.tasks.Tasks, or await them here and say in ALLOWED why"


def test_given_the_allowed_places_when_searched_then_each_still_starts_a_task() -> None:
    assert set(ALLOWED) - {place for place, _ in places()} == set()


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("async def f(): asyncio.create_task(g())", ["f"]),
        ("async def f(): create_task(g())", ["f"]),
        ("async def f(): asyncio.get_running_loop().create_task(g())", ["f"]),
        ("async def f(): asyncio.ensure_future(g())", ["f"]),
        ("async def f():\n async with asyncio.TaskGroup() as group: group.create_task(g())", []),
        ("async def f():\n async with asyncio.timeout(1), asyncio.TaskGroup() as group: group.create_task(g())", []),
        ("async def f():\n async with Tasks() as tasks: tasks.start('g', g)", []),
        ("async def f():\n async def h(): loop.create_task(g())", ["h"]),
    ],
)
def test_given_code_when_searched_then_bare_tasks_are_found(code: str, found: list[str]) -> None:
    assert [function for function, _ in bare_tasks(ast.parse(code))] == found
