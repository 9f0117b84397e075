"""All providers of one kind failed in a call: page somebody, and text the caller (OP-95, OP-97, OP-99)."""

from typing import Literal
from uuid import uuid4

import structlog

from shared.domain.languages import primary
from shared.domain.telephony.numbers import e164, takes_texts
from shared.errors import NotifierError, StoreError
from shared.ports import Alert, Alerts, Leases, Texts

log = structlog.get_logger(__name__)

Texted = Literal["sent", "sent_before", "failed", "no_mobile", "not_configured"]

ALERT = "voice_lost"
ONCE_SECONDS = 1800.0
"""A caller who calls again and again meanwhile gets one text message."""

_TEXTS = {
    "en": "Sorry, our phone line has technical trouble, so your call broke off. Please call again shortly.",
    "es": "Disculpe, nuestra línea tiene problemas técnicos y su llamada se cortó. Llame de nuevo en unos minutos.",
}
"""They ask nobody to write back: no incoming text message is read (OP-122)."""


class VoiceLost:
    def __init__(self, texts: Texts | None, leases: Leases, alerts: Alerts) -> None:
        """`texts` None: no text messages are configured."""
        self._texts = texts
        self._leases = leases
        self._alerts = alerts

    async def __call__(self, call_id: str, caller: str | None, language: str, provider: str) -> Texted:
        """Never raises. The caller has heard recorded words before; `provider`: what failed, for the page.

        The page goes out however the text message went: lost voice with working texts must wake somebody too.
        """
        texted = await self._text(call_id, caller, language)
        failed = " and the text message to the caller failed" if texted == "failed" else ""
        title = f"Every provider fails ({provider}): calls break off{failed}"
        fields = {"provider": provider, "text_message": texted}
        log.error("voice lost", action="voice_lost", call_id=call_id, **fields)
        try:
            await self._alerts.raise_(Alert(f"{ALERT}:{provider}", "page", title, call_id, fields))
        except StoreError as error:
            log.error("alert not stored", action="alert", key=ALERT, title=title, error=str(error))
        return texted

    async def _text(self, call_id: str, caller: str | None, language: str) -> Texted:
        number = e164(caller)
        if number is None or not takes_texts(number):
            return "no_mobile"
        if self._texts is None:
            return "not_configured"
        try:
            # the holder is new: not even another agent of the same call sends it again
            if not await self._leases.take(f"text:{number}", uuid4().hex, ONCE_SECONDS):
                return "sent_before"
        except StoreError as error:
            log.warning("text message not sent: Redis is away", action="voice_lost", call_id=call_id, error=str(error))
            return "failed"
        try:
            await self._texts.text(number, _TEXTS.get(primary(language), _TEXTS["en"]))
        except NotifierError as error:
            log.error("text message not sent", action="voice_lost", call_id=call_id, error=str(error))
            return "failed"
        return "sent"
