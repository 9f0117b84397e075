"""Injects faults into the providers' answers, and logs the requests: an ASGI gate before each provider."""

import asyncio
import json
import re
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from starlette.datastructures import Headers, QueryParams
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lab.providers.lifeless import lifeless_reply, lifeless_sound, without_words

Target = Literal["stt", "llm", "tts", "sentry"]
Kind = Literal["refuse", "status", "hang", "cut", "delay", "silent", "blank", "zeros"]
TARGETS: tuple[Target, ...] = get_args(Target)
KINDS: tuple[Kind, ...] = get_args(Kind)

_MOST_SECONDS = 600.0
_MOST_BODIES = 50
_MOST_BODY_BYTES = 256 * 1024
_LIFELESS: dict[Kind, tuple[Target, ...]] = {
    "silent": ("stt", "llm", "tts"),
    "blank": ("stt", "llm"),
    "zeros": ("tts",),
}
"""Faults that the other targets don't know."""
_DEFAULT_CUT_AT: dict[Target, int] = {"stt": 0, "llm": 2, "tts": 1, "sentry": 0}


@dataclass
class Fault:
    """A failure of a target, injected `times` times (None: until cleared), after `after` requests went well.

    refuse: closes the connection before any response. status: answers this HTTP status. hang: accepts the request,
    doesn't answer for `seconds`, then closes. delay: answers `seconds` late. cut: breaks the connection after `at`
    pieces of the answer (stt: results with words; llm: server-sent events; tts: pieces of 100 ms).
    silent: answers with nothing: an stt stream gives no more messages, an llm stream nothing for `seconds`, tts no
    sound. blank: an stt stream gives results without words from then on, an llm stream blanks for `seconds`. zeros: tts
    gives digital silence. An open stt stream meets hang, delay, cut, silent and blank at its next result with words,
    the last two for the rest of its life; with `now` a cut breaks it at once.
    `model`: only requests for this model meet it; None: all providers of this kind fail.
    """

    target: Target
    kind: Kind
    status: int = 503
    seconds: float = 5.0
    times: int | None = None
    after: int = 0
    at: int | None = None
    now: bool = False
    model: str | None = None

    @classmethod
    def parse(cls, body: Any) -> "Fault":
        """A fault from JSON. Raises ValueError that says what is wrong with it."""
        if not isinstance(body, dict):
            raise ValueError("a fault is a JSON object")
        given = cast(dict[str, Any], body)
        if unknown := set(given) - set(cls.__dataclass_fields__):
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(cls.__dataclass_fields__)}")
        if given.get("target") not in TARGETS:
            raise ValueError(f"target must be one of {', '.join(TARGETS)}")
        if given.get("kind") not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if given["target"] not in _LIFELESS.get(given["kind"], TARGETS):
            raise ValueError(f"{given['kind']} must have a target of {', '.join(_LIFELESS[given['kind']])}")
        fault = cls(**given)
        numbers: list[tuple[str, Any, float, float]] = [
            ("status", fault.status, 400, 599),
            ("seconds", fault.seconds, 0, _MOST_SECONDS),
            ("times", 1 if fault.times is None else fault.times, 1, 1_000_000),
            ("after", fault.after, 0, 1_000_000),
            ("at", fault.at or 0, 0, 1_000_000),
        ]
        for name, value, least, most in numbers:
            if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
                raise ValueError(f"{name} must be from {least:g} to {most:g}")
        if not isinstance(fault.model, str | None):
            raise ValueError("model must be a model's name")
        return fault

    def meets(self, model: str | None) -> bool:
        return self.model is None or self.model == model

    @property
    def cut_at(self) -> int:
        return _DEFAULT_CUT_AT[self.target] if self.at is None else self.at


class Faults:
    """The pending faults, and the open connections that they may break."""

    def __init__(self) -> None:
        self.pending: list[Fault] = []
        self._open: dict[Target, dict[asyncio.Transport, str | None]] = {target: {} for target in TARGETS}
        """The model that each connection's request is for."""

    def add(self, fault: Fault) -> None:
        if fault.now and fault.kind == "cut":
            for transport, model in self._open[fault.target].items():
                if fault.meets(model):
                    transport.abort()
            return
        self.pending.append(fault)

    def clear(self, target: Target | None = None) -> None:
        self.pending = [fault for fault in self.pending if target is not None and fault.target != target]

    def take(self, target: Target, kinds: Iterable[Kind] = KINDS, model: str | None = None) -> Fault | None:
        """Takes the fault that this request for `model` meets, and counts it down."""
        for fault in self.pending:
            if fault.target != target or fault.kind not in kinds or not fault.meets(model):
                continue
            if fault.after > 0:
                fault.after -= 1
                return None
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.pending.remove(fault)
            return fault
        return None

    def opened(self, target: Target, transport: asyncio.Transport, model: str | None = None) -> None:
        self._open[target][transport] = model

    def closed(self, target: Target, transport: asyncio.Transport) -> None:
        self._open[target].pop(transport, None)


