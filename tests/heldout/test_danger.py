"""Utterances of callers, written without sight of the signs: shares found, printed and held to what is reached.

The aim is nine in ten of the dangerous ones. Of the part that was kept back while the signs were made two thirds are
found: danger has more words than lists hold, and the model, told to name 988 and 911, is the second net.
"""

from pathlib import Path

import pytest
import yaml

from shared.domain.language.safety import assess

SETS = ("danger.dev.yaml", "danger.held.yaml")
LEAST_FOUND = {"danger.dev.yaml": 0.95, "danger.held.yaml": 0.62}
MOST_FALSE_ALARMS = 0.03


@pytest.mark.requirement("PT-69")
def test_given_danger_in_unseen_words_then_most_is_found_and_figures_of_speech_pass() -> None:
    alarms = harmless = 0
    for name in SETS:
        labels = yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))
        counts = {
            label: (sum(bool(assess(text).dangers) for text in texts), len(texts)) for label, texts in labels.items()
        }
        print(name, {label: f"{found}/{of}" for label, (found, of) in counts.items()})
        false, of = counts.pop("harmless")
        alarms, harmless = alarms + false, harmless + of
        found, dangerous = (sum(column) for column in zip(*counts.values(), strict=True))
        assert found >= LEAST_FOUND[name] * dangerous, (name, found, dangerous)
    assert alarms <= MOST_FALSE_ALARMS * harmless
