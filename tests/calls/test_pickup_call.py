"""`pickup call`, and what the other commands tell of that call afterwards."""

import io
import json
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.xdist_group("pickup call")


@dataclass(frozen=True)
class Made:
    """A call that was made by the command line."""

    code: int
    stdout: str
    stderr: str
    wav: Path

    @property
    def record(self) -> dict[str, Any]:
        return json.loads(self.stdout)


@pytest.fixture(scope="module")
def made(pickup: Any, tmp_path_factory: pytest.TempPathFactory) -> Made:
    wav = tmp_path_factory.mktemp("heard") / "call.wav"
    done = pickup("call", "--scenario", "hours", "--speed", "3", "--json", "--wav", wav)
    return Made(done.returncode, done.stdout, done.stderr, wav)


def test_given_a_call_as_json_then_stdout_is_its_record_and_stderr_tells_the_story(made: Made) -> None:
    assert made.code == 0, made.stderr
    record = made.record
    assert record["disposition"] == "ANSWERED"
    assert record["ended_at"] is not None
    assert record["release"] == "test"
    assert {line["speaker"] for line in record["transcript"]} == {"agent", "caller"}
    assert float(record["cost_usd"]) > 0
    for told in ("ringing", "answered", "Thank you for calling Grace Community Church", record["call_id"]):
        assert told in made.stderr
    assert "Traceback" not in made.stderr


def test_given_a_call_as_json_then_it_holds_what_the_caller_met_by_the_sound_alone_and_nothing_binary(
    made: Made,
) -> None:
    report = made.record["caller_report"]
    assert report["answered_after_seconds"] > 0
    assert report["greeting_first_sound_after_answer_ms"] >= 0
    assert report["turn_latencies_ms"] and all(0 < latency < 10_000 for latency in report["turn_latencies_ms"])
    assert report["lines"][0]["text"].startswith("No thanks")
    assert "wav" not in report


def test_given_wav_then_it_keeps_what_the_caller_said_on_the_left_and_heard_on_the_right(made: Made) -> None:
    with wave.open(io.BytesIO(made.wav.read_bytes())) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 16_000)
        both = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)
    assert len(both) / 16_000 == pytest.approx(made.record["caller_report"]["duration_seconds"], abs=0.1)
    assert np.abs(both).max(axis=0).min() > 1000, "one of them said nothing"


def test_given_a_call_when_listed_and_shown_then_it_is_there_once_with_all_that_is_known(
    made: Made, pickup: Any
) -> None:
    call_id = made.record["call_id"]
    listed = [call for call in pickup.json("calls") if call["call_id"] == call_id]
    shown = pickup.json("calls", "show", call_id[:8])
    assert [call["disposition"] for call in listed] == ["ANSWERED"]
    assert shown == {name: value for name, value in made.record.items() if name != "caller_report"}
    assert {"ringing", "decided", "answered", "consent", "ended"} <= {event["kind"] for event in shown["events"]}
    assert [consent["answer"] for consent in shown["consents"]] == ["REFUSED"]

    table, story = pickup("calls"), pickup("calls", "show", call_id)
    assert call_id[:8] in table.stdout and "Grace Community" in table.stdout
    assert "Thank you for calling Grace Community Church" in story.stdout
    assert "the call, afterwards" in story.stdout


def test_given_a_number_without_its_template_then_the_call_is_recorded_and_the_reason_told(pickup: Any) -> None:
    done = pickup("call", "--scenario", "hangs_up_early", "--speed", "3", "--to", "+18005550197", "--json")
    assert done.returncode == 1
    record = json.loads(done.stdout)
    assert (record["disposition"], record["outcome"]) == ("ANSWERED", "ERROR")
    assert "template_invalid: no template 'lost'" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
