"""Saves the conversation to Redis after each change, beside the call's path (OP-21, OP-28)."""

import asyncio

from agent.conversation.state import CallState
from shared.calls.session import SaveTally, save_session
from shared.tasks import Backoff, Tasks


class SessionSaver:
    """One owned task; a slow or lost Redis costs the call nothing, and the newest conversation is what gets saved."""

    def __init__(self, state: CallState) -> None:
        self._state = state
        self._changed = asyncio.Event()
        self.tally = SaveTally()
        self._tasks = Tasks(call_id=state.call_id)
        self._tasks.start("session saver", self._run, restart=Backoff(longest_seconds=5.0))
        state.on_change = self._changed.set

    async def aclose(self) -> None:
        await self._tasks.aclose()

    async def _run(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._save()
            except Exception:
                # it isn't saved yet: the next run begins with it
                self._changed.set()
                raise

    async def _save(self) -> None:
        state, services = self._state, self._state.services
        # not a change: it would be saved again
        state.conversation = state.conversation.next_version(services.clock.now())
        await save_session(
            state.conversation,
            sessions=services.sessions,
            alerts=services.alerts,
            tally=self.tally,
        )
