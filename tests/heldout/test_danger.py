"""Utterances of callers, written without sight of signs and corpus: shares found, printed and held to what is reached.

The aim is nine in ten of the dangerous ones with 3 false alarms in 100. `dev` was read when signs were made, `held` was
only counted; `unseen` and `callers` were counted first, and read afterwards to mend signs and corpus. What such a set
shows before it is read is the honest figure: of the last (40 and 60) 36 were found, and 2 were false.
The harmless ones are hard: figures of speech, sickness, equipment, refusals, names and numbers.
"""

from pathlib import Path

import pytest
import yaml

from shared.domain.language.safety import assess

LEAST_FOUND = {
    "danger.dev.yaml": 0.95,
    "danger.held.yaml": 0.83,
    "danger.unseen.yaml": 0.92,
    "danger.callers.yaml": 0.97,
    "danger.callers2.yaml": 0.97,
}
MOST_FALSE_ALARMS = 0.02


@pytest.mark.requirement("PT-69")
def test_given_danger_in_unseen_words_then_most_is_found_and_figures_of_speech_pass() -> None:
    alarms = harmless = 0
    for name, least in LEAST_FOUND.items():
        labels = yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))
        counts = {
            label: (sum(bool(assess(text).dangers) for text in texts), len(texts)) for label, texts in labels.items()
        }
        print(name, {label: f"{found}/{of}" for label, (found, of) in counts.items()})
        false, of = counts.pop("harmless")
        alarms, harmless = alarms + false, harmless + of
        found, dangerous = (sum(column) for column in zip(*counts.values(), strict=True))
        assert found >= least * dangerous, (name, found, dangerous)
    assert alarms <= MOST_FALSE_ALARMS * harmless
