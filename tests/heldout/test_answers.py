"""Answers to the two questions of code, written without sight of the patterns: shares read rightly, printed and held.

Before the patterns read whole utterances (first sight): consent 25 of 25 grants, 25 of 25 refusals, 22 of 26 unclear
ones; read-back 19 of 25 yeses, 12 of 22 noes, 23 of 27 that are neither yet. Ten of the misses recorded a caller, or
sent a request, without a yes.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from shared.domain.language.consent import interpret
from shared.domain.language.yes_no import confirms, declines

SETS = ("answers.dev.yaml", "answers.held.yaml")
LEAST = {"granted": 0.9, "refused": 1.0, "unclear": 1.0, "yes": 0.85, "no": 0.75, "not_yet": 0.9}
WITHOUT_A_YES = ("refused", "unclear", "no", "not_yet")


def consent(utterance: str) -> str:
    return interpret(utterance).value.lower()


def read_back(utterance: str) -> str:
    if confirms(utterance):
        return "yes"
    return "no" if declines(utterance) else "not_yet"


READ: dict[str, Callable[[str], str]] = {"consent": consent, "read_back": read_back}


@pytest.mark.requirement("OP-78", "OP-80", "PT-64")
def test_given_answers_in_unseen_words_then_most_are_read_rightly_and_none_is_a_yes_that_was_not_said() -> None:
    for name in SETS:
        data = yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))
        for question, labels in data.items():
            for label, texts in labels.items():
                read = [READ[question](text) for text in texts]
                print(f"{name} {question} {label}: {read.count(label)}/{len(texts)}")
                assert read.count(label) >= LEAST[label] * len(texts), (name, label)
                if label in WITHOUT_A_YES:
                    assert not {"yes", "granted"} & set(read), (name, label)
