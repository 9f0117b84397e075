"""The start of a call's session, which is what picks up: it always has a limit (RP-05)."""

import asyncio
from typing import Any

import structlog
from livekit.agents import Agent, AgentSession

from agent.lines.line import Line
from shared.errors import SessionNotStarted

log = structlog.get_logger(__name__)


async def started(line: Line, session: AgentSession[Any], agent: Agent, seconds: float) -> bool:
    """`line.answer`, within so many seconds. Raises `SessionNotStarted` when they are over."""
    log.info("STARTING SESSION - Agent is ready to answer the call...", action="session_starting")
    try:
        async with asyncio.timeout(seconds):
            connected = await line.answer(session, agent)
    except TimeoutError as error:
        log.error("Session start timed out", action="session_start_timeout", seconds=seconds)
        raise SessionNotStarted(f"the session hasn't started within {seconds:g} s") from error
    if connected:
        log.info("Agent session started - call in progress", action="session_started")
    return connected
