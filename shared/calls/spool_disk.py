"""Watches over the disk on which writes wait while Postgres is away: a full one loses them, and callers hear that."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from shared.domain.notification import COOL_DOWN
from shared.errors import NotifierError, StoreError, StoreUnavailable
from shared.ports import Alert, Alerts, Clock, KeptWrites, Notice, Notifier

log = structlog.get_logger(__name__)

EVERY_SECONDS = 30.0


@dataclass
class SpoolDisk:
    """One machine's. Where Postgres can't take the alert either, people are told straight."""

    stage: str
    machine: str
    writes: KeptWrites
    alerts: Alerts
    notifiers: tuple[Notifier, ...]
    clock: Clock
    _failing: bool = field(default=False, init=False)
    _raised: bool = field(default=False, init=False)
    _sent_at: datetime | None = field(default=None, init=False)

    @property
    def key(self) -> str:
        return f"spool_disk:{self.machine}"

    async def watch(self) -> None:
        """Until it is cancelled."""
        while True:
            await self.check()
            await asyncio.sleep(EVERY_SECONDS)

    async def check(self) -> None:
        """Raises or closes the alert. Failures are logged."""
        try:
            await self.writes.check()
        except StoreUnavailable as error:
            log.error("the spool's disk takes no writes", action="spool_disk", error=str(error))
            self._failing = True
            await self._page(str(error))
            return
        if self._failing:
            try:
                await self.alerts.close(self.key)
            except StoreError as error:
                log.warning("alert not closed", action="spool_disk", error=str(error))
                return
        self._failing = self._raised = False

    async def _page(self, why: str) -> None:
        if self._raised:
            return
        title = f"The disk of {self.machine} is full: while Postgres is away nothing is kept, and callers hear that"
        try:
            await self.alerts.raise_(Alert(self.key, "page", title, fields={"error": why}))
            self._raised = True
        except StoreError as error:
            await self._tell(title, f"{why}\nNor does the database take the alert: {error}")

    async def _tell(self, title: str, text: str) -> None:
        """Straight to people, as often as a page (DU-76)."""
        now = self.clock.now()
        if self._sent_at is not None and now - self._sent_at < COOL_DOWN:
            return
        self._sent_at = now
        notice = Notice(f"[{self.stage}] {title}", text)
        for notifier in self.notifiers:
            if self.stage != "production" and notifier.channel == "sms":
                continue
            try:
                await notifier.send(notice)
            except NotifierError as error:
                log.error("message about a full disk not sent", action="spool_disk", error=str(error))
