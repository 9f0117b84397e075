"""Versions of templates, and which of them serve the calls of one stage."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from shared.domain.rollout import Rollout, TemplateHistory


class Templates(Protocol):
    """Versions belong to all stages, rollouts to the adapter's own.

    Writes aren't spooled: they are commands of a person, who sees that they failed. What can't be done is an
    `InputError`, every other failure a `StoreError`.
    """

    async def put(self, name: str, body: dict[str, Any]) -> int:
        """Add a version that serves nobody yet. A body that the name has already is that version."""
        ...

    async def publish(self, name: str, version: int, share: int, key: str) -> Rollout:
        """Let a version serve so many percent of the callers; 100 makes it the stable one. `key` is the command's own:
        a command that comes twice changes nothing."""
        ...

    async def roll_back(self, name: str, key: str) -> Rollout:
        """End the trial; without one, go back to what was stable before."""
        ...

    async def withdraw(self, name: str, key: str, shipped: Mapping[str, Any]) -> Rollout:
        """The template answers no call, until it is published or rolled back. `shipped`: `{"is_orchestrator": …,
        "leads_to": [template, …]}` of each template of the release, by name. Raises `TemplateNeeded`."""
        ...

    async def rollout(self, name: str) -> Rollout | None:
        """None: the shipped version serves all calls."""
        ...

    async def body(self, name: str, version: int) -> dict[str, Any] | None:
        """As it was put; it never changes. None: there is no such version."""
        ...

    async def history(self, name: str, since: datetime | None = None) -> TemplateHistory:
        """All versions, with the calls that began since then."""
        ...
