"""Parameters of a command, read and checked. Each function raises Refusal with Telnyx's code."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from lab.carrier.refusals import Refusal, invalid
from lab.carrier.route import E164

Body = Mapping[str, Any]


def text(body: Body, field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not value:
        detail = f"The '{field}' parameter is required and cannot be blank."
        raise Refusal(422, "10004", "Missing required parameter", detail, field)
    return value


def phone(body: Body, field: str) -> str:
    """E.164; empty if there is none."""
    value = body.get(field)
    if value is None:
        return ""
    if not isinstance(value, str) or not E164.fullmatch(value):
        detail = f"The '{field}' parameter must be in E164 format."
        raise Refusal(422, "10016", "Phone number must be in +E164 format", detail, field)
    return value


def number(body: Body, field: str, default: int, least: int, most: int) -> int:
    value = body.get(field)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(field, "must be a whole number")
    if not least <= value <= most:
        detail = f"The value is outside of allowed range {least} to {most}"
        raise Refusal(422, "10033", "Value outside of range", detail, field)
    return value


def state(body: Body, field: str) -> str | None:
    value = body.get(field)
    if value is None:
        return None
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise invalid(field, "must be Base-64 encoded") from None
    return value
