"""Telephone numbers: one parser for what networks send, people type and callers say, and one key to compare by.

`comparing_key` decides whether two numbers are the same caller; `e164` is what is stored, sent and dialled.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import phonenumbers

from shared.domain.language.digits import Run, only_run, plain_characters

_BRACKETED = re.compile(r"<([^<>]*)>")
_SCHEME = re.compile(r"^\s*(tel|sips?):", re.IGNORECASE)
_PARAMETER = re.compile(r"^(ext|phone-context)=(.*)$", re.IGNORECASE)
_ANONYMOUS_HOST = re.compile(r"@anonymous\.invalid\b", re.IGNORECASE)
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15
_NANP_DIGITS = 10
_INTERNATIONAL_PREFIXES = ("011", "00")

_NOT_GUESSED_AT = re.compile(r"001[0-9]{10}")
"""DU-45 leaves these digits as they are. `caller_key` knows whose they are."""

_WITHHELD_WORDS = re.compile(
    r"anonym\w*|restricted|unavailable|private(?: (?:number|caller))?|unknown(?: (?:number|caller))?|withheld"
    r"|blocked|no caller id|caller id blocked|not available|out of area|payphone"
)
_WITHHELD_DIGITS = frozenset(
    # anonymous, restricted, unavailable, private, blocked, unknown on the keypad; the last one as some networks send it
    ("266696687", "7378742833", "86282452253", "7748483", "2562533", "8656696", "8566696")
)


@dataclass(frozen=True)
class PhoneNumber:
    """What a text says a telephone number is."""

    key: str
    """The form in which it is compared."""
    e164: str | None
    """None when it can't be dialled."""
    extension: str = ""
    """Digits to be dialled when somebody has answered."""


def comparing_key(raw: str | None) -> str:
    """The form in which callers, blocklists and allowlists are compared (DU-44); empty when `raw` names no caller.

    A NANP number becomes its 10 digits, another international one `+` and digits, one of unknown kind its digits.
    Never raises. Idempotent.
    """
    number = parsed(raw)
    if number is None:
        return ""
    return (raw or "").strip() if _NOT_GUESSED_AT.fullmatch((raw or "").strip()) else number.key


def takes_texts(dialled: str) -> bool:
    """Whether a number in E.164 may be a mobile telephone's; North America doesn't tell its mobile numbers apart."""
    kind = phonenumbers.number_type(phonenumbers.parse(dialled))
    return kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def caller_key(raw: str | None) -> str:
    """The comparing key of whoever calls, by the dialled form of their number where it has one."""
    return comparing_key(e164(raw) or raw)


def e164(raw: str | None, region: str = "US") -> str | None:
    """`raw` in E.164, or None when it can't be dialled. `region` (ISO 3166) applies to numbers without a country code.

    Possible numbers are accepted, valid or not: fictional ones (555) must pass.
    """
    number = parsed(raw, region)
    return number.e164 if number else None


def parsed(raw: str | None, region: str = "US") -> PhoneNumber | None:
    """The number that `raw` is: a caller id with its wrapping, or one typed or said in any notation.

    None when it is anything else, holds more than a number, or stands for a caller who withholds theirs.
    """
    unwrapped = _unwrapped(raw or "")
    run = only_run(unwrapped)
    return number_of(run, region) if run else None


def is_withheld(raw: str | None) -> bool:
    """Whether a network says with this caller id that the caller withholds theirs, or that it has none."""
    text = " ".join(re.findall(r"[^\W\d_]+", plain_characters(_unwrapped(raw or ""))))
    run = only_run(_unwrapped(raw or ""))
    if run is not None:
        return _stands_for_withheld(run)
    return not (raw or "").strip() or bool(_ANONYMOUS_HOST.search(raw or "")) or bool(_WITHHELD_WORDS.fullmatch(text))


def mask(number: str | None) -> str:
    """For logs: the last two digits of a number, `anonymous` when there is none, `unreadable` for anything else."""
    if is_withheld(number):
        return "anonymous"
    run = only_run(_unwrapped(number or ""))
    if run is None or not comparing_key(number):
        return "unreadable"
    return ("+" if run.plus else "") + "*" * (len(run.digits) - 2) + run.digits[-2:]


