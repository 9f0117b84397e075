"""Telephones that aren't ours, before the whole system: each call has its end, and one record that says so."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest
from pickup_up import System
from sip_phones import BARESIP, SCENARIOS, only_root, sipp

from lab.base import sound
from shared.domain.call import CallRecord

pytestmark = pytest.mark.timeout(180)

CHURCH = "+12065550100"
HANGS_UP = ("ANSWERED", "caller", "caller_hung_up")
AT_ONCE = 3


async def strict_phone(system: System, scenario: str, caller: str, folder: Path, *options: str) -> CallRecord:
    """Lets sipp live a scenario to its end; the one record of its call."""
    went = await sipp(system, scenario, CHURCH, folder, *options, caller=caller, seconds=60.0)
    assert went.code == 0, f"{scenario}: {went.said}"
    return await system.record_of(caller, 25)


async def test_given_strict_phones_that_hang_up_or_hold_then_each_has_one_record_that_says_so(
    system: System, tmp_path: Path
) -> None:
    if shutil.which("sipp") is None:
        pytest.skip("needs sipp: make phone-rig installs it")
    free = asyncio.Semaphore(AT_ONCE)
    hold = ("-key", "first_port", "26010", "-key", "second_port", "26012")
    scenarios = ("hold", "plain", "late_ack", "twice")

    async def lives(number: int, scenario: str) -> CallRecord:
        async with free:
            options = hold if scenario == "hold" else ()
            return await strict_phone(system, scenario, f"+1503555016{number}", tmp_path, *options)

    records = dict(zip(scenarios, await asyncio.gather(*(lives(*each) for each in enumerate(scenarios))), strict=True))
    assert {name: (r.disposition, r.ended_by, r.end_reason) for name, r in records.items()} == dict.fromkeys(
        records, HANGS_UP
    )
    spoke_first = {name: record.transcript[0]["speaker"] for name, record in records.items() if record.transcript}
    assert spoke_first == dict.fromkeys(records, "agent")


async def test_given_strict_phones_that_press_keys_and_hang_up_or_fall_silent_then_each_has_one_record_that_says_so(
    system: System, tmp_path: Path
) -> None:
    if shutil.which("sipp") is None:
        pytest.skip("needs sipp: make phone-rig installs it")
    only_root(SCENARIOS / "digits.xml")
    record, silent = await asyncio.gather(
        strict_phone(system, "digits", "+15035550166", tmp_path),
        strict_phone(system, "falls_silent", "+15035550167", tmp_path),
    )
    assert (record.disposition, record.ended_by, record.end_reason) == HANGS_UP
    assert record.transcript and record.transcript[0]["speaker"] == "agent"
    assert silent.disposition == "ANSWERED"
    # LiveKit tells a phone that fell silent as one that hung up
    assert silent.outcome in ("NO_INPUT", "HUNG_UP_EARLY")


RATE = 8000


async def test_given_a_softphone_then_it_hears_the_greeting_and_its_record_has_the_conversation(
    system: System, tmp_path: Path
) -> None:
    assert system.lab is not None
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
    record = await system.record_of("+12065550158", 25)
    assert (record.disposition, record.caller) == ("ANSWERED", "+12065550158")
    lines = [line["text"].lower() for line in record.transcript if line["speaker"] == "caller"]
    assert any("church" in line for line in lines), record.transcript
    (recorded,) = tmp_path.glob("dump-*-dec.wav")
    heard = sound.resample(sound.from_pcm(recorded.read_bytes()[44:]), RATE, 16_000)
    assert "thank you for calling" in (await system.lab.hear(sound.to_pcm(heard[: 45 * 16_000]))).lower()
