"""Google Sheets' values API, emulated: 60 requests a minute for an account, slow, and failing on demand.

Access tokens are given for a service account's signed assertion, and expire.
"""

import asyncio
import json
import re
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qs

import jwt
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.stack.ports import free_port
from shared.tasks import Tasks

MOST_A_MINUTE = 60
EMAIL = "pickup@lab.iam.example"
SCOPE = "https://www.googleapis.com/auth/spreadsheets"


@dataclass
class Sheets:
    """The documents of one account, and how the next requests are met."""

    url: str = ""
    token_seconds: float = 3600.0
    """How long an access token lives."""
    tokens: dict[str, float] = field(default_factory=dict[str, float])
    """Those that were given, and until when (monotonic) each is good."""
    documents: dict[str, list[list[str]]] = field(default_factory=dict[str, list[list[str]]])
    """The rows of each document's first sheet, by its id."""
    faults: list[int | None] = field(default_factory=list["int | None"])
    """The statuses of the next requests; None: it hangs."""
    slow_seconds: float = 0.0
    requests: deque[float] = field(default_factory=deque[float])
    """When those of the last minute came."""
    statuses: list[int] = field(default_factory=list[int])

    def refusal(self, authorization: str) -> int | None:
        """The status of a request that isn't served. Counts it."""
        now = time.monotonic()
        while self.requests and now - self.requests[0] > 60:
            self.requests.popleft()
        self.requests.append(now)
        if now >= self.tokens.get(authorization.removeprefix("Bearer "), 0.0):
            return 401
        return 429 if len(self.requests) > MOST_A_MINUTE else None

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def account(self) -> str:
        """The account's key file, in JSON."""
        pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return json.dumps({"client_email": EMAIL, "private_key": pem.decode(), "token_uri": f"{self.url}/token"})

    def grant(self, grant_type: str, assertion: str) -> str | None:
        """An access token; None where the assertion isn't the account's."""
        if grant_type != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return None
        try:
            claims = jwt.decode(
                assertion,
                self._key.public_key(),
                algorithms=["RS256"],
                audience=f"{self.url}/token",
                issuer=EMAIL,
                options={"require": ["iss", "scope", "aud", "iat", "exp"]},
            )
        except jwt.PyJWTError:
            return None
        if claims["scope"] != SCOPE or claims["exp"] - claims["iat"] > 3600:
            return None
        token = secrets.token_urlsafe()
        self.tokens[token] = time.monotonic() + self.token_seconds
        return token

    def put(self, document: str, cell: str, value: str) -> None:
        found = re.fullmatch(r"([A-Z])(\d+)", cell)
        assert found is not None, f"no cell: {cell}"
        row, column = self.documents[document][int(found[2]) - 1], ord(found[1]) - ord("A")
        row.extend([""] * (column + 1 - len(row)))
        row[column] = value


@asynccontextmanager
async def open_sheets_server() -> AsyncIterator[Sheets]:
    sheets = Sheets()
    web = uvicorn.Server(uvicorn.Config(_web(sheets), port=free_port(), log_level="critical", lifespan="off"))
    web.config.timeout_graceful_shutdown = 0
    async with Tasks() as tasks:
        tasks.start("sheets", web.serve)
        async with asyncio.timeout(5):
            while not web.started:  # noqa: ASYNC110 (the server tells nobody)
                await asyncio.sleep(0.005)
        sheets.url = f"http://127.0.0.1:{web.config.port}"
        try:
            yield sheets
        finally:
            web.should_exit = web.force_exit = True
            await tasks.wait(2.0)


def _web(sheets: Sheets) -> Starlette:
    async def met(request: Request) -> int | None:
        await asyncio.sleep(sheets.slow_seconds)
        fault = sheets.faults.pop(0) if sheets.faults else 0
        if fault is None:
            await asyncio.Event().wait()
        status = fault or sheets.refusal(request.headers.get("authorization", ""))
        if not status and request.path_params["document"] not in sheets.documents:
            status = 404
        sheets.statuses.append(status or 200)
        return status or None

    async def read(request: Request) -> Response:
        if status := await met(request):
            return JSONResponse({"error": {"code": status}}, status)
        return JSONResponse({"majorDimension": "ROWS", "values": sheets.documents[request.path_params["document"]]})

    async def write(request: Request) -> Response:
        if status := await met(request):
            return JSONResponse({"error": {"code": status}}, status)
        for each in (await request.json())["data"]:
            sheets.put(request.path_params["document"], each["range"], each["values"][0][0])
        return JSONResponse({})

    async def token(request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        given = sheets.grant(form.get("grant_type", ""), form.get("assertion", ""))
        if given is None:
            return JSONResponse({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
        return JSONResponse({"access_token": given, "expires_in": sheets.token_seconds, "token_type": "Bearer"})

    return Starlette(
        routes=[
            Route("/token", token, methods=["POST"]),
            Route("/v4/spreadsheets/{document}/values:batchUpdate", write, methods=["POST"]),
            Route("/v4/spreadsheets/{document}/values/{range}", read),
        ]
    )
