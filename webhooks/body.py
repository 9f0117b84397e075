"""Request bodies, bounded in size and in time."""

import asyncio

from fastapi import Request

from shared.errors import InputError, PickupError

MOST_BYTES = 256 * 1024
READ_SECONDS = 5.0


class TooLarge(InputError):
    code = "body_too_large"


class TooSlow(PickupError):
    code = "body_too_slow"
    retryable = True


async def read_body(request: Request) -> bytes:
    """The whole of it. Raises `TooLarge` as soon as it is, `TooSlow` when it doesn't come."""
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
