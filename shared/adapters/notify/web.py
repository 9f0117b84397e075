"""Messages by HTTP: Telnyx's messaging (SMS), and a chat's incoming webhook."""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

import aiohttp
import orjson

from shared.errors import NotifierError
from shared.ports import Notice

TELNYX_URL = "https://api.telnyx.com/v2"
SEND_SECONDS = 10.0
_MOST_CHARACTERS = 300
"""Of a text message: two parts."""


class SmsNotifier:
    """Texts one person of the list, the next one at each repetition, and the further numbers of the notice."""

    channel: Literal["sms"] = "sms"

    def __init__(
        self, http: aiohttp.ClientSession, api_key: str, sender: str, people: tuple[str, ...], url: str
    ) -> None:
        self._http = http
        self._key = api_key
        self._sender = sender
        self._people = people
        self._url = url.rstrip("/")

    async def send(self, notice: Notice) -> None:
        person = self._people[min(notice.round, len(self._people) - 1)]
        text = f"{notice.subject}\n{notice.text}"[:_MOST_CHARACTERS]
        for to in dict.fromkeys((person, *notice.also)):
            await self.text(to, text)

    async def text(self, to: str, text: str) -> None:
        body = {"from": self._sender, "to": to, "text": text, "type": "SMS"}
        await _post(self._http, f"{self._url}/messages", body, {"Authorization": f"Bearer {self._key}"}, "Telnyx")


class ChatNotifier:
    """Writes into a chat's channel."""

    channel: Literal["chat"] = "chat"

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def send(self, notice: Notice) -> None:
        await _post(self._http, self._url, {"text": f"*{notice.subject}*\n{notice.text}"}, {}, "the chat")


async def _post(
    http: aiohttp.ClientSession, url: str, body: Mapping[str, Any], headers: Mapping[str, str], party: str
) -> None:
    """The address of a chat is a secret: no error names it."""
    given = {"Content-Type": "application/json", **headers}
    try:
        async with asyncio.timeout(SEND_SECONDS):
            async with http.post(url, data=orjson.dumps(body), headers=given, allow_redirects=False) as answer:
                said = (await answer.content.read(300)).decode(errors="replace")
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise NotifierError(f"no answer from {party} ({type(error).__name__})") from None
    if not 200 <= answer.status < 300:
        passing = answer.status >= 500 or answer.status in (408, 429)
        raise NotifierError(f"{party} refused with {answer.status}: {said}", answer.status, retryable=passing)
