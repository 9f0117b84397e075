"""The port `Knowledge` over any `Database`."""

from collections.abc import Sequence

from shared.adapters.sql.database import Database, parsed, parsed_each, plain
from shared.domain.knowledge import Document, FoundPassage, ListedDocument, PutDocument
from shared.errors import InputError, StoreError

_REFUSALS = ("23503", "23514")
"""No such tenant; more, or longer, than there may be."""


class SqlKnowledge:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, tenant_id: str, document: Document) -> PutDocument:
        try:
            answer = await self._database.call("put_document_v1", {"tenant_id": tenant_id} | plain(document))
        except StoreError as error:
            if error.cause_code in _REFUSALS:
                raise InputError(str(error)) from error
            raise
        return parsed(PutDocument, answer)

    async def find(self, tenant_id: str, words: str, limit: int) -> Sequence[FoundPassage]:
        wanted = plain({"tenant_id": tenant_id, "words": words, "limit": limit})
        return parsed_each(FoundPassage, await self._database.call("find_passages_v1", wanted))

    async def documents(self, tenant_id: str) -> Sequence[ListedDocument]:
        answer = await self._database.call("documents_v1", {"tenant_id": tenant_id})
        if answer is None:
            raise InputError(f"there is no tenant {tenant_id}")
        return parsed_each(ListedDocument, answer)

    async def remove(self, tenant_id: str, name: str) -> bool:
        answer = await self._database.call("remove_document_v1", plain({"tenant_id": tenant_id, "name": name}))
        return parsed(dict[str, bool], answer)["removed"]
