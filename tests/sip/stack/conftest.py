"""A second telephone, as only one SIP stack lives in a process, and sipp as one that isn't ours."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sip_phones import only_root

ROOT = Path(__file__).parents[3]
SCENARIOS = ROOT / "tests" / "sip" / "contract" / "sipp"
SECONDS = 10.0


class Peer:
    """See peer.py. `order` tells it what to do, `told` waits for what it tells."""

    def __init__(self, process: asyncio.subprocess.Process, address: str) -> None:
        self._process = process
        self.address = address

    def order(self, do: str, **more: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": do, **more}).encode() + b"\n")

    async def told(self, what: str, seconds: float = SECONDS) -> Any:
        """The next line that has this word; what comes before is dropped."""
        assert self._process.stdout
        async with asyncio.timeout(seconds):
            while line := await self._process.stdout.readline():
                said = json.loads(line)
                if what in said:
                    return said if what == "called" else said[what]
        raise AssertionError(f"the peer ended before it told {what!r}")


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("peer.py")),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin and process.stdout
    try:
        async with asyncio.timeout(SECONDS):
            address = json.loads(await process.stdout.readline())["ready"]
        yield Peer(process, address)
    finally:
        process.stdin.close()
        try:
            async with asyncio.timeout(SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@pytest.fixture
def sipp(tmp_path: Path) -> Callable[..., Awaitable[None]]:
    """Runs a scenario of the contract suite once against an address; fails when it doesn't go as it says."""
    program = shutil.which("sipp")
    if program is None:
        pytest.skip("needs sipp: `make phone-rig` installs it")

    async def run(scenario: str, address: str, *more: str) -> None:
        only_root(SCENARIOS / f"{scenario}.xml")
        messages = tmp_path / "messages.log"
        process = await asyncio.create_subprocess_exec(
            program, address, "-sf", str(SCENARIOS / f"{scenario}.xml"), "-s", "+12065550100", "-m", "1",
            "-key", "caller", "+15035550199",
            "-i", "127.0.0.1", "-nostdin", "-timeout", "20s", "-trace_msg", "-message_file", str(messages), *more,
            cwd=tmp_path, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(25):
                code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert code == 0, messages.read_text(errors="replace")[-3000:]

    return run
