"""`pickup answer` called by `pickup test-call` and by sipp, over real SIP: what the caller met, what was recorded."""

import json
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pickup_world import wait_until

SCENARIOS = Path(__file__).parents[1] / "sip" / "contract" / "sipp"
LONG = "description: Says nothing for long.\nsteps: [{silence: 60}]\n"
PATIENT = "description: Hears the greeting.\nsteps: [{hang_up: {when: agent_speaking, after_seconds: 4}}]\n"
GONE = "description: Thinks better of it at once.\nsteps: [{hang_up: {when: ringing}}]\n"
BRIEF = "description: Hears half of the greeting.\nsteps: [{hang_up: {when: agent_speaking, after_seconds: 1}}]\n"


@dataclass
class Desk:
    """A running `pickup answer`."""

    pickup: Any
    process: subprocess.Popen[str]
    address: str

    def call(self, *options: str | Path) -> tuple[int, dict[str, Any]]:
        """What `pickup test-call` ended with, and what it found."""
        done = self.pickup("test-call", "--sip", self.address, "--json", *options)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def records(self, found: dict[str, Any]) -> list[dict[str, Any]]:
        """What was written down of these calls, in the order of their ends."""
        wanted = {call["sip_call_id"] for call in found["calls"]}
        return [self.record_of(wanted) for _ in range(len(wanted))]

    def record_of(self, wanted: set[str] | None = None) -> dict[str, Any]:
        """Of the next call that ends and is one of these; None: any."""
        assert self.process.stdout
        while line := self.process.stdout.readline():
            told = json.loads(line)
            if wanted is None or told["sip_call_id"] in wanted:
                return told["call"]
        raise AssertionError(self.process.stderr and self.process.stderr.read())

    def end(self) -> str:
        self.process.send_signal(signal.SIGINT)
        _, told = self.process.communicate(timeout=40)
        assert self.process.returncode == 0, told
        return told


def open_desk(pickup: Any, *options: str) -> Desk:
    process = pickup.begin("answer", "--port", "0", "--json", *options)
    line = process.stdout.readline()
    assert line, process.stderr.read()
    return Desk(pickup, process, json.loads(line)["ready"]["sip"])


@pytest.fixture(scope="module")
def desk(pickup: Any) -> Iterator[Desk]:
    opened = open_desk(pickup, "--calls", "2")
    with opened.process:
        try:
            yield opened
        finally:
            opened.process.send_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenarios")
    (folder / "long.yaml").write_text(LONG)
    (folder / "patient.yaml").write_text(PATIENT)
    (folder / "gone.yaml").write_text(GONE)
    (folder / "brief.yaml").write_text(BRIEF)
    return folder


def test_given_a_caller_when_it_asks_then_it_is_heard_and_understood_and_one_whole_record_is_left(
    desk: Desk, tmp_path: Path
) -> None:
    wav = tmp_path / "call.wav"
    code, found = desk.call("--scenario", "hours", "--wav", wav)
    assert code == 0, found
    (call,) = found["calls"]
    assert [judgement["name"] for judgement in call["judgements"]] == [
        "answered", "first sound", "greeting", "answer", "answer", "not said", "sound without gaps", "hung up"
    ]  # fmt: skip
    assert "Grace Community" in call["heard"][0]["words"]
    assert wav.stat().st_size > 300_000

    (record,) = desk.records(found)
    assert (record["disposition"], record["outcome"]) == ("ANSWERED", "QUESTION_ANSWERED")
    assert (record["caller"], record["did"]) == ("+12065550142", "+12065550100")
    assert record["ended_at"] and record["end_reason"] == "goodbye"
    said = " ".join(line["text"] for line in record["transcript"] if line["speaker"] == "caller")
    assert "Sunday" in said


def test_given_more_callers_than_places_when_they_call_at_once_then_one_is_refused_and_each_has_its_record(
    desk: Desk, scenarios: Path
) -> None:
    greeting = ("--greeting", "grace community")
    code, found = desk.call("--scenario", scenarios / "patient.yaml", "--count", "3", "--at-once", "3", *greeting)
    assert code == 1
    refused = [call["report"] for call in found["calls"] if call["report"]["answered_after_seconds"] is None]
    assert [(report["ended_by"], report["sip_code"]) for report in refused] == [("agent", 486)]

    records = sorted(desk.records(found), key=lambda record: record["disposition"])
    assert [(record["disposition"], record["outcome"]) for record in records] == [
        ("ANSWERED", "HUNG_UP_EARLY"),
        ("ANSWERED", "HUNG_UP_EARLY"),
        ("BUSY", "REJECTED"),
    ]
    assert len({record["call_id"] for record in records}) == 3


