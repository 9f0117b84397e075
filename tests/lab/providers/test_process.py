"""The process: how it starts and ends."""

import asyncio
import json
import signal
import sys
import time

import httpx

from lab.providers.control import LabControl


async def _start() -> tuple[asyncio.subprocess.Process, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lab.providers", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    line = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    return process, line["ready"]["url"]


async def test_given_the_process_when_stdin_is_closed_then_it_ends_well() -> None:
    process, _ = await _start()
    assert process.stdin is not None
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_given_a_hanging_request_when_terminated_then_it_ends_all_the_same() -> None:
    process, url = await _start()
    async with LabControl(url) as lab:
        await lab.fault("llm", "hang", seconds=60)
    async with httpx.AsyncClient(trust_env=False) as client:
        asking = asyncio.create_task(client.post(f"{url}/v1/chat/completions", json={}))
        async with LabControl(url) as lab:
            while not (await lab.requests())["counts"]["llm"]:
                await asyncio.sleep(0.02)
        started = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
        assert time.perf_counter() - started < 5
        await asyncio.gather(asking, return_exceptions=True)
