"""What `scripts/structure.py` finds: circles, upward arrows, the names that a module imports."""

import pytest
from structure import circles, floor, imports_of


@pytest.mark.parametrize(
    ("graph", "found"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"a"}, "c": {"a"}}, [["a", "b"]]),
        ({"a": {"b"}, "b": {"c"}, "c": {"d"}, "d": {"b"}, "e": {"f"}, "f": {"e"}}, [["b", "c", "d"], ["e", "f"]]),
    ],
)
def test_given_arrows_when_searched_then_each_circle_is_found_once(
    graph: dict[str, set[str]], found: list[list[str]]
) -> None:
    assert circles(graph) == found


@pytest.mark.parametrize(
    ("upper", "lower"),
    [
        ("cli.call", "local_deploy.fleet"),
        ("lab.stack.stack", "agent.lines.line"),
        ("webhooks.app", "shared.services"),
        ("shared.wiring", "shared.adapters.sql.spool"),
        ("shared.calls.admit", "shared.ports"),
        ("shared.ports", "shared.domain.call"),
    ],
)
def test_given_two_modules_when_placed_then_the_upper_one_may_import_the_lower_one(upper: str, lower: str) -> None:
    assert floor(upper) < floor(lower)


def test_given_an_import_for_the_type_checker_then_it_is_marked_as_one() -> None:
    source = "if TYPE_CHECKING:\n    from shared.adapters.s3 import Bucket\ndef f():\n    import shared.wiring"

    marks = {each.name: (each.deferred, each.typing) for each in imports_of(source, "shared.services")}

    assert marks == {"shared.adapters.s3.Bucket": (True, True), "shared.wiring": (True, False)}