def spoken(number: str) -> str:
    """For speech: single digits, in groups with a pause between them; country code 1 is left out."""
    key = comparing_key(number)
    digits = key.removeprefix("+")
    if len(key) == _NANP_DIGITS:
        groups = [digits[:3], digits[3:6], digits[6:]]
    else:
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return ", ".join(" ".join(group) for group in groups)


def _unwrapped(raw: str) -> str:
    """The number out of a SIP or tel address or a From header, with `ext` and `phone-context` as people write them."""
    text = raw
    if bracketed := _BRACKETED.search(text):
        text = bracketed.group(1)
    if _ANONYMOUS_HOST.search(text):
        return ""
    scheme = _SCHEME.match(text)
    text = text[scheme.end() :] if scheme else text
    if not scheme and not bracketed and "@" not in text and ";" not in text and "%" not in text:
        return text
    user, *parameters = re.split(r"[@;]", text)
    user = unquote(user)
    if "@" in text:
        parameters = []  # those after the host are the address's
        user, *parameters = text.partition("@")[0].split(";")
        user = unquote(user).partition(":")[0]
    for found in filter(None, map(_PARAMETER.match, parameters)):
        name, value = found[1].lower(), found[2]
        if name == "ext":
            user = f"{user} x{value}"
        elif value.startswith("+") and not user.strip().startswith("+"):
            user = f"{value}{user}"
    return user


def number_of(run: Run, region: str = "US") -> PhoneNumber | None:
    """The number that these digits are; None for fewer than 7, and for those that stand for a withheld number."""
    if len(run.digits) < _FEWEST_DIGITS or _stands_for_withheld(run):
        return None
    ways = [number for digits in _readings(run) if (number := _dialled(run.plus, digits, region))]
    dialled = next(iter([*filter(is_valid, ways), *ways]), None)
    key = _key(dialled) if dialled else _key_of_unknown(run)
    return PhoneNumber(key, dialled, run.extension) if key else None


def _readings(run: Run) -> Iterator[str]:
    """The digits that a run may stand for, the likeliest first."""
    digits, (begins_oh, ends_oh) = run.digits, run.doubtful
    yield digits
    if begins_oh:
        yield digits[1:]
    if ends_oh:
        yield digits[:-1]
    yield "".join(run.apart)


def _dialled(plus: bool, digits: str, region: str) -> str | None:
    """E.164 of a possible number."""
    ways: list[tuple[str, str | None]] = [(f"+{digits}", None)] if plus else [(digits, region)]
    if not plus:
        ways += [(f"+{digits.removeprefix(each)}", None) for each in _INTERNATIONAL_PREFIXES if digits.startswith(each)]
        if len(digits) > _NANP_DIGITS and not digits.startswith("0"):
            ways.append((f"+{digits}", None))
    for text, default in ways:
        try:
            number = phonenumbers.parse(text, default)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE:
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def is_valid(dialled: str) -> bool:
    """Whether a number in E.164 is in a range that is in use."""
    return phonenumbers.is_valid_number(phonenumbers.parse(dialled))


def _key(dialled: str) -> str:
    return dialled[2:] if dialled.startswith("+1") and len(dialled) == _NANP_DIGITS + 2 else dialled


def _key_of_unknown(run: Run) -> str:
    digits = run.digits
    if not _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS:
        return ""
    if run.plus or (len(digits) > _NANP_DIGITS and not digits.startswith("0")):
        return f"+{digits}"
    return digits


def _stands_for_withheld(run: Run) -> bool:
    digits = run.digits
    if len(set(digits.removeprefix("1") or digits)) == 1 and digits[-1] in "019":
        return True
    if len(digits) == _NANP_DIGITS and not run.plus:
        return False  # RESTRICTED has as many digits as a number in Austin
    return digits in _WITHHELD_DIGITS or (
        len(digits) != _NANP_DIGITS + 1 and digits.removeprefix("1") in _WITHHELD_DIGITS
    )
