"""The worker as a command."""

import asyncio
import sys
from pathlib import Path

from shared.config import as_environment

ROOT = Path(__file__).parents[3]


async def test_given_settings_that_lack_livekit_then_it_says_what_is_missing_and_ends_with_2() -> None:
    bare = {name: value for name, value in as_environment({"stage": "local"}).items() if "LIVEKIT" not in name}
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "agent.worker"), cwd=ROOT, env=bare, stderr=asyncio.subprocess.PIPE
    )
    _, told = await asyncio.wait_for(worker.communicate(), 30)
    assert worker.returncode == 2
    assert "set LIVEKIT_URL and LIVEKIT_API_KEY and LIVEKIT_API_SECRET" in told.decode()
