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

TOKEN_ID, TOKEN_SECRET = "ak-lab", "as-lab"
"""The client must send them."""


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


def client_environment(plane: Plane, environment: str) -> dict[str, str]:
    """Environment variables that point Modal's client at this plane, and hide any other account from it."""
    return {
        "MODAL_SERVER_URL": plane.url,
        "MODAL_TOKEN_ID": TOKEN_ID,
        "MODAL_TOKEN_SECRET": TOKEN_SECRET,
        "MODAL_ENVIRONMENT": environment,
        "MODAL_CONFIG_PATH": "/nonexistent",
        "MODAL_PROFILE": "",
    }


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
        answer = getattr(self._plane, name, None)
        if answer is None:
            raise GRPCError(Status.UNIMPLEMENTED, f"the lab's control plane doesn't know {name}")
        await stream.send_message(answer(request))
