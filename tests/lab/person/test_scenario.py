"""Scenario files: what a good one means, and how a bad one is refused."""

from pathlib import Path

import pytest
import yaml

from lab.person.scenario import (
    DEFAULT,
    HangUp,
    Interrupt,
    Listen,
    Press,
    Say,
    Silence,
    all_scenarios,
    load_scenario,
    names,
)
from shared.domain.call import Disposition, Outcome
from shared.errors import InputError

CHURCH = Path(__file__).parents[3] / "agent" / "businesses" / "church" / "template.yaml"


def written(folder: Path, text: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_given_each_kind_of_step_when_read_then_the_short_forms_mean_what_they_say(tmp_path: Path) -> None:
    scenario = load_scenario(
        written(
            tmp_path,
            """
description: All steps.
steps:
  - say: Hello.
  - say: {text: Hello again.}
  - interrupt: Stop!
  - interrupt: {say: Stop!, after_seconds: 2}
  - listen
  - listen: 2
  - silence: 3.5
  - press: 12#
  - hang_up
  - hang_up: {when: agent_speaking, after_seconds: 1}
""",
        )
    )
    assert scenario.name == "mine"
    assert scenario.steps == (
        Say(text="Hello."),
        Say(text="Hello again."),
        Interrupt(say="Stop!"),
        Interrupt(say="Stop!", after_seconds=2),
        Listen(),
        Listen(turns=2),
        Silence(seconds=3.5),
        Press(digits="12#"),
        HangUp(),
        HangUp(when="agent_speaking", after_seconds=1),
    )
    assert scenario.texts() == ("Hello.", "Hello again.", "Stop!")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("steps: []\n", "mine.yaml:1: description: Field required"),
        ("description: x\nsteps:\n  - say: ''\n", "mine.yaml:3: steps.0.text"),
        ("description: x\nsteps:\n  - say: Hi\n  - shout: Hi\n", "mine.yaml:4: steps.1: "),
        ("description: x\nsteps:\n  - say: Hi\n    press: 1\n", "one key with its value"),
        ("description: x\nsteps:\n  - press: hello\n", "mine.yaml:3: steps.0.digits"),
        ("description: x\ncodec: mp3\nsteps: []\n", "mine.yaml:2: codec: Input should be 'wideband' or 'g711'"),
        ("description: x\nspeed: 3\nsteps: []\n", "mine.yaml:2: speed: Extra inputs are not permitted"),
        ("description: x\nsteps: []\nanswers:\n  - {heard: '(', say: Hi}\n", "mine.yaml:4: answers.0.heard"),
        ("description: [x\n", "mine.yaml:2: expected"),
        ("- say: Hi\n", "mine.yaml:1: a scenario is a mapping"),
        ("", "mine.yaml:1: a scenario is a mapping"),
    ],
)
def test_given_a_bad_file_when_read_then_line_and_reason_are_told(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(InputError) as refused:
        load_scenario(written(tmp_path, text))
    assert reason in str(refused.value)


def test_given_no_such_scenario_when_asked_for_then_those_there_are_are_named() -> None:
    with pytest.raises(InputError, match=r"no scenario 'hour'; shipped: .*hours.*prayer"):
        load_scenario("hour")


def test_given_other_numbers_when_asked_for_then_they_replace_the_files() -> None:
    scenario = load_scenario(DEFAULT, did="+12075550110", caller="anonymous")
    assert (scenario.did, scenario.caller) == ("+12075550110", None)
    assert load_scenario(DEFAULT).did == "+12065550100"


def test_given_the_shipped_ones_when_read_then_all_are_whole() -> None:
    assert DEFAULT in names()
    assert len(names()) >= 17
    for scenario in all_scenarios():
        assert scenario.description.endswith("."), scenario.name
        assert scenario.steps, scenario.name
        if scenario.expect.outcome:
            Outcome(scenario.expect.outcome)
        if scenario.expect.disposition:
            Disposition(scenario.expect.disposition)


def test_given_the_shipped_lines_when_compared_then_none_is_an_example_of_the_template() -> None:
    book = yaml.safe_load(CHURCH.read_text(encoding="utf-8"))
    intents = [intent for node in book["nodes"].values() for intent in node.get("intents", [])]
    examples = {example.casefold().strip(" .?!") for intent in intents for example in intent["examples"]}
    lines = {text.casefold().strip(" .?!") for scenario in all_scenarios() for text in scenario.texts()}
    assert not lines & examples
