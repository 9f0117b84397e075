"""Refusals of a chat request as OpenAI words them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_NAME = r"^[a-zA-Z0-9_-]+$"
_LONGEST_NAME = 64


@dataclass(frozen=True)
class Refusal:
    """The `error` of a 400."""

    message: str
    param: str | None = None
    code: str | None = None


def named(at: str, name: str) -> Iterator[Refusal]:
    if len(name) > _LONGEST_NAME:
        yield too_long(at, _LONGEST_NAME, len(name))
    if not re.fullmatch(_NAME, name):
        expected = f"Expected a string that matches the pattern '{_NAME}'."
        yield Refusal(f"Invalid '{at}': string does not match pattern. {expected}", at, "invalid_value")


def length(at: str, items: list[Any], most: int | None) -> Iterator[Refusal]:
    if not items:
        expected = "Expected an array with minimum length 1, but got an empty array instead."
        yield Refusal(f"Invalid '{at}': empty array. {expected}", at, "empty_array")
    if most is not None and len(items) > most:
        expected = f"Expected an array with maximum length {most}, but got an array with length {len(items)} instead."
        yield Refusal(f"Invalid '{at}': array too long. {expected}", at, "array_above_max_length")


def too_long(at: str, most: int, length: int) -> Refusal:
    expected = f"Expected a string with maximum length {most}, but got a string with length {length} instead."
    return Refusal(f"Invalid '{at}': string too long. {expected}", at, "string_above_max_length")


def beyond(at: str, kind: str, limit: str, complaint: str, value: float) -> Refusal:
    return Refusal(f"Invalid '{at}': {kind} {complaint}, but got {value} instead.", at, f"{kind}_{limit}_value")


def missing(at: str) -> Refusal:
    return Refusal(f"Missing required parameter: '{at}'.", at, "missing_required_parameter")


def one_of(at: str, value: Any, allowed: tuple[str, ...]) -> Refusal:
    *most, last = (f"'{each}'" for each in allowed)
    return Refusal(
        f"Invalid value: '{value}'. Supported values are: {', '.join(most)}, and {last}.", at, "invalid_value"
    )


def wrong_type(at: str, expected: str, value: Any) -> Refusal:
    message = f"Invalid type for '{at}': expected {expected}, but got {_kind(value)} instead."
    return Refusal(message, at, "invalid_type")


def _kind(value: Any) -> str:
    kinds = ((bool, "a boolean"), (int, "an integer"), (float, "a decimal"), (str, "a string"), (list, "an array"))
    return "null" if value is None else next((name for kind, name in kinds if isinstance(value, kind)), "an object")


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
