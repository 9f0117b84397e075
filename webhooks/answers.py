"""The handlers' answers: their shapes, and the HTTP status of each error."""

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from shared.errors import InputError, LimitReached, PickupError
from shared.observe import log, report
from webhooks.body import TooLarge, TooSlow
from webhooks.signatures import SignatureError

_RETRY_SECONDS = "1"
_CLOSE = {"Connection": "close"}
_LOGGED_CHARACTERS = 200
_REASONS = {
    400: "The signature is right, the content isn't",
    401: "The signature is missing, wrong or too old",
    408: "The body didn't come in time",
    413: "The body is too large",
    429: "The call has as many answers as it may have; a no is always taken",
    503: "It could not be stored: send it again",
}


class Missing(InputError):
    code = "not_found"


class Handled(BaseModel):
    event: str
    id: str
    kept: bool
    """False for an event of another stage, or without a call."""


class Refused(BaseModel):
    code: str
    message: str


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For the OpenAPI document: the errors that a handler may answer."""
    return {status: {"model": Refused, "description": _REASONS[status]} for status in statuses}


def status_of(error: PickupError) -> int:
    match error:
        case SignatureError():
            return 401
        case TooLarge():
            return 413
        case TooSlow():
            return 408
        case LimitReached():
            return 429
        case Missing():
            return 404
        case InputError():
            return 400
        case _:
            return 503 if error.retryable else 500


async def refuse(request: Request, error: Exception) -> JSONResponse:
    """The answer to any error: the sender gets its code, the operator all of it."""
    known = error if isinstance(error, PickupError) else None
    status = status_of(known) if known else 500
    # not `request.url`, which parses the sender's Host header
    path = str(request.scope["path"])[:_LOGGED_CHARACTERS]
    if status >= 500:
        report(error, action="webhook", path=path)
    else:
        log.warning("request refused", action="webhook", path=path, status=status, error=str(error))
    code, message = (
        (known.code, str(known)) if known and status < 500 else ("failed", _REASONS.get(status, "Our fault"))
    )
    # the rest of a body that wasn't read to its end would keep coming
    headers = {503: {"Retry-After": _RETRY_SECONDS}, 413: _CLOSE, 408: _CLOSE}.get(status)
    return JSONResponse(Refused(code=code, message=message).model_dump(), status, headers)
