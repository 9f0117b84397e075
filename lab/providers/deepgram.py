"""Deepgram's `/v1/listen`: the streaming websocket, and the POST of a whole recording."""

import asyncio
import io
import json
import uuid
import wave
from concurrent.futures import Future
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from lab.base.sound import Samples, from_pcm, resample
from lab.providers.ears import RATE, Ears
from lab.providers.endpointing import Ended, Endpointer, Event, Going, Paused, Resumed, Started
from lab.providers.expectations import Expectations
from lab.providers.results import alternative, results
from shared.tasks import Tasks

_LEAST_QUIET_MS = 200
"""The plugin asks for 25 ms, which would end an utterance at each stop consonant."""
_IDLE_SECONDS = 12.0
_MOST_STREAMS = 64


class Deepgram:
    def __init__(self, ears: Ears, expectations: Expectations) -> None:
        self._ears = ears
        self._expectations = expectations
        self.streams: dict[str, Stream] = {}

    async def listen(self, socket: WebSocket) -> None:
        """One stream, from handshake to close."""
        if bad_deepgram_key(socket.headers.get("authorization")):
            await socket.send_denial_response(deepgram_error(401, "INVALID_AUTH", "Invalid credentials."))
        elif len(self.streams) >= _MOST_STREAMS:
            await socket.send_denial_response(deepgram_error(429, "TOO_MANY_REQUESTS", "Too many concurrent streams."))
        elif (complaint := _complaint(socket.query_params)) is not None:
            await socket.send_denial_response(deepgram_error(400, "BAD_REQUEST", complaint))
        else:
            stream = Stream(socket, self._ears, self._expectations)
            await socket.accept(headers=[(b"dg-request-id", stream.request_id.encode())])
            self.streams[stream.request_id] = stream
            try:
                await stream.run()
            finally:
                del self.streams[stream.request_id]

    async def recognise(self, request: Request) -> Response:
        """Transcribes a whole WAV recording, 16-bit mono or stereo."""
        if bad_deepgram_key(request.headers.get("authorization")):
            return deepgram_error(401, "INVALID_AUTH", "Invalid credentials.")
        try:
            with wave.open(io.BytesIO(await request.body())) as file:
                rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
                samples = from_pcm(file.readframes(file.getnframes()))
        except (wave.Error, EOFError):
            return deepgram_error(
                400, "BAD_REQUEST", "Bad Request: failed to process audio: corrupt or unsupported data"
            )
        if width != 2 or not samples.size:
            return deepgram_error(400, "BAD_REQUEST", "Bad Request: only 16-bit audio that isn't empty is supported")
        mono = samples[: samples.size // channels * channels].reshape(-1, channels).mean(axis=1)
        seconds = mono.size / rate
        text = await asyncio.wrap_future(self._ears.hear(resample(mono, rate, RATE)))
        metadata = {"request_id": str(uuid.uuid4()), "duration": seconds, "channels": 1}
        return JSONResponse(
            {"metadata": metadata, "results": {"channels": [{"alternatives": [alternative(text, 0.0, seconds)]}]}}
        )


class Stream:
    """One websocket: audio in, results out in order. Utterances can be announced for any of its `names`."""

    def __init__(self, socket: WebSocket, ears: Ears, expectations: Expectations) -> None:
        query = socket.query_params
        self.request_id = str(uuid.uuid4())
        self.names = (
            self.request_id,
            *query.getlist("tag"),
            (socket.headers.get("authorization") or "").split(" ")[-1],
        )
        self._socket = socket
        self._ears = ears
        self._expectations = expectations
        self._rate = int(query.get("sample_rate", "16000"))
        endpointing = query.get("endpointing", "10").lower()
        self._endpoints = endpointing != "false"
        requested = int(endpointing) if endpointing.isdigit() else 0
        self._endpointer = Endpointer(self._rate, max(_LEAST_QUIET_MS, requested))
        self._interims = query.get("interim_results", "false").lower() == "true"
        self._events = query.get("vad_events", "false").lower() == "true"
        self._utterance_end = "utterance_end_ms" in query
        self._formatted = "true" in (query.get("punctuate", "").lower(), query.get("smart_format", "").lower())
        self._out: asyncio.Queue[tuple[Future[str], Ended, bool] | dict[str, Any] | None] = asyncio.Queue()
        self._draft: Future[str] | None = None
        self._expected = False
        """Whether the words of the open utterance were announced (see `Expectations`)."""
        self._tasks = Tasks(request_id=self.request_id)
        self._interim: asyncio.Task[None] | None = None
        self._utterance = 0

    @property
    def seconds(self) -> float:
        """How much audio came."""
        return self._endpointer.seconds

    async def run(self) -> None:
        """Recognises until the client or a fault closes the socket."""
        sender = self._tasks.start("results of a Deepgram stream", self._send)
        reader = self._tasks.start("audio of a Deepgram stream", self._read)
        try:
            # the sender ends first when the client is gone or a fault cut the stream
            await asyncio.wait((sender, reader), return_when=asyncio.FIRST_COMPLETED)
            if reader.done() and not reader.cancelled() and reader.exception() is None:
                await sender
        finally:
            self._forget_draft()
            await self._tasks.aclose()

    async def _read(self) -> None:
        """Reads until the client closes the socket or the stream."""
        try:
            while True:
                async with asyncio.timeout(_IDLE_SECONDS):
                    message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                if (audio := message.get("bytes")) is not None:
                    self._handle(self._endpointer.push(audio))
                elif not self._control(message.get("text") or ""):
                    break
        except TimeoutError:
            # Deepgram's NET-0001: neither audio nor KeepAlive arrived
            await self._socket.close(1011, "Deepgram did not receive audio data or a text message within the timeout")
        self._out.put_nowait(None)

    def _control(self, text: str) -> bool:
        """Acts on a control message; False when the client closes the stream."""
        try:
            kind = json.loads(text).get("type")
        except (ValueError, AttributeError):
            kind = None
        if kind not in ("Finalize", "CloseStream"):
            return True
        events = self._endpointer.finish()
        self._handle(events, finalize=kind == "Finalize")
        if kind == "Finalize":
            if not any(isinstance(event, Ended) for event in events):
                now = self._endpointer.seconds
                self._out.put_nowait(self._results("", now, now, final=True, speech_final=False, finalize=True))
            return True
        metadata = {"type": "Metadata", "request_id": self.request_id, "duration": self.seconds, "channels": 1}
        self._out.put_nowait(metadata)
        return False

    def _handle(self, events: list[Event], *, finalize: bool = False) -> None:
        for event in events:
            match event:
                case Started(at):
                    self._utterance += 1
                    if self._events:
                        self._out.put_nowait({"type": "SpeechStarted", "channel": [0], "timestamp": round(at, 3)})
                    if (expected := self._expectations.take(self.names)) is not None:
                        self._expected = True
                        self._draft = Future()
                        self._draft.set_result(expected.text)
                        self._endpointer.hold(expected.seconds)
                case Paused(samples):
                    if not self._expected:
                        self._forget_draft()
                        self._draft = self._hear(samples, urgent=True)
                case Resumed():
                    if not self._expected:
                        self._forget_draft()
                case Going(samples, start, end):
                    busy = self._interim is not None and not self._interim.done()
                    if self._interims and not busy and self._ears.idle and not self._expected:
                        transcript = self._hear(samples, urgent=False)
                        send = partial(self._send_interim, transcript, start, end, self._utterance)
                        self._interim = self._tasks.start("interim result of a Deepgram stream", send)
                case Ended(samples):
                    transcript = self._draft or self._hear(samples, urgent=True)
                    self._draft = None
                    self._expected = False
                    self._utterance += 1
                    self._out.put_nowait((transcript, event, finalize))

    def _hear(self, samples: Samples, *, urgent: bool) -> "Future[str]":
        return self._ears.hear(resample(samples, self._rate, RATE), urgent=urgent)

    def _forget_draft(self) -> None:
        if self._draft is not None:
            self._draft.cancel()
        self._draft = None

    async def _send_interim(self, transcript: "Future[str]", start: float, end: float, utterance: int) -> None:
        text = await asyncio.wrap_future(transcript)
        if text and utterance == self._utterance:
            self._out.put_nowait(self._results(text, start, end, final=False, speech_final=False))

    async def _send(self) -> None:
        try:
            while (item := await self._out.get()) is not None:
                if isinstance(item, dict):
                    await self._socket.send_json(item)
                elif isinstance(item, tuple):
                    await self._send_final(*item)
            await self._socket.close(1000)
        except (WebSocketDisconnect, RuntimeError):
            return  # the client or a fault closed the socket first

    async def _send_final(self, transcript: "Future[str]", ended: Ended, finalize: bool) -> None:
        text = await asyncio.wrap_future(transcript)
        last = ended.speech_final and (self._endpoints or finalize)
        await self._socket.send_json(
            self._results(text, ended.start, ended.end, final=True, speech_final=last, finalize=finalize)
        )
        if self._utterance_end and ended.speech_final:
            await self._socket.send_json({"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": ended.end})

    def _results(
        self, text: str, start: float, end: float, *, final: bool, speech_final: bool, finalize: bool = False
    ) -> dict[str, Any]:
        return results(
            self.request_id,
            text,
            start,
            end,
            formatted=self._formatted,
            final=final,
            speech_final=speech_final,
            finalize=finalize,
        )


def _complaint(query: Any) -> str | None:
    if query.get("encoding", "linear16") != "linear16":
        return "the lab's Deepgram takes encoding=linear16 only"
    if query.get("channels", "1") != "1":
        return "the lab's Deepgram takes one channel only"
    rate = query.get("sample_rate", "16000")
    if not rate.isdigit() or not 8000 <= int(rate) <= 48000:
        return f"sample_rate must be 8000 to 48000, not {rate!r}"
    return None


def bad_deepgram_key(authorization: str | None) -> bool:
    """True without a key, and for the key `bad`; any other key is accepted."""
    scheme, _, key = (authorization or "").partition(" ")
    return scheme.lower() not in ("token", "bearer") or key.strip() in ("", "bad")


def deepgram_error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"err_code": code, "err_msg": message, "request_id": str(uuid.uuid4())}, status_code=status)
