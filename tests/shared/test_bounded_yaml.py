from itertools import pairwise

import pytest
import yaml

from shared.bounded_yaml import load_yaml


def test_given_what_people_write_when_it_is_loaded_then_it_is_what_the_library_reads() -> None:
    for text in ("a: &x [1, {b: c}]\nd: *x\n", "", "- a\n- b: [c]\n"):
        assert load_yaml(text) == yaml.safe_load(text)


def test_given_text_that_would_hold_up_the_machine_when_it_is_loaded_then_its_line_is_named() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in pairwise("abcdefghijklmnop"))
    for text, words, line in (("a:\n- " + "[" * 20_000, "levels deep", 2), (bomb, "aliases", 12)):
        with pytest.raises(yaml.MarkedYAMLError, match=words) as raised:
            load_yaml(text)
        assert raised.value.problem_mark is not None and raised.value.problem_mark.line + 1 == line, words
