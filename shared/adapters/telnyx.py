"""The port `Carrier` by Telnyx's call-control API: commands to a leg, and its recordings."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from urllib.parse import quote

import aiohttp
import orjson
from pydantic import BaseModel, ValidationError

from shared.domain.telephony.application import VoiceApplication
from shared.domain.telephony.legs import Answer, Command, Hangup, LegNote, Play, Record, Reject, Say, Transfer
from shared.errors import CarrierError

BASE_URL = "https://api.telnyx.com/v2"
CALL_SECONDS = 3.0
"""For a command with its repeats. Telnyx waits longer for the answer to a webhook (docs/deploy.md)."""
REPEAT_AFTER_SECONDS = 0.5
_ATTEMPTS = 3
FETCH_SECONDS = 10.0
MOST_BYTES = 20_000_000
"""The largest recording: 20 minutes as WAV."""

_VOICES = {"en": ("AWS.Polly.Joanna-Neural", "en-US"), "es": ("AWS.Polly.Lupe-Neural", "es-US")}
"""Telnyx's voice and locale by our language; other languages get the English one."""
_SUCCESS = range(200, 300)
_TOO_MANY = 429
_ENDED, _NO_SUCH_CALL, _NO_SUCH_RESOURCE = "90018", "90015", "10005"


class TelnyxCarrier:
    """Repeats a command as Telnyx advises (developers.telnyx.com/docs/voice/programmable-voice/command-retries): at
    once after a 5xx or 500 ms without an answer, and once more 500 ms later, with the same `command_id`. After a 429
    only the later repeat is sent. A webhook handler whose command fails all the same answers no 200, and Telnyx
    delivers the webhook to the failover address.
    """

    def __init__(self, url: str, api: aiohttp.ClientSession, files: aiohttp.ClientSession, call_seconds: float) -> None:
        self._url = url
        self._api = api
        self._files = files
        self._call_seconds = call_seconds

    async def do(self, leg_id: str, command: Command, key: str) -> None:
        name, body = _worded(command)
        url = f"{self._url}/calls/{quote(leg_id, safe=':')}/actions/{name}"
        data = orjson.dumps(body | {"command_id": key})
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._call_seconds
        busy = False
        for attempt in range(_ATTEMPTS):
            last = attempt == _ATTEMPTS - 1
            if last:
                await asyncio.sleep(REPEAT_AFTER_SECONDS)
            elif busy:
                continue
            left = deadline - clock()
            try:
                await self._post(name, url, data, left if last else min(left, REPEAT_AFTER_SECONDS))
                return
            except CarrierError as error:
                if last or not error.retryable:
                    raise
                busy = error.status == _TOO_MANY

    async def _post(self, name: str, url: str, data: bytes, seconds: float) -> None:
        await self._ask(name, seconds, self._api.post(url, data=data, allow_redirects=False))

    async def _ask(
        self, name: str, seconds: float, request: AbstractAsyncContextManager[aiohttp.ClientResponse]
    ) -> bytes:
        try:
            async with asyncio.timeout(seconds), request as answer:
                body = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise CarrierError(f"{name}: no answer from Telnyx ({type(error).__name__})") from error
        if answer.status not in _SUCCESS:
            raise _refused(name, answer.status, body)
        return body

    async def applications(self) -> Sequence[VoiceApplication]:
        url = f"{self._url}/call_control_applications"
        request = self._api.get(url, params={"page[size]": "250"}, allow_redirects=False)
        body = await self._ask("applications", self._call_seconds, request)
        try:
            return [_application(found) for found in _Applications.model_validate_json(body).data]
        except ValidationError as error:
            raise CarrierError("applications: Telnyx's answer can't be read", 200) from error

    async def fetch(self, url: str) -> bytes:
        data = bytearray()
        try:
            async with asyncio.timeout(FETCH_SECONDS), self._files.get(url) as answer:
                if answer.status not in _SUCCESS:
                    raise CarrierError(f"the recording is not to be had: {answer.status}", answer.status)
                async for piece in answer.content.iter_any():
                    data += piece
                    if len(data) > MOST_BYTES:
                        raise CarrierError(f"the recording is longer than {MOST_BYTES:,} bytes", 413)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise CarrierError(f"the recording could not be fetched ({type(error).__name__})") from error
        return bytes(data)