def test_given_an_unknown_number_when_called_then_the_caller_is_told_so(desk: Desk) -> None:
    code, found = desk.call("--scenario", "unknown_number")
    (record,) = desk.records(found)
    assert code == 0, found
    assert "not in service" in found["calls"][0]["heard"][0]["words"]
    assert (record["outcome"], record["tenant_name"]) == ("ANNOUNCED", None)


def test_given_a_caller_who_hangs_up_in_the_greeting_when_recorded_then_it_was_the_caller(
    desk: Desk, scenarios: Path
) -> None:
    _, found = desk.call("--scenario", scenarios / "brief.yaml", "--from", "anonymous")
    (record,) = desk.records(found)
    assert (record["disposition"], record["outcome"]) == ("ANSWERED", "HUNG_UP_EARLY")
    assert (record["ended_by"], record["end_reason"], record["caller"]) == ("caller", "caller_hung_up", None)


def test_given_a_caller_who_gives_up_when_it_rings_then_nobody_answered(desk: Desk, scenarios: Path) -> None:
    code, found = desk.call("--scenario", scenarios / "gone.yaml")
    (record,) = desk.records(found)
    assert code == 0, found
    assert (record["disposition"], record["ended_by"], record["answered_at"]) == ("ABANDONED", "caller", None)


@pytest.mark.parametrize(("scenario", "disposition"), [("plain", "ANSWERED"), ("late_ack", "ANSWERED")])
def test_given_a_phone_of_another_make_when_it_calls_then_it_is_served_as_it_expects(
    desk: Desk, scenario: str, disposition: str, tmp_path: Path
) -> None:
    program = shutil.which("sipp")
    if program is None:
        pytest.skip("needs sipp: `make phone-rig` installs it")
    call_id = f"{scenario}-{uuid.uuid4()}"
    done = subprocess.run(
        [program, desk.address, "-sf", SCENARIOS / f"{scenario}.xml", "-s", "+12065550100", "-m", "1", "-nostdin",
         "-key", "caller", "+15035550199",
         "-i", "127.0.0.1", "-timeout", "20s", "-cid_str", call_id],
        cwd=tmp_path,
        capture_output=True,
        timeout=40,
    )  # fmt: skip
    record = desk.record_of({call_id})
    assert done.returncode == 0, done.stdout[-2000:]
    assert (record["disposition"], record["ended_by"]) == (disposition, "caller")


def test_given_nobody_there_when_called_then_the_caller_gives_up_and_says_so(bare: Any) -> None:
    done = bare("test-call", "--sip", "127.0.0.1:9", "--within", "1", "--json")
    assert done.returncode == 1
    (call,) = json.loads(done.stdout)["calls"]
    assert [(judgement["name"], judgement["holds"]) for judgement in call["judgements"]] == [("answered", False)]


def test_given_nothing_that_runs_when_no_address_is_given_then_it_is_told_what_to_do(bare: Any) -> None:
    done = bare("test-call")
    assert done.returncode == 1
    assert "pickup up" in done.stderr and "--sip" in done.stderr and "Traceback" not in done.stderr
    assert not bare.data_dir.exists()


def test_given_a_running_call_when_interrupted_then_it_is_ended_and_written_down_and_no_more_are_taken(
    pickup: Any, scenarios: Path
) -> None:
    desk = open_desk(pickup, "--drain", "1.5")
    calling = pickup.begin("test-call", "--sip", desk.address, "--scenario", scenarios / "long.yaml", "--json")
    with desk.process, calling:
        wait_until(lambda: "answered" in next_line(desk.process), 30)
        began = time.monotonic()
        told = desk.end()
        assert time.monotonic() - began < 12
        found = json.loads(calling.communicate(timeout=30)[0])
    assert "no new calls" in told
    assert found["calls"][0]["report"]["ended_by"] == "agent"
    record = pickup.json("calls", "--limit", "1")[0]
    assert (record["disposition"], record["end_reason"]) == ("ANSWERED", "cancelled")


def test_given_a_taken_port_when_answering_then_the_error_names_it(bare: Any, desk: Desk) -> None:
    port = desk.address.rpartition(":")[2]
    done = desk.pickup("answer", "--port", port)
    assert done.returncode == 1
    assert f"port {port}" in done.stderr and "Traceback" not in done.stderr


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stderr
    return process.stderr.readline()
