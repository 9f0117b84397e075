"""The carrier's HTTP API: Telnyx's commands under /v2, recordings, and a test API under /lab."""

import json
import secrets
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as Path

from lab.carrier.call import Call
from lab.carrier.commands import command
from lab.carrier.exchange import Exchange
from lab.carrier.faults import Faults
from lab.carrier.leg import CallLeg
from lab.carrier.refusals import Refusal, not_found, unauthorized
from lab.carrier.route import application_of, route_of

Find = Callable[[str], tuple[Call, CallLeg] | None]


class Api:
    """`find` returns the call and the leg of a call_control_id; `calls` is the list of all calls."""

    def __init__(self, exchange: Exchange, api_key: str, find: Find, calls: list[Call]) -> None:
        self._exchange = exchange
        self._api_key = api_key
        self._find = find
        self._calls = calls

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Path("/v2/call_control_applications", self._applications),
                Path("/v2/calls/{leg}/actions/{command}", self._command, methods=["POST"]),
                Path("/recordings/{name}.wav", self._recording),
                Path("/lab/webhooks", self._webhooks),
                Path("/lab/calls", self._list_calls),
                Path("/lab/routes", self._set_routes, methods=["POST"]),
                Path("/lab/faults", self._set_faults, methods=["POST"]),
                Path("/lab/faults", self._clear_faults, methods=["DELETE"]),
                Path("/lab/recordings", self._expire, methods=["DELETE"]),
            ],
            exception_handlers={Refusal: _refused, ValueError: _bad_input},
        )

    async def _applications(self, request: Request) -> Response:
        """One for each pair of addresses."""
        self._authorize(request)
        routes = {route.webhook_url: route for route in self._exchange.routes.values() if route.mode == "call_control"}
        found = [application_of(route, self._exchange.webhooks.timeout) for route in routes.values()]
        return JSONResponse({"data": found, "meta": {"page_number": 1, "total_results": len(found)}})

    def _authorize(self, request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not secrets.compare_digest(given.encode(), self._api_key.encode()):
            raise unauthorized()

    async def _command(self, request: Request) -> Response:
        self._authorize(request)
        found = self._find(request.path_params["leg"])
        if found is None:
            raise not_found()
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Refusal(422, "10015", "Bad Request", "The request failed because it was not well-formed.")
        command(*found, request.path_params["command"], body)
        return JSONResponse({"data": {"result": "ok"}})

    async def _recording(self, request: Request) -> Response:
        wav = self._exchange.recordings.get(request.path_params["name"])
        # the answer of the object store behind Telnyx's recording URLs
        return Response(wav, media_type="audio/wav") if wav else Response("Request has expired", 403)

    async def _webhooks(self, _: Request) -> Response:
        return JSONResponse([notice.as_dict() for notice in self._exchange.webhooks.notices])

    async def _list_calls(self, _: Request) -> Response:
        return JSONResponse(
            [
                {
                    "call_session_id": call.session_id,
                    "did": call.route.did,
                    "mode": call.route.mode,
                    "legs": [leg.as_dict() for leg in call.legs],
                }
                for call in self._calls
            ]
        )

    async def _set_routes(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        routes = [route_of(one) for one in body.get("routes", [])]
        self._exchange.routes.update({route.did: route for route in routes})
        self._exchange.phones.update(body.get("phones", {}))
        return JSONResponse({})

    async def _set_faults(self, request: Request) -> Response:
        self._exchange.webhooks.faults.set(await request.json())
        return JSONResponse({})

    async def _clear_faults(self, _: Request) -> Response:
        self._exchange.webhooks.faults = Faults()
        return JSONResponse({})

    async def _expire(self, _: Request) -> Response:
        self._exchange.recordings.expire()
        return JSONResponse({})


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return JSONResponse(error.body, error.status)


async def _bad_input(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 400)
