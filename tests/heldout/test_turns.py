"""End of turn on sentences that were written without sight of the rule: counts, and the floor that was reached.

`*.held.yaml` were never read while the rule was written; `*.dev.yaml` were.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.domain.language.end_of_turn import End, ends

HERE = Path(__file__).parent
ASKED = {
    "phone": "What number can we reach you at?",
    "name": "May I have your name?",
    "address": "What is your address?",
}


def rows(name: str) -> list[dict[str, Any]]:
    return yaml.safe_load((HERE / f"{name}.yaml").read_text())


@pytest.mark.parametrize(("name", "cut_at_once", "kept_waiting"), [("turns.dev", 0.0, 0.0), ("turns.held", 0.06, 0.06)])
def test_turns(name: str, cut_at_once: float, kept_waiting: float) -> None:
    """Unfinished utterances aren't answered at once, finished ones aren't kept waiting for the longest delay."""
    found = Counter((row["complete"], ends(row["said"], row["asked"])) for row in rows(name))
    whole = sum(count for (complete, _), count in found.items() if complete)
    half = sum(count for (complete, _), count in found.items() if not complete)
    for complete in (True, False):
        print(name, "finished" if complete else "unfinished", {end.value: found[complete, end] for end in End})
    assert found[False, End.DONE] <= cut_at_once * half
    assert found[True, End.OPEN] <= kept_waiting * whole


@pytest.mark.parametrize(("name", "cut"), [("dictation.dev", 0), ("dictation.held", 0)])
def test_dictation(name: str, cut: int) -> None:
    """Numbers, names and addresses in pieces: before the last piece the agent waits at least 1.2 s."""
    shortest: Counter[End] = Counter()
    last: Counter[End] = Counter()
    for row in rows(name):
        said = [" ".join(row["pieces"][:count]) for count in range(1, len(row["pieces"]) + 1)]
        *before, whole = (ends(each, ASKED[row["asked"]]) for each in said)
        shortest[min(before, key=list(End).index)] += 1
        last[whole] += 1
    print(name, "shortest wait before the last piece", {end.value: shortest[end] for end in End})
    print(name, "after the last piece", {end.value: last[end] for end in End})
    assert shortest[End.DONE] + shortest[End.MAYBE] <= cut
