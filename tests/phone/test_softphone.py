"""Telephones that aren't ours, baresip and sipp, call `pickup answer`: what was heard, and what was understood."""

import json
import shutil
import signal
import subprocess
import wave
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sip_phones import BARESIP

from lab.base import sound

CHURCH = "+12065550100"
RATE = 8000
LINES = ((12.0, "No thanks, I'd rather you didn't."), (7.0, "When do you folks get together on Sundays?"))
"""Each after so many seconds of silence."""
LISTEN_SECONDS = 9.0


def script() -> sound.Samples:
    from hibari import Hibari

    voice, pieces = Hibari(threads=1), list[sound.Samples]()
    for pause, text in LINES:
        pieces += [np.zeros(round(RATE * pause), dtype=np.float32)]
        pieces += [sound.trimmed(sound.resample(voice(text), 24_000, RATE), RATE)]
    return np.concatenate([*pieces, np.zeros(round(RATE * LISTEN_SECONDS), dtype=np.float32)])


@dataclass(frozen=True)
class Calls:
    """Two calls at once to one `pickup answer`."""

    records: dict[str, dict[str, Any]]
    """By what the caller is: `baresip`, `sipp`."""
    sipp: subprocess.CompletedProcess[bytes]
    heard: sound.Samples
    """What baresip's user heard, at RATE."""


@pytest.fixture(scope="module")
def calls(pickup: Any, tmp_path_factory: pytest.TempPathFactory) -> Calls:
    baresip, sipp = shutil.which("baresip"), shutil.which("sipp")
    if baresip is None or sipp is None:
        pytest.skip("needs baresip and sipp: `make phone-rig` installs them")
    folder, said = tmp_path_factory.mktemp("phones"), script()
    (folder / "say.wav").write_bytes(sound.wav(sound.to_pcm(said), RATE))
    (folder / "say.ul").write_bytes(sound.mu_law_encode(said))
    (folder / "config").write_text(BARESIP.format(folder=folder))
    (folder / "accounts").write_text("<sip:+12065550142@127.0.0.1>;regint=0;audio_codecs=pcmu/8000/1\n")
    scenario, seconds = Path(__file__).with_name("speaks.xml"), len(said) / RATE
    dial = ("-e", f"/dial sip:{CHURCH}@{{address}}", "-t", str(round(seconds)))
    talk = ("-s", CHURCH, "-i", "127.0.0.1", "-m", "1", "-nostdin", "-d", str(round(seconds * 1000)))

    with pickup.begin("answer", "--port", "0", "--json", "--calls", "2") as desk:
        address = json.loads(desk.stdout.readline())["ready"]["sip"]
        commands = (
            [baresip, "-f", str(folder), *(word.format(address=address) for word in dial)],
            [sipp, address, "-sf", str(scenario), *talk],
        )
        with ThreadPoolExecutor() as both:
            soft, strict = both.map(
                lambda command: subprocess.run(command, cwd=folder, capture_output=True, timeout=seconds + 30), commands
            )
        assert soft.returncode == 0, soft.stdout[-2000:]
        records = [json.loads(desk.stdout.readline())["call"] for _ in commands]
        desk.send_signal(signal.SIGINT)
        desk.communicate(timeout=30)
    (recorded,) = folder.glob("dump-*-dec.wav")
    with wave.open(str(recorded)) as file:
        heard = sound.from_pcm(file.readframes(file.getnframes()))
    names = {record["call_id"]: "baresip" if record["caller"] == "+12065550142" else "sipp" for record in records}
    return Calls({names[record["call_id"]]: record for record in records}, strict, heard)


def test_given_a_softphone_when_it_calls_then_it_hears_the_agent_and_is_understood(calls: Calls) -> None:
    record = calls.records["baresip"]
    assert (record["disposition"], record["outcome"]) == ("ANSWERED", "QUESTION_ANSWERED")
    assert (record["caller"], record["ended_by"]) == ("+12065550142", "caller")
    assert "Sunday" in caller_words(record)
    greeting = sound.voiced_span(calls.heard[: RATE * 3], RATE)
    assert greeting is not None and greeting[0] < RATE
    assert sum(sound.level(frame) > sound.VOICED for frame in sound.frames_of(calls.heard, RATE // 50)) > 50 * 8


def test_given_sipp_when_it_speaks_then_it_is_understood_and_there_is_one_record(calls: Calls) -> None:
    assert calls.sipp.returncode == 0, calls.sipp.stdout[-2000:]
    record = calls.records["sipp"]
    assert (record["disposition"], record["ended_by"]) == ("ANSWERED", "caller")
    assert record["transcript"][0]["speaker"] == "agent"
    assert "Sunday" in caller_words(record)


def caller_words(record: dict[str, Any]) -> str:
    return " ".join(line["text"] for line in record["transcript"] if line["speaker"] == "caller")
