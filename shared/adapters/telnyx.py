"""Telnyx's call control by its HTTP API."""

import asyncio
import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from shared.domain.carrier import Answer, Command, Hangup, LegNote, Play, Record, Reject, Say, Transfer
from shared.errors import CarrierError

BASE_URL = "https://api.telnyx.com/v2"
CALL_SECONDS = 3.0
FETCH_SECONDS = 10.0
MOST_BYTES = 20_000_000
"""Of a recording: 20 minutes as WAV."""

_VOICES = {"en": ("AWS.Polly.Joanna-Neural", "en-US"), "es": ("AWS.Polly.Lupe-Neural", "es-US")}
"""Voice and language, by ours; who speaks another is spoken to in English."""
_ENDED, _NO_SUCH_CALL, _NO_SUCH_RESOURCE = "90018", "90015", "10005"


class TelnyxCarrier:
    """Asks once: who doesn't get an answer leaves the webhook unanswered, and Telnyx tells it again."""

    def __init__(self, calls: httpx.AsyncClient, files: httpx.AsyncClient, call_seconds: float) -> None:
        self._calls = calls
        self._files = files
        self._call_seconds = call_seconds

    async def do(self, leg_id: str, command: Command, key: str) -> None:
        name, body = _worded(command)
        body["command_id"] = key
        try:
            async with asyncio.timeout(self._call_seconds):
                answer = await self._calls.post(f"calls/{leg_id}/actions/{name}", json=body)
        except (httpx.HTTPError, TimeoutError) as error:
            raise CarrierError(f"{name}: no answer from Telnyx ({type(error).__name__})") from error
        if not answer.is_success:
            raise _refused(name, answer)

    async def fetch(self, url: str) -> bytes:
        data = bytearray()
        try:
            async with asyncio.timeout(FETCH_SECONDS), self._files.stream("GET", url) as answer:
                if not answer.is_success:
                    raise CarrierError(f"the recording is not to be had: {answer.status_code}", answer.status_code)
                async for piece in answer.aiter_bytes():
                    data += piece
                    if len(data) > MOST_BYTES:
                        raise CarrierError(f"the recording is longer than {MOST_BYTES:,} bytes", 413)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise CarrierError(f"the recording could not be fetched ({type(error).__name__})") from error
        return bytes(data)


def _worded(command: Command) -> tuple[str, dict[str, Any]]:
    """The command's name and body."""
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
    if command.headers:
        body["custom_headers"] = [{"name": name, "value": value} for name, value in command.headers.items()]
    if command.caller:
        return body | {"from": command.caller}
    # without a `from` the number called is the caller's, which `privacy` hides; to a number no other word is allowed
    hidden = {"from": "anonymous"} if command.to.startswith(("sip:", "sips:")) else {}
    return body | hidden | {"privacy": "id"}


def _state(note: LegNote) -> str:
    return base64.b64encode(note.to_text().encode()).decode()


def _refused(name: str, answer: httpx.Response) -> CarrierError:
    try:
        first = answer.json()["errors"][0]
        code, told = str(first.get("code", "")), str(first.get("detail") or first.get("title") or "")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        code, told = "", ""
    gone = code in (_ENDED, _NO_SUCH_CALL) or (answer.status_code == 404 and code == _NO_SUCH_RESOURCE)
    why = " ".join(part for part in (code, told) if part)
    return CarrierError(
        f"{name}: Telnyx answers {answer.status_code} {why}".rstrip(), answer.status_code, leg_gone=gone
    )


@asynccontextmanager
async def open_telnyx(
    api_key: str, base_url: str | None = None, *, call_seconds: float = CALL_SECONDS
) -> AsyncGenerator[TelnyxCarrier]:
    """`base_url` None: Telnyx's own. Recordings lie elsewhere, and are fetched without the key."""
    headers = {"authorization": f"Bearer {api_key}"}
    url = f"{(base_url or BASE_URL).rstrip('/')}/"
    async with (
        httpx.AsyncClient(base_url=url, headers=headers, timeout=call_seconds) as calls,
        httpx.AsyncClient(timeout=FETCH_SECONDS, follow_redirects=True) as files,
    ):
        yield TelnyxCarrier(calls, files, call_seconds)
