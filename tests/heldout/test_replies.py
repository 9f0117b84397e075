"""Consent, read-backs, machines and secrets in callers' own words: shares understood, and never a wrong yes."""

from pathlib import Path

import yaml

from shared.domain.language.consent import ConsentAnswer, interpret
from shared.domain.language.machines import is_automatic
from shared.domain.language.secrets import masked
from shared.domain.language.yes_no import yes_or_no

READ_BACK = "Your number is 206 555 0142, and your name is Carl. Is that right?"
LEAST = 0.97
HERE = Path(__file__).parent
REPLIES = yaml.safe_load((HERE / "replies.callers.yaml").read_text(encoding="utf-8"))
LOOKALIKES = yaml.safe_load((HERE / "lookalikes.yaml").read_text(encoding="utf-8"))


def test_given_answers_about_the_recording_then_most_are_understood_and_none_is_a_wrong_yes() -> None:
    read = {label: [(interpret(said), said) for said in lines] for label, lines in REPLIES["consent"].items()}
    wrong = [said for label in ("refused", "unclear") for got, said in read[label] if got is ConsentAnswer.GRANTED]
    assert wrong == []
    for label, answers in read.items():
        missed = [said for got, said in answers if got is not ConsentAnswer(label.upper())]
        assert len(missed) <= (1 - LEAST) * len(answers), (label, missed)


def test_given_answers_to_a_read_back_then_most_are_understood_and_none_is_a_wrong_yes() -> None:
    meant = {"confirmed": True, "declined": False, "open": None}
    read = {label: [(yes_or_no(said, READ_BACK), said) for said in REPLIES["read_back"][label]] for label in meant}
    assert [said for label in ("declined", "open") for got, said in read[label] if got] == []
    for label, answers in read.items():
        missed = [said for got, said in answers if got is not meant[label]]
        assert len(missed) <= max(3, (1 - LEAST) * len(answers)), (label, missed)


def test_given_a_machine_or_a_person_who_sounds_like_one_then_they_are_told_apart() -> None:
    lines = LOOKALIKES["machines"]
    assert [said for said in lines["machine"] if not is_automatic(said)] == []
    assert [said for said in lines["person"] if is_automatic(said)] == []


def test_given_a_secret_or_digits_that_look_like_one_then_only_the_secret_is_masked() -> None:
    lines = LOOKALIKES["secrets"]
    assert [said for said in lines["secret"] if not masked(said).kinds] == []
    assert [said for said in lines["harmless"] if masked(said).kinds] == []
