"""What the turn-taking benchmark makes of a caller's report."""

from typing import Any

import pytest

from bench.turn_taking.calls import judged, scenario_of
from bench.turn_taking.report import shares, times
from bench.turn_taking.script import ASIDE, COUGHING, CYCLE, DICTATED, LONG, QUESTIONS, SIGN, WORDS, Kind
from lab.person.report import CallerReport, SpokenLine

NOT_STOPPED = {"false yields: coughs": 0.0}
"""The agent paused between two words of its own."""


def report(*lines: SpokenLine, agent: tuple[tuple[float, float], ...] = ()) -> CallerReport:
    opening = SpokenLine("Hello.", 0, 500, 300)
    return CallerReport(0.1, 100, (), (opening, *lines), agent, b"", 60, "caller", "caller_hung_up", None)


def line(kind: Kind, started: float, **more: Any) -> SpokenLine:
    return SpokenLine(kind.text, started, started + 1000, **{"latency_ms": None, **more})


def test_given_an_agent_that_stops_for_words_alone_then_it_has_no_false_yield_and_no_cut_in() -> None:
    kinds = (QUESTIONS[0], LONG, SIGN, ASIDE, COUGHING, WORDS, DICTATED)
    heard = report(
        line(kinds[0], 1_000, latency_ms=250),
        line(kinds[1], 4_000, latency_ms=350),
        line(kinds[2], 6_000, latency_ms=700, yielded_ms=260),
        line(kinds[3], 8_000, latency_ms=900, yielded_ms=250),
        line(kinds[4], 10_000, yielded_ms=4_000),
        line(kinds[5], 12_000, latency_ms=300, yielded_ms=240),
        line(kinds[6], 15_000, latency_ms=1_400),
        agent=((2_250, 3_500), (16_400, 18_000)),
    )
    found = judged(kinds, heard, ["Is there parking?", "What should I wear to church?", "Sorry, how do I give?"])

    assert {name: each.value for name, each in shares(found).items()} == {
        "responded": 1.0,
        "stopped for words": 1.0,
        "false yields: signs": 0.0,
        "false yields: talk to others": 0.0,
        "false yields: coughs": 0.0,
        "false cut-ins": 0.0,
        "dead air": 0.0,
    }
    assert times(found) == {
        "answered after": [250, 350],
        "stopped after": [240],
        "quiet after a sign": [700, 900, 0],
    }


def test_given_the_script_then_each_utterance_is_a_step_after_the_opening() -> None:
    steps = scenario_of(7, CYCLE).steps

    assert len(steps) == len(CYCLE) + 1
    assert [step.kind == "interrupt" for step in steps[1:]] == [kind.over_answer for kind in CYCLE]


@pytest.mark.parametrize(
    ("kind", "more", "agent", "turns", "share"),
    [
        (QUESTIONS[0], {}, (), [], {"responded": 0.0, "dead air": 1.0}),
        (WORDS, {"latency_ms": 3_200, "yielded_ms": 2_400}, (), [], {"stopped for words": 0.0, "dead air": 1.0}),
        (SIGN, {"latency_ms": 400, "yielded_ms": 250}, (), ["Uh-huh."], {"false yields: signs": 1.0}),
        (ASIDE, {"latency_ms": 400}, (), ["Okay, bye bye, sweetie."], {"false yields: talk to others": 1.0}),
        (COUGHING, {"latency_ms": 400, "yielded_ms": 300}, (), [], {"false yields: coughs": 1.0}),
        (COUGHING, {"latency_ms": 400, "yielded_ms": 300}, ((500, 1_300), (1_650, 4_000)), [], NOT_STOPPED),
        (DICTATED, {"latency_ms": 400}, ((1_500, 1_800),), [], {"false cut-ins": 1.0, "dead air": 0.0}),
    ],
)
def test_given_an_agent_that_errs_then_the_share_says_so(
    kind: Kind, more: dict[str, Any], agent: Any, turns: list[str], share: dict[str, float]
) -> None:
    found = judged((kind,), report(line(kind, 1_000, **more), agent=agent), turns)

    assert {name: each.value for name, each in shares(found).items()} == share
