"""Takes out of logs and error reports what they may not hold: credentials, and telephone numbers in full."""

import hashlib
import hmac
import math
import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, cast

from shared.domain.telephony.numbers import comparing_key

_SECRETS = re.compile(
    r"(?i)\b(bearer|basic|token)\s+[a-z0-9._~+/=-]{6,}|\b(sk|pk|lk)-[A-Za-z0-9_-]{8,}|://[^/\s:@]*:[^/\s@]+@"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"  # a JSON web token
    r"|[\w-]*(token|secret|password|api[_-]?key)['\"]?\s*[=:]\s*['\"]?[^\s'\"&,;)]{4,}"
)
_SECRET_NAMES = re.compile(r"(?i)authorization|api.?key|token|secret|password|cookie|dsn")

_BETWEEN = r"(?:[\s().\-/\x00\u2010-\u2015]|%(?:20|28|29|2[DEFdef])){0,3}"
"""What people, browsers and encodings put between the digits of one number."""
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|\d\d?)"
# a UUID; a commit, or an id in hexadecimal; a time; an address
_NO_NUMBER = (
    r"(?P<no>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|(?<![0-9A-Za-z])(?=[0-9]*[a-f])(?:[0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{40})(?![0-9A-Za-z])"
    r"|(?<!\d)\d{4}-[01]\d-[0-3]\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?!\d)"
    rf"|(?<![\d.]){_OCTET}(?:\.{_OCTET}){{3}}(?!\.?\d)(?::\d{{1,5}})?)"
)
_NUMBERS = re.compile(rf"{_NO_NUMBER}|\+?\(?\d(?:{_BETWEEN}\d){{8,}}")
_SHORT_NUMBERS = re.compile(rf"{_NO_NUMBER}|\+?\(?\d(?:{_BETWEEN}\d){{6,}}")
"""In a field that holds a number, one without its area code counts too."""
_NUMBER_FIELDS = re.compile(
    r"(?i)(^|_)(pii|did|dids|caller|callee|callback|numbers?|phone|to|from|forward|dialled|raw|identity)(_|$)"
)
_COUNTED = ("_at", "_ns", "_us", "_ms", "_seconds", "_bytes")
"""Ends of the names of fields whose figures are no telephone numbers."""

_DIGIT = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_SPELLED = re.compile(rf"\b{_DIGIT}(?:[\s,.\-]+{_DIGIT}){{5,}}\b", re.IGNORECASE)
"""A number as a recogniser may write what a caller says."""

Shown = Callable[[str], str]
"""What stands for a telephone number, as it was written."""


def scrubbed(value: Any, name: str = "") -> Any:
    """`value` without credentials, telephone numbers and what is in `pii`, at any depth: for reports to others."""
    if name and isinstance(value, str) and _SECRET_NAMES.search(name):
        return "[secret]"
    if isinstance(value, str):
        text = _SPELLED.sub("[number]", _SECRETS.sub("[secret]", value))
        return _NUMBERS.sub(lambda found: found.group() if found["no"] else "[phone]", text)
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value).items()
        return {scrubbed(key): scrubbed(item, str(key)) for key, item in items if key != "pii"}
    if isinstance(value, list | tuple):
        return [scrubbed(item) for item in cast("list[Any]", value)]
    return value


def masked(value: Any, shown: Shown, name: str = "") -> Any:
    """`value` with `shown` in the place of each telephone number, at any depth: for the logs of a deployed stage.

    `name` is the field's. What isn't plain is looked at as a log would print it.
    """
    match value:
        case None | bool():
            return value
        case str():
            return _masked_text(value, shown, name)
        case bytes() | bytearray():
            return _masked_text(bytes(value).decode("utf-8", "backslashreplace"), shown, name)
        case int() | float():
            return _masked_figure(value, shown, name)
        case Mapping():
            items = cast("Mapping[Any, Any]", value).items()
            return {_masked_text(str(key), shown): masked(item, shown, _field(name, key)) for key, item in items}
        case list() | tuple() | AbstractSet():
            return [masked(item, shown, name) for item in cast("list[Any]", value)]
        case _:
            printed = repr(value)
            text = _masked_text(printed, shown, name)
            return value if text == printed else text


def keyed_mask(key: bytes) -> Shown:
    """Shows the last two digits of a number, and a hash by which an operator finds the same number in other lines.

    `key` is a secret of the stage's: without it the number behind a hash can't be found by trying all.
    """

    def shown(number: str) -> str:
        digits = "".join(str(int(digit)) for digit in re.sub(r"%[0-9A-Fa-f]{2}", " ", number) if digit.isdecimal())
        same = comparing_key(("+" if number.startswith("+") else "") + digits) or digits
        code = hmac.digest(key, same.encode(), hashlib.sha256).hex()[:10]
        return f"{'+' if number.startswith('+') else ''}{'*' * (len(digits) - 2)}{digits[-2:]}~{code}"

    return shown


def _masked_text(text: str, shown: Shown, name: str = "") -> str:
    numbers = _SHORT_NUMBERS if _NUMBER_FIELDS.search(name) else _NUMBERS
    return numbers.sub(
        lambda found: found.group() if found["no"] else shown(found.group()), _SPELLED.sub("[number]", text)
    )


def _masked_figure(figure: int | float, shown: Shown, name: str) -> Any:
    if name.endswith(_COUNTED) or not math.isfinite(figure) or figure != int(figure):
        return figure
    digits = str(abs(int(figure)))
    fewest = 7 if _NUMBER_FIELDS.search(name) else 9
    return shown(digits) if len(digits) >= fewest else figure


def _field(parent: str, key: object) -> str:
    """A field below one that holds a number may hold it too."""
    return f"{parent}_{key}" if _NUMBER_FIELDS.search(parent) else str(key)
