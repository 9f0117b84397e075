"""The second try of tests that talk to a recogniser (tests/plugins/second_try.py): named, and not without end."""

from pathlib import Path

import pytest
from trial import run_pytest

MISHEARD = """
import pytest
tries = set()

@pytest.mark.requirement("RP-49")
@pytest.mark.parametrize("call", range({calls}))
def test_call(call):
    heard, _ = call in tries, tries.add(call)
    assert heard and {passes}
"""
TWICE = ("-p", "pytest_rerunfailures", "-p", "second_try", "--reruns", "1")


@pytest.mark.parametrize(
    ("calls", "passes", "green", "says"),
    [
        (1, True, True, "made a second time (3 may be): test_it.py::test_call[0]"),
        (4, True, False, "made a second time (at most 3 may be): test_it.py::test_call[0], "),
        (1, False, False, "1 failed"),
    ],
)
def test_a_call_that_was_misheard_once_is_named_and_one_that_fails_twice_or_a_fourth_of_a_run_is_red(
    tmp_path: Path, calls: int, passes: bool, green: bool, says: str
) -> None:
    ran = run_pytest(tmp_path, MISHEARD.format(calls=calls, passes=passes), *TWICE)
    assert says in ran.stdout
    assert (ran.returncode == 0) is green, ran.stdout
    assert ("\n1 of " in ran.stdout) is passes, "the second try says what is proven"
