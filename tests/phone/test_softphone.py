"""Telephones that aren't ours, baresip and sipp, call `pickup answer`: what was heard, and what was understood."""

import json
import shutil
import signal
import subprocess
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sip_phones import BARESIP

from lab.base import sound

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


def test_given_a_softphone_when_it_calls_then_it_hears_the_agent_and_is_understood(pickup: Any, tmp_path: Path) -> None:
    program = shutil.which("baresip")
    if program is None:
        pytest.skip("needs baresip: `make phone-rig` installs it")
    said = script()
    (tmp_path / "say.wav").write_bytes(sound.wav(sound.to_pcm(said), RATE))
    (tmp_path / "config").write_text(BARESIP.format(folder=tmp_path))
    (tmp_path / "accounts").write_text("<sip:+12065550142@127.0.0.1>;regint=0;audio_codecs=pcmu/8000/1\n")

    with pickup.begin("answer", "--port", "0", "--json") as desk:
        address = json.loads(desk.stdout.readline())["ready"]["sip"]
        seconds = len(said) / RATE
        subprocess.run(
            [program, "-f", tmp_path, "-e", f"/dial sip:+12065550100@{address}", "-t", str(round(seconds))],
            cwd=tmp_path,
            capture_output=True,
            timeout=seconds + 20,
            check=True,
        )
        record = json.loads(desk.stdout.readline())["call"]
        desk.send_signal(signal.SIGINT)
        desk.communicate(timeout=30)

    assert (record["disposition"], record["outcome"]) == ("ANSWERED", "QUESTION_ANSWERED")
    assert (record["caller"], record["ended_by"]) == ("+12065550142", "caller")
    caller = " ".join(line["text"] for line in record["transcript"] if line["speaker"] == "caller")
    assert "Sunday" in caller
    (recorded,) = tmp_path.glob("dump-*-dec.wav")
    with wave.open(str(recorded)) as file:
        heard = sound.from_pcm(file.readframes(file.getnframes()))
    greeting = sound.voiced_span(heard[: RATE * 3], RATE)
    assert greeting is not None and greeting[0] < RATE
    assert sum(sound.level(frame) > sound.VOICED for frame in sound.frames_of(heard, RATE // 50)) > 50 * 8


def test_given_sipp_when_it_speaks_then_it_is_understood_and_there_is_one_record(pickup: Any, tmp_path: Path) -> None:
    program = shutil.which("sipp")
    if program is None:
        pytest.skip("needs sipp: `make phone-rig` installs it")
    said = script()
    (tmp_path / "say.ul").write_bytes(sound.mu_law_encode(said))
    scenario = Path(__file__).with_name("speaks.xml")

    with pickup.begin("answer", "--port", "0", "--json") as desk:
        address = json.loads(desk.stdout.readline())["ready"]["sip"]
        seconds = len(said) / RATE
        talk = ("-d", str(round(seconds * 1000)))
        done = subprocess.run(
            [program, address, "-sf", scenario, "-s", "+12065550100", "-i", "127.0.0.1", "-m", "1", "-nostdin", *talk],
            cwd=tmp_path,
            capture_output=True,
            timeout=seconds + 30,
        )
        assert done.returncode == 0, done.stdout[-2000:]
        record = json.loads(desk.stdout.readline())["call"]
        desk.send_signal(signal.SIGINT)
        desk.communicate(timeout=30)

    assert (record["disposition"], record["ended_by"]) == ("ANSWERED", "caller")
    assert record["transcript"][0]["speaker"] == "agent"
    caller = " ".join(line["text"] for line in record["transcript"] if line["speaker"] == "caller")
    assert "Sunday" in caller
