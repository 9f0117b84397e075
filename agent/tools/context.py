"""What a tool may use of a call: the conversation, the tenant, phrases, a clock and the store of its business."""

from collections.abc import Awaitable, Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from shared.calls.functions import CallFunction
from shared.domain.conversation import Conversation
from shared.domain.knowledge import FoundPassage
from shared.domain.people import Person
from shared.domain.template import Phrases
from shared.domain.tenant import Tenant
from shared.ports import Alert, Callback, Clock, Knowledge, Receipt, Snapshots

Store = TypeVar("Store")


class LiveConversation(Protocol):
    """The conversation of a running call, and the way to end it."""

    @property
    def conversation(self) -> Conversation: ...

    def change(self, **fields: Any) -> None:
        """Go on from a conversation with these fields set."""
        ...

    def replace(self, conversation: Conversation) -> None:
        """Go on from this conversation, made from the current one without an await in between."""
        ...

    def request_end(self, reason: str) -> None:
        """Ask for a polite end of the call; not heeded while the caller is in danger."""
        ...

    async def own_numbers(self) -> Set[str]:
        """E.164: the stage's numbers and the caller's own, to which no call may be put through."""
        ...

    def begin_transfer(self, people: tuple[Person, ...], why: str) -> None:
        """Put the caller through to the first of these who takes the call, beside the tool."""
        ...

    def unknown_line(self, node: str) -> str:
        """What the agent says in this node to what it doesn't know."""
        ...

    def looked_up(self, found: Sequence[FoundPassage]) -> None:
        """The model answers from these passages: the call's record says from which one."""
        ...

    def route_to(self, template: str) -> str:
        """Choose a prepared template to answer from now on; returns the agent's name. Raises `InputError` where the
        call can't be handed to it."""
        ...

    async def answer_as(self, tenant_id: str, template: str) -> str:
        """Choose this demo tenant to answer from now on; returns its greeting. Raises `InputError` for any other,
        `DirectoryError`."""
        ...


@dataclass(frozen=True)
class ToolContext(Generic[Store]):
    """Given to a tool at each call of it."""

    tool: str
    """Its name."""
    live: LiveConversation
    tenant: Tenant
    phrases: Phrases
    """With the tenant's facts filled in."""
    clock: Clock
    new_id: Callable[[], str]
    call_back: Callable[[Callback], Awaitable[Receipt]]
    """Writes a request to be called back, which every business takes. Raises `StoreError`."""
    alert: Callable[[Alert], Awaitable[Receipt]]
    """Raises an alert of the operators. Raises `StoreError`."""
    snapshots: Snapshots
    """Copies of what a business's store answered, shared by all processes."""
    knowledge: Knowledge
    """The tenant's documents."""
    call_function: CallFunction
    """Asks a tenant's own server."""
    store: Store
    """The rows of the template's business."""
    effect_id: str = ""
    """The idempotency key of what a tool with `once` changes; empty for other tools."""

    @property
    def conversation(self) -> Conversation:
        """The newest: read it anew after each await."""
        return self.live.conversation
