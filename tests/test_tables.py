"""A table of sentences as one test."""

import pytest
from tables import each


def test_given_rows_that_fail_when_the_table_is_run_then_each_is_named_with_its_reason() -> None:
    @each("word", ["one", "two", "three"])
    def short(word: str) -> None:
        assert len(word) == 3

    with pytest.raises(pytest.fail.Exception, match=r"(?s)1 of 3:\n'three': .*5 == 3"):
        short()


def test_given_rows_of_several_values_when_the_table_is_run_then_each_is_a_name_s() -> None:
    seen = list[tuple[str, int]]()

    @each(("word", "length"), [("one", 3), ("four", 4)])
    def measured(word: str, length: int) -> None:
        seen.append((word, length))
        assert len(word) == length

    measured()
    assert seen == [("one", 3), ("four", 4)]


def test_given_no_rows_then_the_table_is_refused() -> None:
    with pytest.raises(AssertionError, match="no rows"):
        each("word", [])(lambda word: None)
