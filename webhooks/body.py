"""Request bodies: read raw, bounded in size and time, parsed, and described for the OpenAPI document."""

import asyncio
import re
from typing import Any, TypeVar, cast

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from shared.errors import InputError, PickupError

MOST_BYTES = 256 * 1024
READ_SECONDS = 5.0


class TooLarge(InputError):
    code = "body_too_large"


class TooSlow(PickupError):
    code = "body_too_slow"
    retryable = True


class BrokenOff(InputError):
    code = "body_broken_off"


async def read_body(request: Request) -> bytes:
    """The whole body. Raises `TooLarge` as soon as it is too large, `TooSlow` when it doesn't come in time, and
    `BrokenOff` when its sender has gone."""
    declared = request.headers.get("content-length", "")
    # by its length first: Python refuses to read thousands of digits
    if declared.isdecimal() and (len(declared) > 20 or int(declared) > MOST_BYTES):
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
    except ClientDisconnect as error:
        raise BrokenOff("the connection ended before the body did") from error
    return bytes(body)


_Model = TypeVar("_Model", bound=BaseModel)


def parsed(model: type[_Model], body: bytes, kind: str) -> _Model:
    """The body's JSON as a `model`; `kind` is what a sender would call it. Raises `InputError`: what is wrong where."""
    if _NUL.search(body):
        # valid JSON, but Postgres keeps no such text
        raise InputError(f"not {kind}: it holds a NUL character")
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise invalid(error, kind) from error


def invalid(error: ValidationError, kind: str) -> InputError:
    """The first thing that is wrong, without its value, which may be personal."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))[:_MOST_CHARACTERS] or "the body"
    return InputError(f"not {kind}: {where}: {first['msg'][:_MOST_CHARACTERS]}")


_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_MOST_CHARACTERS = 200


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
