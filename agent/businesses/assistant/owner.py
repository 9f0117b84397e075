"""The owner's own systems behind one endpoint of theirs: calendar, mail, messages, as requests of templates' functions.

`extras.owner_url` of the tenant is the endpoint; `pickup tenant hosts` must list its host, and the tenant's secret
`owner` is its bearer token. Reads are bounded, and cut to what a model may get (`shared.domain.functions`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from agent.tools.context import ToolContext
from shared.domain.functions import Function, Http
from shared.errors import OutcomeUnknown, PartnerError, StoreError

OWNER_URL = "owner_url"
SECONDS = 10.0


class Entry(BaseModel, frozen=True):
    """Of the calendar."""

    id: str
    title: str
    start: datetime


class Mail(BaseModel, frozen=True):
    sender: str
    subject: str


@dataclass(frozen=True)
class OwnerSystems:
    """Raises `StoreError` where it wasn't done, `OutcomeUnknown` where that isn't known."""

    context: ToolContext[Any]

    async def entries(self, begin: datetime, end: datetime) -> list[Entry]:
        found = await self._ask("read_calendar", "GET", "/calendar", {"from": begin.isoformat(), "to": end.isoformat()})
        return sorted(_read(list[Entry], found), key=lambda each: each.start)

    async def create(self, title: str, start: datetime, effect_id: str) -> None:
        await self._ask("create_entry", "POST", "/calendar", {"title": title, "start": start.isoformat()}, effect_id)

    async def delete(self, entry_id: str, effect_id: str) -> None:
        await self._ask("delete_entry", "DELETE", "/calendar/{id}", {"id": entry_id}, effect_id)

    async def mail(self, most: int) -> list[Mail]:
        return _read(list[Mail], await self._ask("read_mail", "GET", "/mail", {"unread": "true", "limit": str(most)}))

    async def send(self, to: str, text: str, effect_id: str) -> None:
        await self._ask("send_message", "POST", "/messages", {"to": to, "text": text}, effect_id)

    async def _ask(self, name: str, method: Any, path: str, sent: dict[str, str], effect_id: str = "") -> Any:
        tenant = self.context.tenant
        base = str(tenant.extras.get(OWNER_URL) or "").rstrip("/")
        if not base:
            raise StoreError("the tenant names no endpoint of the owner's systems", "unset")
        http = Http(
            method=method, url=f"{base}{path}", headers={"Authorization": "Bearer {secret.owner}"}, seconds=SECONDS
        )
        function = Function(name=name, description=name, http=http, changes=name if effect_id else False)
        try:
            return await self.context.call_function(tenant.tenant_id, function, sent, effect_id)
        except PartnerError as error:
            if effect_id and error.may_be_done:
                raise OutcomeUnknown(str(error), str(error.status or "")) from error
            raise StoreError(str(error), str(error.status or "")) from error


def _read(kind: Any, answer: Any) -> Any:
    try:
        return TypeAdapter(kind).validate_python(answer)
    except ValidationError as error:
        raise StoreError("the owner's system gave a malformed answer", "malformed") from error
