"""Saves the live session to Redis after each turn, beside the call's path (OP-21, OP-28)."""

import asyncio

from agent.conversation.state import CallState
from shared.calls.session import SaveTally, save_session
from shared.domain.session import Session
from shared.tasks import Backoff, Tasks


class SessionSaver:
    """One owned task; a slow or lost Redis costs the call nothing, and the newest state is what gets saved."""

    def __init__(self, state: CallState) -> None:
        self._state = state
        self._changed = asyncio.Event()
        self._version = 0
        self._tally = SaveTally()
        self._created_at = state.services.clock.now().isoformat()
        self._tasks = Tasks(call_id=state.call_id)
        self._tasks.start("session saver", self._run, restart=Backoff(longest_seconds=5.0))

    def changed(self) -> None:
        """Something was said or done that a successor would need to know."""
        self._changed.set()

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
        self._version += 1
        services = self._state.services
        await save_session(
            self._snapshot(),
            sessions=services.sessions,
            alerts=services.alerts,
            tally=self._tally,
        )

    def _snapshot(self) -> Session:
        state = self._state
        roles = {"caller": "user", "agent": "assistant"}
        return Session(
            session_id=state.call_id,
            version=self._version,
            user_id=None,
            channel="phone",
            current_agent=state.node,
            conversation_history=tuple(
                {"role": roles[line.speaker], "content": line.text} for line in state.transcript.utterances
            ),
            context={
                "phone_number": state.caller,
                "recording_announced": state.consent_asked,
                "recording_enabled": state.recording,
                "template": state.template.name,
                "tenant_id": state.tenant.tenant_id,
                "requests_taken": state.requests_taken,
                "crisis": state.crisis,
                "traversal": list(state.traversal),
            },
            created_at=self._created_at,
            last_activity=state.services.clock.now().isoformat(),
        )
