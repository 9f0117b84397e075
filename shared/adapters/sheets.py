"""The port `Spreadsheet`: Google Sheets' values API."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import jwt
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from shared.errors import SheetError

SHEETS_URL = "https://sheets.googleapis.com"
REQUEST_SECONDS = 10.0
APART_SECONDS = 1.0
"""Between two requests of this process: Google takes 60 a minute for each account."""
_RANGE = "A1:Z5000"
_VALUES = TypeAdapter(list[list[str]], config=ConfigDict(coerce_numbers_to_str=True))
RENEWED_SECONDS = 60.0
"""So long before it expires an access token is replaced."""
_SCOPE = "https://www.googleapis.com/auth/spreadsheets"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTION_SECONDS = 600


class ServiceAccount(BaseModel):
    """What is used of a Google service account's key file."""

    client_email: str
    private_key: str
    token_uri: str
    """Where it gets access tokens."""

    def assertion(self, now: float) -> str:
        claims = {"iss": self.client_email, "aud": self.token_uri, "scope": _SCOPE}
        # the other side's clock may be a little behind
        times = {"iat": int(now) - 10, "exp": int(now) + _ASSERTION_SECONDS}
        return jwt.encode({**claims, **times}, self.private_key, algorithm="RS256")


class AccessToken(BaseModel):
    access_token: str
    expires_in: float
    """Seconds: an hour, as a rule."""


class GoogleSheets:
    def __init__(
        self, http: httpx.AsyncClient, account: ServiceAccount, url: str, apart_seconds: float = APART_SECONDS
    ) -> None:
        self._http = http
        self._account = account
        self._token = ""
        self._token_until = 0.0
        self._url = url.rstrip("/")
        self._apart_seconds = apart_seconds
        self._turn = asyncio.Lock()
        self._next_at = 0.0

    async def read(self, document: str) -> list[list[str]]:
        answer = await self._request("GET", f"{document}/values/{_RANGE}", params={"majorDimension": "ROWS"})
        try:
            return _VALUES.validate_python(answer.get("values", []))
        except (AttributeError, ValidationError) as error:
            raise SheetError("the sheet's values are no rows of texts") from error

    async def write(self, document: str, cells: Mapping[str, str]) -> None:
        data = [{"range": cell, "values": [[value]]} for cell, value in cells.items()]
        body = {"valueInputOption": "RAW", "data": data}
        await self._request("POST", f"{document}/values:batchUpdate", json=body)

    async def _request(self, method: str, path: str, **more: Any) -> Any:
        async with self._turn:
            if time.monotonic() >= self._token_until - RENEWED_SECONDS:
                await self._renew()
            await asyncio.sleep(max(0.0, self._next_at - time.monotonic()))
            self._next_at = time.monotonic() + self._apart_seconds
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            return await self._answer(method, f"{self._url}/v4/spreadsheets/{path}", headers=headers, **more)
        except SheetError as error:
            if error.status == 401:
                # taken back before its time: the next request gets another
                self._token_until = 0.0
            raise

    async def _renew(self) -> None:
        try:
            assertion = self._account.assertion(time.time())
        except (ValueError, jwt.PyJWTError) as error:
            raise SheetError("the service account's private key can't be used", 400) from error
        form = {"grant_type": _GRANT, "assertion": assertion}
        answer = await self._answer("POST", self._account.token_uri, data=form)
        try:
            token = AccessToken.model_validate(answer)
        except ValidationError as error:
            raise SheetError("the answer to the service account holds no access token") from error
        self._token, self._token_until = token.access_token, time.monotonic() + token.expires_in

    async def _answer(self, method: str, url: str, **more: Any) -> Any:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                answer = await self._http.request(method, url, **more)
            if answer.status_code >= 300:
                raise SheetError(f"the sheet answered {answer.status_code}", answer.status_code)
            return answer.json()
        except TimeoutError as error:
            raise SheetError(f"the sheet gave no answer within {REQUEST_SECONDS:g} s") from error
        except (httpx.HTTPError, ValueError) as error:
            raise SheetError(f"the sheet can't be reached: {type(error).__name__}") from error


@asynccontextmanager
async def open_sheets(
    account: str, url: str | None, apart_seconds: float = APART_SECONDS
) -> AsyncGenerator[GoogleSheets]:
    """`account`: the service account's key, in JSON."""
    known = ServiceAccount.model_validate_json(account)
    async with httpx.AsyncClient(timeout=REQUEST_SECONDS, trust_env=False) as http:
        yield GoogleSheets(http, known, url or SHEETS_URL, apart_seconds)
