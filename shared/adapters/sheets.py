"""The port `Spreadsheet`: Google Sheets' values API."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from pydantic import ConfigDict, TypeAdapter, ValidationError

from shared.errors import SheetError

SHEETS_URL = "https://sheets.googleapis.com"
REQUEST_SECONDS = 10.0
APART_SECONDS = 1.0
"""Between two requests of this process: Google takes 60 a minute for each account."""
_RANGE = "A1:Z5000"
_VALUES = TypeAdapter(list[list[str]], config=ConfigDict(coerce_numbers_to_str=True))


class GoogleSheets:
    def __init__(self, http: httpx.AsyncClient, token: str, url: str, apart_seconds: float = APART_SECONDS) -> None:
        self._http = http
        self._token = token
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
            await asyncio.sleep(max(0.0, self._next_at - time.monotonic()))
            self._next_at = time.monotonic() + self._apart_seconds
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                answer = await self._http.request(
                    method, f"{self._url}/v4/spreadsheets/{path}", headers=headers, **more
                )
            if answer.status_code >= 300:
                raise SheetError(f"the sheet answered {answer.status_code}", answer.status_code)
            found = answer.json()
        except TimeoutError as error:
            raise SheetError(f"the sheet gave no answer within {REQUEST_SECONDS:g} s") from error
        except (httpx.HTTPError, ValueError) as error:
            raise SheetError(f"the sheet can't be reached: {type(error).__name__}") from error
        return found


@asynccontextmanager
async def open_sheets(
    token: str, url: str | None, apart_seconds: float = APART_SECONDS
) -> AsyncGenerator[GoogleSheets]:
    async with httpx.AsyncClient(timeout=REQUEST_SECONDS, trust_env=False) as http:
        yield GoogleSheets(http, token, url or SHEETS_URL, apart_seconds)
