"""Telephones that aren't ours, before the whole system: each call has its end, and one record that says so."""

import asyncio
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sip_phones import BARESIP, sipp

from lab.base import sound
from shared.domain.call import CallRecord

pytestmark = pytest.mark.timeout(180)

CHURCH = "+12065550100"


async def new_record(system: Any, before: set[str], seconds: float = 25.0) -> CallRecord:
    """The one call since then, complete."""
    async with asyncio.timeout(seconds):
        while True:
            new = [record for record in await system.records() if record.call_id not in before]
            if new and all(record.disposition for record in new):
                assert len(new) == 1, new
                return new[0]
            await asyncio.sleep(0.2)


@pytest.fixture
async def before(system: Any) -> set[str]:
    """The ids of the calls there were."""
    return {record.call_id for record in await system.records()}


@pytest.fixture
def telephone_of_sipp() -> None:
    if shutil.which("sipp") is None:
        pytest.skip("needs sipp: make phone-rig installs it")


@pytest.mark.usefixtures("telephone_of_sipp")
@pytest.mark.parametrize("scenario", ["plain", "late_ack", "digits", "twice"])
async def test_given_a_strict_phone_that_hangs_up_then_one_record_says_that_the_caller_did(
    scenario: str, system: Any, before: set[str], tmp_path: Path
) -> None:
    went = await sipp(system, scenario, CHURCH, tmp_path)

    assert went.code == 0, went.said
    record = await new_record(system, before)
    assert (record.disposition, record.ended_by, record.end_reason) == ("ANSWERED", "caller", "caller_hung_up")
    assert record.transcript and record.transcript[0]["speaker"] == "agent"


@pytest.mark.usefixtures("telephone_of_sipp")
async def test_given_a_strict_phone_that_holds_and_comes_back_then_one_record_says_that_the_caller_hung_up(
    system: Any, before: set[str], tmp_path: Path
) -> None:
    ports = ("-key", "first_port", "26010", "-key", "second_port", "26012")
    went = await sipp(system, "hold", CHURCH, tmp_path, *ports)

    assert went.code == 0, went.said
    record = await new_record(system, before)
    assert (record.disposition, record.end_reason) == ("ANSWERED", "caller_hung_up")


@pytest.mark.usefixtures("telephone_of_sipp")
async def test_given_a_strict_phone_that_sends_no_sound_then_the_call_ends_and_the_record_says_how(
    system: Any, before: set[str], tmp_path: Path
) -> None:
    went = await sipp(system, "falls_silent", CHURCH, tmp_path, seconds=60.0)

    assert went.code == 0, went.said
    record = await new_record(system, before)
    assert record.disposition == "ANSWERED"
    # LiveKit tells a phone that fell silent as one that hung up
    assert record.outcome in ("NO_INPUT", "HUNG_UP_EARLY")


RATE = 8000


async def test_given_a_softphone_then_it_hears_the_greeting_and_its_record_has_the_conversation(
    system: Any, before: set[str], tmp_path: Path
) -> None:
    program = shutil.which("baresip")
    if program is None:
        pytest.skip("needs baresip: make phone-rig installs it")
    refusal = sound.resample(sound.from_pcm(await system.lab.say("No thank you, don't record it.")), 24_000, RATE)
    question = sound.resample(sound.from_pcm(await system.lab.say("Where exactly is your church?")), 24_000, RATE)
    pauses = [sound.from_pcm(bytes(2 * RATE * seconds)) for seconds in (13, 7, 10)]
    said = [pauses[0], refusal, pauses[1], question, pauses[2]]
    (tmp_path / "say.wav").write_bytes(sound.wav(b"".join(map(sound.to_pcm, said)), RATE))
    (tmp_path / "config").write_text(BARESIP.format(folder=tmp_path))
    (tmp_path / "accounts").write_text("<sip:+12065550158@127.0.0.1>;regint=0;audio_codecs=pcmu/8000/1\n")
    seconds = round(sum(map(len, said)) / RATE)
    command = [program, "-f", tmp_path, "-e", f"/dial sip:{CHURCH}@{system.sip}", "-t", str(seconds)]

    done = await asyncio.to_thread(
        subprocess.run, command, cwd=tmp_path, capture_output=True, timeout=seconds + 20, check=False
    )

    assert done.returncode == 0, done.stdout
    record = await new_record(system, before)
    assert (record.disposition, record.caller) == ("ANSWERED", "+12065550158")
    lines = [line["text"].lower() for line in record.transcript if line["speaker"] == "caller"]
    assert any("church" in line for line in lines), record.transcript
    (recorded,) = tmp_path.glob("dump-*-dec.wav")
    heard = sound.resample(sound.from_pcm(recorded.read_bytes()[44:]), RATE, 16_000)
    assert "thank you for calling" in (await system.lab.hear(sound.to_pcm(heard[: 45 * 16_000]))).lower()
