"""Sentry's `/api/N/envelope/`: keeps the received events for tests to read."""

import json
import zlib
from collections import deque
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_MOST_EVENTS = 500
_MOST_BYTES = 20 * 1024 * 1024


class Sentry:
    def __init__(self) -> None:
        self.items: deque[dict[str, Any]] = deque(maxlen=_MOST_EVENTS)
        """`{"type", "header", "envelope", "payload"}` in order of arrival: events, transactions, sessions …"""

    async def envelope(self, request: Request) -> Response:
        try:
            raw = _decoded(await request.body(), request.headers.get("content-encoding", ""))
            items = parse_envelope(raw)
        except (ValueError, OSError, EOFError, zlib.error) as error:
            return JSONResponse({"detail": f"invalid envelope: {error}"}, 400)
        self.items.extend(items)
        event_id = next((item["envelope"].get("event_id") for item in items), None)
        return JSONResponse({"id": event_id})

    async def listed(self, request: Request) -> Response:
        """All items, or those of a `?type=`, such as `event`."""
        kind = request.query_params.get("type")
        return JSONResponse([item for item in self.items if kind in (None, item["type"])])

    async def cleared(self, request: Request) -> Response:
        del request
        self.items.clear()
        return Response(status_code=204)


def parse_envelope(raw: bytes) -> list[dict[str, Any]]:
    """The items of an envelope: a line of headers, then for each item a line of headers and its payload."""
    line, _, rest = raw.partition(b"\n")
    envelope = json.loads(line)
    items: list[dict[str, Any]] = []
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        header = json.loads(line)
        if not isinstance(header, dict):
            raise ValueError("an item's header must be an object")
        if "length" in header:
            length = int(header["length"])
            payload, rest = rest[:length], rest[length:].removeprefix(b"\n")
        else:
            payload, _, rest = rest.partition(b"\n")
        items.append({"type": header.get("type"), "header": header, "envelope": envelope, "payload": _payload(payload)})
    return items


def _payload(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return {"bytes": len(payload)}


def _decoded(body: bytes, encoding: str) -> bytes:
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "deflate"):
        raise ValueError(f"content-encoding {encoding!r} isn't supported")
    inflater = zlib.decompressobj(zlib.MAX_WBITS | (16 if encoding == "gzip" else 0))
    raw = inflater.decompress(body, _MOST_BYTES)
    if inflater.unconsumed_tail:
        raise ValueError("too large")
    return raw
