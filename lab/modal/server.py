"""Serves a plane: Modal's published protocol over gRPC on the loopback. Calls that the plane lacks are refused."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from grpclib import GRPCError, Status
from grpclib.const import Handler
from grpclib.server import Server, Stream
from modal_proto.api_grpc import ModalClientBase

from lab.modal.plane import Plane

TOKEN_SECRET = "as-lab"
"""The client must send it."""
ALL_TOKEN = "ak-all"
"""The id of a token that may reach every environment; each environment has one that reaches it alone."""


@asynccontextmanager
async def serving(plane: Plane) -> AsyncGenerator[Plane]:
    """Serves the plane at `plane.url` while the context lasts."""
    server, listening = Server([_Protocol(plane)]), socket.create_server(("127.0.0.1", 0))
    await server.start(sock=listening)
    plane.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        yield plane
    finally:
        server.close()
        await server.wait_closed()


def client_environment(plane: Plane, environment: str, token_id: str | None = None) -> dict[str, str]:
    """Environment variables that point Modal's client at this plane, and hide any other account from it.

    Without a `token_id` it is that of a service user with a role in this environment alone.
    """
    return {
        "MODAL_SERVER_URL": plane.url,
        "MODAL_TOKEN_ID": token_id or _token_of(environment),
        "MODAL_TOKEN_SECRET": TOKEN_SECRET,
        "MODAL_ENVIRONMENT": environment,
        "MODAL_CONFIG_PATH": "/nonexistent",
        "MODAL_PROFILE": "",
    }


def _token_of(environment: str) -> str:
    return f"ak-{environment}"


class _Protocol:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    def __getattr__(self, name: str) -> Any:
        """The handler of a call; grpclib looks it up by the call's name."""
        return partial(self._answer, name)

    def __mapping__(self) -> dict[str, Handler]:
        return ModalClientBase.__mapping__(self)  # type: ignore[arg-type]

    async def _answer(self, name: str, stream: Stream[Any, Any]) -> None:
        request = await stream.recv_message()
        if stream.metadata is None or stream.metadata.get("x-modal-token-secret") != TOKEN_SECRET:
            raise GRPCError(Status.UNAUTHENTICATED, "the token is missing, or unknown")
        self._refuse_environment(request, str(stream.metadata.get("x-modal-token-id")))
        answer = getattr(self._plane, name, None)
        if answer is None:
            raise GRPCError(Status.UNIMPLEMENTED, f"the lab's control plane doesn't know {name}")
        await stream.send_message(answer(request))

    def _refuse_environment(self, request: Any, token_id: str) -> None:
        place = getattr(request, "environment_name", "")
        if place and token_id not in (ALL_TOKEN, _token_of(place)):
            raise GRPCError(Status.PERMISSION_DENIED, f"no role in the environment '{place}'")
