"""Telephone numbers: one way to clean them, two normal forms.

`comparing_key` decides whether two numbers are the same caller; `e164` is what is stored, sent and dialled.
"""

import re

import phonenumbers

_BRACKETED = re.compile(r"<([^<>]*)>")
_SCHEME = re.compile(r"^\s*(?:tel|sips?):", re.IGNORECASE)
_WRITTEN = re.compile(r"\+?[0-9 ().\-/]*")
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15
_NANP_DIGITS = 10


def comparing_key(raw: str | None) -> str:
    """The form in which callers and allowlists are compared (DU-44); empty when `raw` is no subscriber's number.

    A NANP number becomes its 10 digits, another international one `+` and digits, one of unknown kind its digits.
    Never raises. Idempotent.
    """
    plus, digits = _cleaned(raw)
    if not _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS:
        return ""
    if len(digits) == _NANP_DIGITS + 1 and digits.startswith("1"):
        return digits[1:]
    if plus or (len(digits) > _NANP_DIGITS and not digits.startswith("0")):
        return f"+{digits}"
    return digits


def e164(raw: str | None, region: str = "US") -> str | None:
    """`raw` in E.164, or None when it can't be dialled. `region` (ISO 3166) applies to numbers without a country code.

    Possible numbers are accepted, valid or not: fictional ones (555) must pass.
    """
    plus, digits = _cleaned(raw)
    key = comparing_key(raw)
    if not key:
        return None
    international = plus or key.startswith("+")
    try:
        number = phonenumbers.parse(f"+{digits}" if international else digits, None if international else region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mask(number: str | None) -> str:
    """For logs: the last two digits of a number, `anonymous` when there is none, `unreadable` for anything else."""
    if number is None or not number.strip():
        return "anonymous"
    plus, digits = _cleaned(number)
    if not comparing_key(number):
        return "unreadable"
    return ("+" if plus else "") + "*" * (len(digits) - 2) + digits[-2:]


def spoken(number: str) -> str:
    """For speech: single digits, in groups with a pause between them; country code 1 is left out."""
    key = comparing_key(number)
    digits = key.removeprefix("+")
    if len(key) == _NANP_DIGITS:
        groups = [digits[:3], digits[3:6], digits[6:]]
    else:
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return ", ".join(" ".join(group) for group in groups)


def _cleaned(raw: str | None) -> tuple[bool, str]:
    """Whether the number began with `+`, and its digits; no digits when it holds any other text."""
    text = raw or ""
    if bracketed := _BRACKETED.search(text):
        text = bracketed.group(1)
    text = _SCHEME.sub("", text, count=1)
    text = re.split(r"[@;]", text, maxsplit=1)[0]
    text = re.sub("%2b", "+", text, flags=re.IGNORECASE).strip()
    if not _WRITTEN.fullmatch(text):
        return False, ""
    return text.startswith("+"), re.sub(r"[^0-9]", "", text)
