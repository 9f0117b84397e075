"""Request bodies: read raw, bounded in size and time, and described for the OpenAPI document."""

import asyncio
from typing import Any, cast

from fastapi import Request
from pydantic import BaseModel

from shared.errors import InputError, PickupError

MOST_BYTES = 256 * 1024
READ_SECONDS = 5.0


class TooLarge(InputError):
    code = "body_too_large"


class TooSlow(PickupError):
    code = "body_too_slow"
    retryable = True


async def read_body(request: Request) -> bytes:
    """The whole body. Raises `TooLarge` as soon as it is too large, `TooSlow` when it doesn't come in time."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MOST_BYTES:
        raise TooLarge(f"the body has more than {MOST_BYTES} bytes")
    body = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise TooLarge(f"the body has more than {MOST_BYTES} bytes")
    except TimeoutError as error:
        raise TooSlow(f"the body didn't come within {READ_SECONDS} s") from error
    return bytes(body)


def described(model: type[BaseModel], media_type: str = "application/json") -> dict[str, Any]:
    """For the OpenAPI document: the body of a handler that reads it raw."""
    schema = model.model_json_schema()
    # a reference would point into the whole document, where FastAPI alone puts models
    whole = _inlined(schema, schema.pop("$defs", {}))
    return {"requestBody": {"required": True, "content": {media_type: {"schema": whole}}}}


def _inlined(schema: Any, models: dict[str, Any]) -> Any:
    match schema:
        case {"$ref": str(name)}:
            return _inlined(models[name.rpartition("/")[2]], models)
        case dict():
            return {key: _inlined(each, models) for key, each in cast("dict[str, Any]", schema).items()}
        case list():
            return [_inlined(each, models) for each in cast("list[Any]", schema)]
        case _:
            return schema
