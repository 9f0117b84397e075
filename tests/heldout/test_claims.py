"""Sentences of a model, written without sight of the guard's patterns: shares caught, printed and held to the aims."""

import re
from pathlib import Path

import pytest
import yaml

from shared.domain.language.plain_speech import SentenceStream
from shared.domain.language.speech_guard import Spoken, permitted

SETS = ("claims.dev.yaml", "claims.held.yaml")
LEAST_CAUGHT, MOST_FALSE_ALARMS = 0.90, 0.03
_MARKUP = re.compile(r"[\[\]{}<>|*#`=]|_\w|\w_|^\w+:\s")


def guarded(text: str) -> str:
    stream = SentenceStream()
    nothing_done = Spoken(stored=(), recording=False)
    return " ".join(permitted(each, nothing_done) or each for each in (*stream.feed(text), *stream.flush()))


def caught(label: str, text: str) -> bool:
    said = guarded(text)
    changed = said != " ".join(text.split())
    return changed and not _MARKUP.search(said) if label == "not_speech" else changed


@pytest.mark.requirement("PT-66", "PT-75")
def test_given_claims_in_unseen_words_then_nine_in_ten_are_caught_and_facts_pass() -> None:
    for name in SETS:
        labels = yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))
        counts = {label: (sum(caught(label, text) for text in texts), len(texts)) for label, texts in labels.items()}
        print(name, {label: f"{hits}/{all_}" for label, (hits, all_) in counts.items()})
        false_alarms, facts = counts.pop("fine")
        assert false_alarms <= MOST_FALSE_ALARMS * facts
        assert sum(hits for hits, _ in counts.values()) >= LEAST_CAUGHT * sum(all_ for _, all_ in counts.values())
