"""Where an operator's messages arrive: a text message service as Telnyx's, a chat's webhook, a mail server.

All three keep what they took, and fail on demand as the real ones do.
"""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from lab.stack.ports import free_port
from shared.tasks import Tasks

Channel = Literal["sms", "mail", "chat"]
SMS_KEY = "KEY_of_the_lab"
MAIL_LOGIN = ("pickup", "a password of the lab")
CHAT_PATH = "/services/T0/B0/secret-of-the-chat"


@dataclass
class PostOffice:
    """What arrived, in order, and the faults that are left."""

    http_url: str = ""
    smtp_port: int = 0
    texts: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    """`from`, `to`, `text`."""
    chat: list[str] = field(default_factory=list[str])
    mails: list[EmailMessage] = field(default_factory=list[EmailMessage])
    tried: list[Channel] = field(default_factory=list[Channel])
    """Every try, with those that were refused."""
    faults: dict[Channel, list[int | None]] = field(default_factory=dict[Channel, list[int | None]])
    """The statuses of the next tries; None: no answer ever."""

    def fail(self, channel: Channel, *statuses: int | None) -> None:
        self.faults.setdefault(channel, []).extend(statuses)

    def settings(self, *channels: Channel) -> dict[str, Any]:
        """Overrides by which a stage's alerts are sent here."""
        user, password = MAIL_LOGIN
        every: dict[Channel, dict[str, Any]] = {
            "sms": {
                "alert_sms_to": "+12065550181,+12065550182",
                "alert_sms_from": "+12065550180",
                "alert_sms_key": SMS_KEY,
                "alert_sms_url": f"{self.http_url}/v2",
            },
            "mail": {
                "alert_mail_to": "ops@pickup.example, second@pickup.example",
                "alert_mail_from": "alerts@pickup.example",
                "smtp_url": f"smtp://{user}:{password.replace(' ', '%20')}@127.0.0.1:{self.smtp_port}",
            },
            "chat": {"alert_chat_url": f"{self.http_url}{CHAT_PATH}"},
        }
        return {name: value for channel in channels or every for name, value in every[channel].items()}

    async def fault(self, channel: Channel) -> int | None:
        """The status that the next try is refused with."""
        self.tried.append(channel)
        left = self.faults.get(channel)
        if not left:
            return None
        status = left.pop(0)
        if status is None:
            await asyncio.Event().wait()
        return status


@asynccontextmanager
async def open_post_office() -> AsyncIterator[PostOffice]:
    office = PostOffice()
    web = uvicorn.Server(uvicorn.Config(_web(office), port=free_port(), log_level="critical", lifespan="off"))
    # a try that gets no answer must not outlast the office
    web.config.timeout_graceful_shutdown = 0
    tasks = Tasks()
    tasks.start("post office", web.serve)
    open_lines: set[asyncio.Task[None]] = set()

    async def line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_lines.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await _smtp(office, reader, writer)
        finally:
            open_lines.discard(task)
            writer.close()

    mail = await asyncio.start_server(line, "127.0.0.1", 0)
    async with asyncio.timeout(5):
        while not web.started:  # noqa: ASYNC110 (the server tells nobody)
            await asyncio.sleep(0.005)
    office.http_url = f"http://127.0.0.1:{web.config.port}"
    office.smtp_port = mail.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        web.should_exit = web.force_exit = True
        mail.close()
        for task in list(open_lines):
            task.cancel()
        await asyncio.gather(*open_lines, return_exceptions=True)
        await tasks.wait(2.0)
        await tasks.aclose()


def _web(office: PostOffice) -> Starlette:
    async def message(request: Request) -> Response:
        if status := await office.fault("sms"):
            return JSONResponse({"errors": [{"code": "10007", "title": "refused by the lab"}]}, status)
        if request.headers.get("authorization") != f"Bearer {SMS_KEY}":
            return JSONResponse({"errors": [{"code": "10009", "title": "Authentication failed"}]}, 401)
        body = await request.json()
        if not all(str(body.get(name, "")).startswith("+") for name in ("from", "to")) or not body.get("text"):
            return JSONResponse({"errors": [{"code": "40310", "title": "Invalid 'to' address"}]}, 422)
        office.texts.append({name: body[name] for name in ("from", "to", "text")})
        return JSONResponse({"data": {"id": f"40319a{len(office.texts)}", "record_type": "message", **body}})

    async def chat(request: Request) -> Response:
        if status := await office.fault("chat"):
            return PlainTextResponse("no_service", status)
        body = await request.json()
        if set(body) != {"text"} or not body["text"]:
            return PlainTextResponse("no_text", 400)
        office.chat.append(body["text"])
        return PlainTextResponse("ok")

    return Starlette(
        routes=[Route("/v2/messages", message, methods=["POST"]), Route(CHAT_PATH, chat, methods=["POST"])]
    )


async def _smtp(office: PostOffice, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """RFC 5321 as far as a client that logs in by AUTH PLAIN needs it."""
    import base64

    async def say(*lines: str) -> None:
        writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await writer.drain()

    logged_in, recipients = False, list[str]()
    await say("220 lab ESMTP")
    while command := (await reader.readline()).decode(errors="replace").strip():
        verb = command.partition(" ")[0].upper()
        match verb:
            case "EHLO" | "HELO":
                await say("250-lab", "250 AUTH PLAIN")
            case "AUTH":
                given = base64.b64decode(command.split()[-1]).decode().split("\0")[1:]
                logged_in = tuple(given) == MAIL_LOGIN
                await say("235 welcome" if logged_in else "535 authentication failed")
            case "MAIL" if not logged_in:
                await say("530 authentication required")
            case "MAIL":
                status = await office.fault("mail")
                recipients = []
                await say(f"{status} refused by the lab" if status else "250 ok")
            case "RCPT":
                recipients.append(command)
                await say("250 ok")
            case "DATA":
                await say("354 go on")
                data = (await reader.readuntil(b"\r\n.\r\n"))[:-5].replace(b"\r\n..", b"\r\n.")
                read = email.message_from_bytes(data, policy=email.policy.default)
                assert isinstance(read, EmailMessage)
                office.mails.append(read)
                await say("250 taken")
            case "QUIT":
                await say("221 goodbye")
                return
            case _:
                await say("250 ok")
