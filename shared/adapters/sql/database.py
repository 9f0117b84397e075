"""The seam between the stores and their transport: one call of one SQL function."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Protocol, TypeVar, cast

import orjson
from pydantic import TypeAdapter, ValidationError

from shared.errors import StoreError, StoreUnavailable
from shared.observe import report

MALFORMED = "malformed"
"""The cause code of an answer that isn't what the asker can use."""


class Database(Protocol):
    """Runs `public.<function>(p jsonb) returns jsonb`.

    Bounded in time. Raises `StoreUnavailable` when it may work later as it is, else `StoreError`, both with the
    `cause_code`. Every function is idempotent, so a call may have happened although it raised `StoreUnavailable`.
    """

    async def call(self, function: str, payload: dict[str, Any]) -> Any: ...


_FUNCTION = re.compile(r"[a-z][a-z0-9_]*_v[0-9]+")

_PASSING_CLASSES = ("08", "53", "57P", "40", "58")
"""No connection, no resources, operator's intervention, lost races, system errors."""
_PASSING_CODES = ("57014", "55P03", "25006", "PGRST000", "PGRST001", "PGRST002", "PGRST003", "502", "503", "504")
"""Cancelled by a time limit, lock not got, a standby that isn't promoted yet, and PostgREST without its database."""


def checked(function: str) -> str:
    """`function`, if that is a name of one."""
    if not _FUNCTION.fullmatch(function):
        raise ValueError(f"not a versioned SQL function: {function!r}")
    return function


def store_error(message: str, cause_code: str) -> StoreError:
    """The error for what a store answered: passing trouble may be tried later, a refusal may not."""
    if cause_code.startswith(_PASSING_CLASSES) or cause_code in _PASSING_CODES:
        return StoreUnavailable(message, cause_code)
    return StoreError(message, cause_code)


def plain(value: Any) -> Any:
    """`value` in JSON's types. Postgres stores no NUL and no lone surrogate, so what came from outside loses them."""
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return plain(value.value)
        case str():
            return value.encode("utf-8", "replace").decode().replace("\0", "")
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case Mapping():
            return {plain(str(key)): plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        case list() | tuple():
            return [plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        case _ if is_dataclass(value):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            return str(value)


def row_of(answer: object) -> dict[str, Any]:
    """Raises `StoreError` for anything but an object."""
    if not isinstance(answer, dict):
        raise StoreError(f"a row was expected, not {type(answer).__name__}", MALFORMED)
    return cast("dict[str, Any]", answer)


def rows_of(answer: object) -> list[dict[str, Any]]:
    """Raises `StoreError` for anything but a list of objects."""
    if not isinstance(answer, list):
        raise StoreError(f"rows were expected, not {type(answer).__name__}", MALFORMED)
    return [row_of(item) for item in cast("list[object]", answer)]


_T = TypeVar("_T")


def parsed(kind: type[_T], answer: object) -> _T:
    """What a store answered (JSON's types) as a `kind`: a dataclass, a model, a list of such, a scalar.

    Strict: text is no number and 1 is no truth; times, decimals and enums are read from their text. Fields that the
    kind doesn't have are ignored, as another release's functions may answer more. Raises `StoreError` with the cause
    code `MALFORMED`, naming each field that is missing or wrong, without its value, which may be personal.
    """
    try:
        return cast(_T, _adapter(kind).validate_json(orjson.dumps(answer), strict=True))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
    except TypeError as error:
        wrong = str(error)
    raise StoreError(f"a malformed row: {wrong}", MALFORMED)


def parsed_each(kind: type[_T], answer: object) -> list[_T]:
    """A list whose rows stand alone: a malformed one is reported and left out, so that the others are served.

    Raises `StoreError` when the answer is no list.
    """
    rows: list[_T] = []
    for row in parsed(list[Any], answer):
        try:
            rows.append(parsed(kind, row))
        except StoreError as error:
            report(error, action="read", kind=kind.__name__)
    return rows


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