class _Application(BaseModel):
    application_name: str | None = None
    webhook_event_url: str | None = None
    webhook_event_failover_url: str | None = None
    webhook_timeout_secs: int | None = None
    first_command_timeout: bool | None = None
    first_command_timeout_secs: int | None = None


class _Applications(BaseModel):
    data: list[_Application]


def _application(found: _Application) -> VoiceApplication:
    return VoiceApplication(
        name=found.application_name or "",
        webhook_url=found.webhook_event_url or "",
        failover_url=found.webhook_event_failover_url or "",
        webhook_seconds=found.webhook_timeout_secs,
        first_command_seconds=found.first_command_timeout_secs if found.first_command_timeout else None,
    )


def _worded(command: Command) -> tuple[str, dict[str, Any]]:
    """Telnyx's name of the command, and its body."""
    match command:
        case Answer(note):
            return "answer", {"client_state": _state(note)}
        case Transfer():
            return "transfer", _transfer(command)
        case Play(url, note):
            return "playback_start", {"audio_url": url, "client_state": _state(note)}
        case Say(text, language, note):
            voice, locale = _VOICES.get(language, _VOICES["en"])
            return "speak", {"payload": text, "voice": voice, "language": locale, "client_state": _state(note)}
        case Record(most_seconds, silence_seconds, note):
            return "record_start", {
                "format": "wav",
                "channels": "single",
                "play_beep": True,
                "timeout_secs": silence_seconds,
                "max_length": most_seconds,
                "client_state": _state(note),
            }
        case Hangup():
            return "hangup", {}
        case Reject(cause):
            return "reject", {"cause": cause}


def _transfer(command: Transfer) -> dict[str, Any]:
    body: dict[str, Any] = {
        "to": command.to,
        "timeout_secs": command.ring_seconds,
        "client_state": _state(command.note),
        "target_leg_client_state": _state(command.leg_note),
    }
    if command.login and command.to.startswith(("sip:", "sips:")):
        body |= {"sip_auth_username": command.login.user, "sip_auth_password": command.login.password}
    if command.headers:
        body["custom_headers"] = [{"name": name, "value": value} for name, value in command.headers.items()]
    if not command.caller:
        # without `from` Telnyx shows the number called, and `privacy` hides that too
        return body | {"privacy": "id"}
    body["from"] = command.caller
    # Telnyx lets a number that isn't ours pass as `from` while its call to `diversion` lasts
    return body | {"diversion": command.diversion} if command.diversion else body


def _state(note: LegNote) -> str:
    return base64.b64encode(note.to_text().encode()).decode()


def _refused(name: str, status: int, body: bytes) -> CarrierError:
    try:
        first = orjson.loads(body)["errors"][0]
        code, detail = str(first.get("code", "")), str(first.get("detail") or first.get("title") or "")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        code, detail = "", ""
    gone = code in (_ENDED, _NO_SUCH_CALL) or (status == 404 and code == _NO_SUCH_RESOURCE)
    why = " ".join(part for part in (code, detail) if part)
    return CarrierError(f"{name}: Telnyx answers {status} {why}".rstrip(), status, leg_gone=gone)


@asynccontextmanager
async def open_telnyx(
    api_key: str, base_url: str | None = None, *, call_seconds: float = CALL_SECONDS
) -> AsyncGenerator[TelnyxCarrier]:
    """`base_url` None is Telnyx's own. Recordings lie on other servers, and are fetched without the API key."""
    headers = {"authorization": f"Bearer {api_key}", "content-type": "application/json"}
    async with (
        aiohttp.ClientSession(headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as api,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as files,
    ):
        yield TelnyxCarrier((base_url or BASE_URL).rstrip("/"), api, files, call_seconds)
