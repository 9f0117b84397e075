"""The systems of a personal assistant's owner: a calendar, mail and messages, as one endpoint of theirs."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lab.partner import Partner, PartnerRequest, open_partner


@dataclass
class OwnerDesk:
    """What it holds; each change is made once for its `Idempotency-Key`."""

    partner: Partner
    entries: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """Of the calendar, by id: `{"id", "title", "start"}`, the start in ISO 8601."""
    mails: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    """Unread: `{"sender", "subject"}`."""
    sent: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    """Messages: `{"to", "text"}`."""
    keys: set[str] = field(default_factory=set[str])

    def put(self, title: str, start: datetime) -> None:
        entry_id = uuid.uuid4().hex
        self.entries[entry_id] = {"id": entry_id, "title": title, "start": start.isoformat()}
        self.partner.answers[f"/calendar/{entry_id}"] = self._delete

    def serve(self) -> None:
        self.partner.answers |= {"/calendar": self._calendar, "/mail": self._mail, "/messages": self._messages}

    def _calendar(self, request: PartnerRequest) -> Any:
        if request.method == "POST":
            if self._first(request):
                self.put(request.body["title"], datetime.fromisoformat(request.body["start"]))
            return {"created": True}
        begin, end = (datetime.fromisoformat(request.query[name]) for name in ("from", "to"))
        return [each for each in self.entries.values() if begin <= datetime.fromisoformat(each["start"]) < end]

    def _delete(self, request: PartnerRequest) -> Any:
        self.entries.pop(request.path.rpartition("/")[2], None)
        return {"deleted": True}

    def _mail(self, request: PartnerRequest) -> Any:
        return self.mails[: int(request.query["limit"])]

    def _messages(self, request: PartnerRequest) -> Any:
        if self._first(request):
            self.sent.append(request.body)
        return {"sent": True}

    def _first(self, request: PartnerRequest) -> bool:
        key = request.headers["idempotency-key"]
        known = key in self.keys
        self.keys.add(key)
        return not known


@asynccontextmanager
async def open_owner() -> AsyncIterator[OwnerDesk]:
    async with open_partner() as partner:
        desk = OwnerDesk(partner)
        desk.serve()
        yield desk
