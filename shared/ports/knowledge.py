"""What tenants have written down for their agents to answer from."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.knowledge import Document, FoundPassage, ListedDocument, PutDocument


class Knowledge(Protocol):
    """The documents of tenants, which all stages share. A failure is a `StoreError`."""

    async def put(self, tenant_id: str, document: Document) -> PutDocument:
        """In the place of the tenant's document of the same name; what is there already stays as it is.

        Raises `InputError` for an unknown tenant, and for more than a tenant may have.
        """
        ...

    async def find(self, tenant_id: str, words: str, limit: int) -> Sequence[FoundPassage]:
        """The passages that have words of the question, the best first."""
        ...

    async def documents(self, tenant_id: str) -> Sequence[ListedDocument]:
        """By name. Raises `InputError` for an unknown tenant."""
        ...

    async def remove(self, tenant_id: str, name: str) -> bool:
        """False where the tenant has no document of this name."""
        ...
