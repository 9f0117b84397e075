"""Telephones that are not ours, before the SIP service: sipp, and an ear for bare RTP."""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pytest
from sip_people import loudest
from sip_world import World

from lab.stack.ports import free_port

SCENARIOS = Path(__file__).parents[1] / "sip" / "contract" / "sipp"
BARESIP = """sip_listen 127.0.0.1:0
net_interface 127.0.0.1
audio_source aufile,{folder}/say.wav
audio_player aufile,{folder}/unused.wav
snd_path {folder}
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module sndfile.so
module_app account.so
module_app menu.so
"""
"""Of the softphone: it says `say.wav` of its `folder`, and keeps there what it hears."""


@dataclass(frozen=True, repr=False)
class Sipp:
    """How a scenario of sipp's went."""

    code: int
    """0: as it says."""
    messages: str
    """All that went over the wire."""
    said: str

    def __repr__(self) -> str:
        return f"sipp ended with {self.code}:\n{self.messages[-3000:]}"

    @property
    def received(self) -> list[str]:
        """The first lines of what came, in order."""
        return re.findall(r"message received \[\d+\] bytes ?:\s+(\S[^\r\n]*)", self.messages)


def only_root(scenario: Path) -> None:
    """Skips a test whose phone presses keys, where we may not."""
    if os.getuid() != 0 and "play_dtmf" in scenario.read_text():
        pytest.skip("sipp presses keys through a raw socket, which root alone may open")


async def sipp(
    world: World,
    scenario: str,
    number: str,
    folder: Path,
    *options: str,
    caller: str = "+15035550199",
    from_host: str = "",
    seconds: float = 30.0,
) -> Sipp:
    """Runs `sipp/SCENARIO.xml` once against the service."""
    only_root(SCENARIOS / f"{scenario}.xml")
    messages = folder / f"{scenario}-{time.monotonic_ns()}.log"
    command = ["sipp", world.sip, "-sf", SCENARIOS / f"{scenario}.xml", "-s", number, "-i", world.here, "-m", "1"]
    command += ["-key", "caller", caller, "-key", "from_host", from_host or world.here]
    command += ["-nostdin", "-trace_msg", "-message_file", messages, "-timeout", f"{seconds:g}s", *options]
    process = await asyncio.create_subprocess_exec(
        *map(str, command), cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(seconds + 5):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = messages.read_text(errors="replace") if messages.exists() else ""
    assert process.returncode is not None
    return Sipp(process.returncode, text, said.decode(errors="replace"))


@asynccontextmanager
async def sipp_that_answers(world: World) -> AsyncIterator[str]:
    """A phone elsewhere that picks up at once; its `host:port`."""
    port = free_port(world.here)
    process = await asyncio.create_subprocess_exec(
        *("sipp", "-sn", "uas", "-i", world.here, "-p", str(port), "-nostdin"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield f"{world.here}:{port}"
    finally:
        process.kill()
        await process.wait()


class RtpEar:
    """A UDP port that listens to PCMU, inside `async with`."""

    def __init__(self, host: str) -> None:
        self.port = 0
        self._host = host
        self._payloads: list[bytes] = []
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: _Packets(self._payloads), (self._host, 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._transport:
            self._transport.close()

    @property
    def hears(self) -> int:
        """The frequency heard last, 0 for silence."""
        return loudest(_linear(b"".join(self._payloads[-50:])), 8_000)


class _Packets(asyncio.DatagramProtocol):
    def __init__(self, payloads: list[bytes]) -> None:
        self._payloads = payloads

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        if len(data) > 12 and data[1] & 0x7F == 0:
            self._payloads.append(data[12:])


def _linear(mu_law: bytes) -> np.ndarray:
    code = ~np.frombuffer(mu_law, np.uint8)
    size = (((code & 0x0F).astype(np.int32) << 3) + 132 << (code >> 4 & 7)) - 132
    return np.where(code & 0x80, -size, size).astype(np.int16)
