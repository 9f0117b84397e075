"""A call judged by its sound and its signalling alone."""

import numpy as np
import pytest

from lab.base import sound
from lab.person.judge import Judgement, Limits, Turn, judge, turns_of
from lab.person.report import CallerReport
from lab.person.scenario import Scenario, load_scenario

HOURS = load_scenario("hours")
GREETING = Turn(100, 9000, "Thank you for calling Grace Community Church.")
ANSWER = Turn(15000, 20000, "Services are at 9 and 11.")
GOODBYE = Turn(25000, 27000, "Thank you. Goodbye!")


def report(**changes: object) -> CallerReport:
    whole: dict[str, object] = {
        "answered_after_seconds": 0.4,
        "greeting_first_sound_after_answer_ms": 100.0,
        "turn_latencies_ms": (),
        "lines": (),
        "agent_spoke_ms": ((100.0, 9000.0),),
        "wav": b"",
        "duration_seconds": 30.0,
        "ended_by": "agent",
        "end_reason": "hung_up",
        "sip_code": None,
    }
    return CallerReport(**{**whole, **changes})  # type: ignore[arg-type]


def failures(judged: tuple[Judgement, ...]) -> list[str]:
    return [judgement.name for judgement in judged if not judgement.holds]


def test_given_a_call_as_it_should_be_when_judged_then_all_holds() -> None:
    judged = judge(HOURS, report(), [GREETING, ANSWER, GOODBYE], 30.0, Limits())
    assert failures(judged) == []
    assert [judgement.finding for judgement in judged if judgement.name == "answer"] == ["“9 and 11”", "“Goodbye”"]


@pytest.mark.parametrize(
    ("changes", "turns", "gap_ms", "failed"),
    [
        ({"answered_after_seconds": 9.0}, [GREETING, ANSWER, GOODBYE], 30.0, ["answered"]),
        ({"greeting_first_sound_after_answer_ms": 2500.0}, [GREETING, ANSWER, GOODBYE], 30.0, ["first sound"]),
        ({}, [ANSWER, GOODBYE], 30.0, ["greeting"]),
        ({}, [GREETING, GOODBYE], 30.0, ["answer"]),
        ({}, [GREETING, GOODBYE, ANSWER], 30.0, ["answer"]),
        ({}, [GREETING, ANSWER, GOODBYE], 900.0, ["sound without gaps"]),
        ({"ended_by": "system"}, [GREETING, ANSWER, GOODBYE], 30.0, ["hung up"]),
        ({"greeting_first_sound_after_answer_ms": None}, [], 30.0, ["first sound", "greeting", "answer", "answer"]),
        (
            {},
            [GREETING, ANSWER, Turn(21000, 24000, "I'm having technical trouble."), GOODBYE],
            30.0,
            ["not said"],
        ),
    ],
)
def test_given_a_call_with_a_fault_when_judged_then_that_is_named(
    changes: dict[str, object], turns: list[Turn], gap_ms: float, failed: list[str]
) -> None:
    assert failures(judge(HOURS, report(**changes), turns, gap_ms, Limits())) == failed


def test_given_a_refusal_when_judged_then_its_code_is_told() -> None:
    refused = report(answered_after_seconds=None, ended_by="agent", end_reason="refused", sip_code=486)
    (judgement,) = judge(HOURS, refused, [], 0.0, Limits())
    assert (judgement.name, judgement.holds, judgement.finding) == ("answered", False, "ended by agent: refused (486)")


def test_given_a_caller_who_gives_up_when_nobody_answered_then_that_is_right() -> None:
    script = Scenario.model_validate(
        {"name": "gone", "description": "Gone.", "steps": [{"hang_up": {"when": "ringing"}}]}
    )
    gone = report(answered_after_seconds=None, ended_by="caller", end_reason="caller_hung_up")
    assert failures(judge(script, gone, [], 0.0, Limits())) == []
    assert failures(judge(script, report(), [], 0.0, Limits())) == ["not answered"]


def test_given_a_greeting_of_ones_own_when_judged_then_the_scenarios_first_words_are_looked_for_too() -> None:
    judged = judge(HOURS, report(), [GREETING, ANSWER, GOODBYE], 30.0, Limits(), greeting="good morning")
    assert failures(judged) == ["greeting"]


async def test_given_pauses_when_turns_are_cut_then_each_turn_is_recognised_by_itself() -> None:
    heard = list[int]()

    async def hear(pcm: bytes) -> str:
        heard.append(len(pcm) // 32)
        return f" words of {len(heard)} "

    seconds = np.zeros(16000 * 10, dtype=np.float32)
    wav = sound.wav(sound.stereo(b"", sound.to_pcm(seconds)), 16000, channels=2)
    spans = ((500.0, 1000.0), (1500.0, 2000.0), (4000.0, 6000.0))
    turns = await turns_of(report(agent_spoke_ms=spans, wav=wav), hear)
    assert [(turn.started_ms, turn.ended_ms, turn.words) for turn in turns] == [
        (500.0, 2000.0, "words of 1"),
        (4000.0, 6000.0, "words of 2"),
    ]
    assert heard == [1800, 2300]
