"""Messages by mail, over SMTP by the standard library in a thread of its own."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from typing import Literal

from shared.errors import NotifierError
from shared.ports import Notice

STEP_SECONDS = 5.0
"""For each step of the protocol."""
SEND_SECONDS = 15.0


class MailNotifier:
    """Writes to everybody of the list, and to the further addresses of the notice."""

    channel: Literal["mail"] = "mail"

    def __init__(
        self, address: tuple[str, str, int], login: tuple[str, str] | None, sender: str, people: tuple[str, ...]
    ) -> None:
        self._scheme, self._host, self._port = address
        self._login = login
        self._sender = sender
        self._people = people

    async def send(self, notice: Notice) -> None:
        message = EmailMessage()
        message["Subject"] = " ".join(notice.subject.split())
        message["From"] = self._sender
        message["To"] = ", ".join(dict.fromkeys((*self._people, *notice.also)))
        message.set_content(notice.text)
        try:
            # the thread ends by its own steps' limits; nobody waits longer for it than this
            async with asyncio.timeout(SEND_SECONDS):
                await asyncio.to_thread(self._deliver, message)
        except smtplib.SMTPResponseException as error:
            passing = error.smtp_code < 500
            why = f"the mail server refused with {error.smtp_code}"
            raise NotifierError(why, error.smtp_code, retryable=passing) from None
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise NotifierError(
                f"the mail server refused all addresses with {codes[0]}", codes[0], retryable=min(codes) < 500
            ) from None
        except (smtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            raise NotifierError(f"no answer from the mail server ({type(error).__name__})") from None

    def _deliver(self, message: EmailMessage) -> None:
        secure = ssl.create_default_context() if self._scheme != "smtp" else None
        if self._scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=STEP_SECONDS, context=secure)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=STEP_SECONDS)
        with server:
            if self._scheme == "smtp+starttls":
                server.starttls(context=secure)
            if self._login:
                server.login(*self._login)
            server.send_message(message)
