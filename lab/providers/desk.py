"""`/lab/...`: the control API of the lab's providers. `lab.providers.control` is its client."""

import asyncio
import json
from dataclasses import asdict
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lab.base.sound import from_pcm, resample
from lab.providers.chat import Model
from lab.providers.contrary import Contrary
from lab.providers.deepgram import Deepgram
from lab.providers.ears import RATE, Ears
from lab.providers.expectations import Expectations, Expected
from lab.providers.faults import TARGETS, Fault, Faults, RequestLog, Target
from lab.providers.insistent import Insistent
from lab.providers.scripted import Scripted
from lab.providers.sloppy import Sloppy
from lab.providers.voice import Mouth

KINDS = ("scripted", "contrary", "sloppy", "insistent")


class Models:
    """Chooses the model: by its name in the request, such as `sloppy:7`, else the one of `chosen`."""

    def __init__(self) -> None:
        self._scripted = Scripted()
        self.chosen: tuple[str, int] = ("scripted", 0)
        """Its kind and its seed, for names that mean none of ours."""

    def __call__(self, name: str) -> Model:
        kind, _, number = name.partition(":")
        seed = int(number) if number.isdigit() else 0
        if kind not in KINDS:
            kind, seed = self.chosen
        if kind == "contrary":
            return Contrary(seed)
        if kind == "insistent":
            return Insistent()
        return Sloppy(seed, self._scripted) if kind == "sloppy" else self._scripted

    def load(self) -> None:
        self._scripted.load()

    def teach(self, books: dict[str, Any]) -> None:
        """See `Playbooks.teach`."""
        self._scripted.playbooks.teach(books)


class Desk:
    def __init__(
        self,
        ears: Ears,
        mouth: Mouth,
        models: Models,
        deepgram: Deepgram,
        expectations: Expectations,
        faults: Faults,
        log: RequestLog,
    ) -> None:
        self._ears = ears
        self._mouth = mouth
        self._models = models
        self._deepgram = deepgram
        self._expectations = expectations
        self._faults = faults
        self._log = log

    async def ready(self, request: Request) -> Response:
        """Answers once the engines are loaded."""
        del request
        await asyncio.gather(
            asyncio.wrap_future(self._ears.loaded),
            asyncio.shield(asyncio.wrap_future(self._mouth.loaded)),
            asyncio.to_thread(self._models.load),
        )
        return JSONResponse({"ready": True})

    async def fault(self, request: Request) -> Response:
        fault = Fault.parse(await _json(request))
        self._faults.add(fault)
        return JSONResponse(asdict(fault))

    async def faults(self, request: Request) -> Response:
        del request
        return JSONResponse([asdict(fault) for fault in self._faults.pending])

    async def mend(self, request: Request) -> Response:
        """Clears all faults, or those of `?target=`."""
        target = request.query_params.get("target")
        if target is not None and target not in TARGETS:
            raise ValueError(f"target must be one of {', '.join(TARGETS)}")
        self._faults.clear(cast(Target | None, target))
        return Response(status_code=204)

    async def requests(self, request: Request) -> Response:
        del request
        last = {target: list(bodies) for target, bodies in self._log.bodies.items()}
        return JSONResponse({"counts": {target: self._log.counts[target] for target in TARGETS}, "last": last})

    async def forget(self, request: Request) -> Response:
        del request
        self._log.clear()
        return Response(status_code=204)

    async def expect(self, request: Request) -> Response:
        """`{"texts": [...], "seconds": [...]?, "stream": ...?}`: see `Expectations.add`."""
        body = _object(await _json(request))
        texts = _strings(body.get("texts"))
        seconds = body.get("seconds") or [0.0] * len(texts)
        if not isinstance(seconds, list) or len(cast(list[Any], seconds)) != len(texts):
            raise ValueError("seconds must be a list as long as texts")
        expected = [Expected(text, float(length)) for text, length in zip(texts, cast(list[Any], seconds), strict=True)]
        self._expectations.add(expected, str(body.get("stream") or ""))
        return Response(status_code=204)

    async def forget_expected(self, request: Request) -> Response:
        del request
        self._expectations.clear()
        return Response(status_code=204)

    async def streams(self, request: Request) -> Response:
        """The open Deepgram streams, oldest first."""
        del request
        streams = self._deepgram.streams.values()
        return JSONResponse([{"id": s.request_id, "names": s.names, "seconds": round(s.seconds, 2)} for s in streams])

    async def model(self, request: Request) -> Response:
        """`{"kind": one of `KINDS`, "seed": n}`, for all calls."""
        body = _object(await _json(request))
        if body.get("kind") not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        self._models.chosen = str(body["kind"]), int(body.get("seed") or 0)
        return Response(status_code=204)

    async def playbooks(self, request: Request) -> Response:
        """`{role: playbook}`: see `Playbooks.teach`."""
        self._models.teach(_object(await _json(request)))
        return Response(status_code=204)

    async def hear(self, request: Request) -> Response:
        """Recognises one utterance of at most 60 s: PCM s16le mono at `?rate=` (16000) in, its words out."""
        rate = int(request.query_params.get("rate", str(RATE)))
        pcm = await request.body()
        if not 8000 <= rate <= 48000 or len(pcm) > 60 * rate * 2:
            raise ValueError("at most 60 s of audio, at a rate of 8000 to 48000")
        samples = resample(from_pcm(pcm), rate, RATE)
        return JSONResponse({"text": await asyncio.wrap_future(self._ears.hear(samples))})


async def bad_input(request: Request, error: Exception) -> Response:
    del request
    return JSONResponse({"error": {"message": str(error), "code": "input_invalid"}}, 400)


async def _json(request: Request) -> Any:
    return json.loads(await request.body())


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")
    return cast(dict[str, Any], body)


def _strings(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in cast(list[Any], value)):
        raise ValueError("texts must be a list of strings")
    return cast(list[str], value)
