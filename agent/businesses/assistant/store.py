"""The owner's notes (supabase/schema/businesses/assistant.sql); tasks are the task manager's."""

from dataclasses import asdict, dataclass
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from agent.businesses.tasks.store import Owner, TaskStore
from shared.errors import StoreError
from shared.ports import BusinessRows


@dataclass(frozen=True)
class Note:
    """What the owner wants to be kept. `key` makes it idempotent within its call."""

    call_id: str
    key: str
    tenant_id: str
    owner: str
    caller: str | None
    text: str
    at: datetime


@dataclass(frozen=True)
class Recalled:
    text: str
    created_at: datetime


@dataclass(frozen=True)
class Health:
    """Of the owner's line."""

    alerts: list[str]
    """Titles of the open ones about this tenant, newest first."""
    calls: int
    """That have ended, those of our own tests left out."""
    unanswered: int


class AssistantStore(TaskStore):
    """Raises `StoreError`, `StoreUnavailable`."""

    def __init__(self, rows: BusinessRows) -> None:
        super().__init__(rows)
        self._notes = rows

    async def take_note(self, note: Note) -> None:
        """Twice with the same key is one note."""
        await self._notes.change("take_note_v1", asdict(note))

    async def health(self, tenant_id: str, since: datetime) -> Health:
        answer = await self._notes.read("line_health_v1", {"tenant_id": tenant_id, "since": since.isoformat()})
        try:
            return _HEALTH.validate_python(answer)
        except ValidationError as error:
            raise StoreError(f"the line's health can't be read: {error}", "malformed") from error

    async def recall(self, owner: Owner, question: str, limit: int) -> list[Recalled]:
        """The notes that answer it best, the best first; without any words to look for the newest."""
        asks = asdict(owner) | {"question": question, "limit": limit}
        try:
            return _NOTES.validate_python(await self._notes.read("recall_notes_v1", asks))
        except ValidationError as error:
            raise StoreError(f"the notes can't be read: {error}", "malformed") from error


_HEALTH = TypeAdapter(Health)
_NOTES = TypeAdapter(list[Recalled])