class RequestLog:
    """Counts the requests to each target, and keeps the last bodies."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.bodies: dict[Target, deque[Any]] = {target: deque(maxlen=_MOST_BODIES) for target in TARGETS}

    def note(self, target: Target, body: Any) -> None:
        self.counts[target] += 1
        self.bodies[target].append(body)

    def clear(self) -> None:
        self.counts.clear()
        for bodies in self.bodies.values():
            bodies.clear()


class Gate:
    """ASGI: logs each request to `app`, and injects the pending faults."""

    def __init__(self, app: ASGIApp, target: Target, faults: Faults, log: RequestLog) -> None:
        self._app = app
        self._target: Target = target
        self._faults = faults
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport: asyncio.Transport = scope["state"]["transport"]
        try:
            await self._serve(transport, scope, receive, send)
        finally:
            self._faults.closed(self._target, transport)

    async def _serve(self, transport: asyncio.Transport, scope: Scope, receive: Receive, send: Send) -> None:
        body: bytes | None = None
        if scope["type"] == "http":
            body, receive = await _read(receive)
            if body is None:
                await JSONResponse({"error": {"message": "the body is too large"}}, 413)(scope, receive, send)
                return
            shown = _shown(body, Headers(scope=scope))
        else:
            shown = {"query": dict(QueryParams(scope["query_string"]))}
        self._log.note(self._target, shown)
        model = _model_of(scope, shown, body or b"")
        self._faults.opened(self._target, transport, model)
        fault = self._faults.take(self._target, model=model)
        if fault is not None and fault.kind in ("refuse", "hang"):
            if fault.kind == "hang":
                await asyncio.sleep(fault.seconds)
            transport.abort()
            return
        if fault is not None and fault.kind == "status":
            await self._refuse(fault.status, scope, receive, send)
            return
        if fault is not None and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        if scope["type"] == "websocket":
            await self._app(scope, receive, self._watched(transport, send, fault, model))
        elif fault is not None and fault.kind == "cut":
            await self._app(scope, receive, _cut(transport, send, fault.cut_at))
        elif fault is not None and fault.kind in _LIFELESS:
            if self._target == "llm":
                await lifeless_reply(send, fault.seconds, blanks=fault.kind == "blank")
            else:
                await self._app(scope, receive, lifeless_sound(send, zeros=fault.kind == "zeros"))
        else:
            await self._app(scope, receive, send)

    async def _refuse(self, status: int, scope: Scope, receive: Receive, send: Send) -> None:
        message = f"injected fault: {status}"
        response = JSONResponse({"error": {"message": message, "type": "lab_fault", "code": status}}, status)
        if scope["type"] == "websocket":
            await receive()  # websocket.connect
        await response(scope, receive, send)

    def _watched(self, transport: asyncio.Transport, send: Send, met: Fault | None, model: str | None) -> Send:
        """A `send` that also meets the faults that are set while the stream is open."""
        left = met.cut_at if met is not None and met.kind == "cut" else None
        lifeless = met.kind if met is not None and met.kind in _LIFELESS else None

        async def watched(message: Message) -> None:
            nonlocal left, lifeless
            if message["type"] == "websocket.send" and lifeless is None and _has_words(message):
                fault = self._faults.take(self._target, ("hang", "cut", "delay", "silent", "blank"), model)
                if fault is not None and fault.kind == "cut":
                    left = fault.cut_at
                elif fault is not None and fault.kind in _LIFELESS:
                    lifeless = fault.kind
                elif fault is not None:
                    await asyncio.sleep(fault.seconds)
                    if fault.kind == "hang":
                        transport.abort()
                if left is not None and left <= 0:
                    transport.abort()
                left = None if left is None else left - 1
            if message["type"] == "websocket.send" and lifeless == "silent":
                return
            if lifeless == "blank" and message["type"] == "websocket.send" and _has_words(message):
                message = without_words(message)
            await send(message)

        return watched


def _model_of(scope: Scope, shown: Any, body: bytes) -> str | None:
    """The model that a request is for: it stands in the query, in JSON, or in a form."""
    if model := QueryParams(scope["query_string"]).get("model"):
        return model
    if isinstance(shown, dict) and isinstance(model := cast(dict[str, Any], shown).get("model"), str):
        return model
    form = re.search(rb'name="model"\r\n\r\n([^\r]+)', body)
    return form.group(1).decode() if form else None


def _has_words(message: Message) -> bool:
    data = json.loads(message.get("text") or "{}")
    return data.get("type") == "Results" and bool(data["channel"]["alternatives"][0]["transcript"])


def _cut(transport: asyncio.Transport, send: Send, at: int) -> Send:
    """Lets the head and `at` pieces of the body through, then closes; aborting would lose what was sent."""
    left = at

    async def cut(message: Message) -> None:
        nonlocal left
        if message["type"] == "http.response.body":
            if left <= 0:
                transport.close()
                return
            left -= 1
            message = {**message, "more_body": True}
        await send(message)

    return cut


async def _read(receive: Receive) -> tuple[bytes | None, Receive]:
    """The whole body (None: larger than 8 MiB), and a `receive` that returns it again."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > 8 * 1024 * 1024:
            return None, receive
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            break
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    return bytes(body), again


def _shown(body: bytes, headers: Headers) -> Any:
    if "json" not in headers.get("content-type", ""):
        return {"bytes": len(body)}
    if len(body) > _MOST_BODY_BYTES:
        return {"bytes": len(body), "truncated": True}
    try:
        return json.loads(body)
    except ValueError:
        return {"bytes": len(body), "malformed": True}
