"""The conversation in Redis: taken over from an agent that is gone, saved after each change beside the call's path
(OP-21, OP-28)."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import structlog

from agent.conversation.state import CallState
from shared.calls.session import SaveTally, save_session
from shared.domain.call import Usage
from shared.domain.conversation import Conversation
from shared.errors import StoreError
from shared.ports import Sessions
from shared.tasks import Backoff, Tasks

log = structlog.get_logger(__name__)

LOAD_SECONDS = 0.5
"""The most that looking for an earlier agent's conversation delays the answer; the phone rings meanwhile."""


async def begun_or_taken_over(begun: Conversation, sessions: Sessions) -> Conversation:
    """`begun`; or what an earlier agent of the same call has saved, taken over by the agent of `begun`.

    A successor must go on from the stored version: the store refuses a conversation that begins anew (OP-27).
    """
    try:
        async with asyncio.timeout(LOAD_SECONDS):
            stored = await sessions.load(begun.call_id)
    except (StoreError, TimeoutError) as error:
        # the admission has raised the alert about Redis
        log.warning("earlier session not read", action="load_session", error=str(error) or "timeout")
        return begun
    if stored is None:
        return begun
    log.warning("call taken over", action="load_session", earlier=stored.agent_id, version=stored.version)
    first = stored.began_as
    if (first.tenant_id, first.template) != (begun.tenant_id, begun.template):
        kept = {"answered_at": stored.answered_at, "usage": stored.usage}
        return replace(begun, version=stored.version, takeovers=stored.takeovers + 1, **kept)
    return stored.taken_over(begun.agent_id)


class SessionSaver:
    """One owned task; a slow or lost Redis costs the call nothing, and the newest conversation is what gets saved."""

    def __init__(self, state: CallState, used: Callable[[], tuple[Usage, ...]] = tuple) -> None:
        """`used`: what the call has used so far."""
        self._state = state
        self._used = used
        self._changed = asyncio.Event()
        self.tally = SaveTally()
        self._tasks = Tasks(call_id=state.call_id)
        self._tasks.start("session saver", self._run, restart=Backoff(longest_seconds=5.0))
        state.on_change = self._changed.set

    async def aclose(self) -> None:
        await self._tasks.aclose()

    async def save_for_successor(self) -> None:
        """The conversation as it is at the end of this agent's part: another one goes on from it at once."""
        await self._tasks.aclose()
        async with asyncio.timeout(LOAD_SECONDS):
            await self._save()

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
        newest = replace(state.conversation, usage=self._used() or state.conversation.usage)
        state.conversation = newest.next_version(services.clock.now())
        refused = self.tally.superseded
        await save_session(
            state.conversation,
            sessions=services.sessions,
            alerts=services.alerts,
            tally=self.tally,
        )
        if self.tally.superseded > refused and state.conversation.takeovers:
            await self._pass_predecessor()

    async def _pass_predecessor(self) -> None:
        """Save again, above the version of the agent that was taken over, if that is what is stored.

        Race: it may save once more between this agent's load and this agent's first save.
        """
        state = self._state
        try:
            stored = await state.services.sessions.load(state.call_id)
        except StoreError:
            # the next change saves again
            return
        if stored is not None and stored.takeovers < state.conversation.takeovers:
            state.conversation = replace(state.conversation, version=max(stored.version, state.conversation.version))
            self._changed.set()
