"""Telephone numbers in what a caller says: given in groups, corrected, with an area code that comes late."""

import re
from collections.abc import Iterator
from dataclasses import replace

import phonenumbers
from phonenumbers import PhoneNumberType

from shared.domain.language.digits import Run, plain_characters, runs
from shared.domain.telephony.numbers import PhoneNumber, is_valid, number_of, parsed

_NANP_DIGITS, _LOCAL_DIGITS, _MOST_DIGITS = 10, 7, 15
_SATELLITE = frozenset((870, 878, 881, 882, 883, 888))
_PREMIUM = frozenset((808, 979))
_ENTRY_BY_PRICE = re.compile(r"\+1(?:\d{3}976\d{4}|\d{3}5551212)")
"""Of North America: premium-rate exchanges, and directory assistance."""

_CORRECTION = re.compile(
    r"\b(?:no|sorry|wait|actually|i mean|i meant|correction|make (?:it|that)|scratch that|rather|oops|excuse me)\b"
)
_SOFT_WORDS = re.compile(
    r"[\s,.;:!?\-]*(?:\b(?:the|a|is|it|its|it's|that's|my|rest|number|numbers|digits?|like|so|okay|ok|yeah|yes|please"
    r"|and|then|area|code|uh|um|hold|on)\b[\s,.;:!?\-]*)*"
)
_AREA_CODE = re.compile(r"\barea code\b")
_NAMES_CODE = re.compile(r"\W*\b(?:is|as|for|being)\b\W*(?:the|my|our)?\W*")
"""… 303 is the area code."""
_EXTENSION = re.compile(r"\bext(?:ension)?\b")


def number_in(said: str, region: str = "US") -> PhoneNumber | None:
    """The one number that an utterance gives, whole or not: groups are put together, a correction replaces.

    Of several whole numbers the first counts, or the one after a correction. One that can't be dialled (digits are
    missing) has a `key` of what there is; None without 7 digits.
    """
    pieces = _pieces(_area_code_first(said))
    candidates = (*pieces, *_together(pieces), *(first for run in pieces for first in _first_of(run)))
    numbers = [number for run in candidates if (number := number_of(run, region))]
    dialled = [number for number in numbers if number.e164]
    return next(iter(dialled or numbers), None)


def callback_number(said: str | None, region: str = "US") -> PhoneNumber | None:
    """The number to call somebody back on, as they gave it; None when it can't be dialled, or must not be.

    Premium and satellite numbers cost whoever calls them; 1234567890 and the like are nobody's.
    """
    number = parsed(said, region) or number_in(said or "", region)
    if number is None or number.e164 is None:
        return None
    known = phonenumbers.parse(number.e164)
    code = known.country_code or 0
    if code in _SATELLITE | _PREMIUM or _ENTRY_BY_PRICE.fullmatch(number.e164) or _is_one_digit(number.e164, code):
        return None
    if phonenumbers.number_type(known) == PhoneNumberType.PREMIUM_RATE:
        return None
    # of other countries a valid number may be younger than the library's list, and a fictional one is in none
    by_prefix = code != 1 and any(run.plus or run.digits.startswith("0") for run in runs(said or ""))
    return number if by_prefix or is_valid(number.e164) else None


def _is_one_digit(number: str, code: int) -> bool:
    return len(set(number.removeprefix(f"+{code}"))) == 1


def _area_code_first(said: str) -> str:
    """`said` with an area code that comes after the rest of its number put before it."""
    plain = plain_characters(said)
    for found in _AREA_CODE.finditer(plain):
        before, after = runs(said[: found.start()]), runs(said[found.end() :])
        rest = before and len(before[-1].digits) == _NANP_DIGITS - 3
        if rest and after and len(after[0].digits) == 3:
            end = found.end() + after[0].end
            return f"{said[found.start() : end]} {said[: found.start()]} {said[end:]}"
        if len(before) > 1 and not after and [len(each.digits) for each in before[-2:]] == [_NANP_DIGITS - 3, 3]:
            code = before[-1]
            return f"{said[code.start : code.end]} {said[: code.start]}"
        whole = before[-1] if before and not after else None
        if whole and _ends_with_code(whole, plain[whole.end : found.start()]):
            return f"{said[: whole.start]} {whole.digits[-3:]} {whole.digits[:-3]}"
    return said


def _ends_with_code(run: Run, between: str) -> bool:
    """Whether a run of ten digits ends with its area code, by what stands between it and those words."""
    apart = not run.plus and len(run.digits) == _NANP_DIGITS and len(run.groups[-1]) in (1, 3)
    return apart and bool(_NAMES_CODE.fullmatch(between))


def _pieces(said: str) -> list[Run]:
    """The runs of an utterance: those with only soft words between them as one, corrections carried out."""
    plain = plain_characters(said)
    pieces: list[Run] = []
    for run in runs(said):
        before = pieces[-1] if pieces else None
        between = plain[before.end : run.start] if before else ""
        if before is None or run.plus:
            pieces.append(run)
        elif _CORRECTION.search(between):
            pieces[-1] = _corrected(before, run)
        elif _EXTENSION.search(between) and len(before.digits) >= _NANP_DIGITS:
            pieces[-1] = replace(before, extension=run.digits, end=run.end)
        elif _is_part(before, run) and _SOFT_WORDS.fullmatch(between):
            pieces[-1] = _joined(before, before.groups, run)
        else:
            pieces.append(run)
    return pieces


def _together(pieces: list[Run]) -> Iterator[Run]:
    """Neighbouring pieces that make one number of North America, whatever was said between them."""
    for first in range(len(pieces)):
        whole = pieces[first]
        for run in pieces[first + 1 :]:
            whole = _joined(whole, whole.groups, run)
            if len(whole.digits) == _NANP_DIGITS:
                yield whole


def _first_of(run: Run) -> Iterator[Run]:
    """The first number of a run that holds more than one, or the same one twice."""
    for count in range(1, len(run.groups)):
        groups, rest = run.groups[:count], "".join(run.groups[count:])
        first = replace(run, groups=groups, apart=groups)
        whole = len(first.digits) == _NANP_DIGITS + first.digits.startswith("1")
        if whole and len(rest) >= _LOCAL_DIGITS and not run.plus:
            yield first


def _is_part(before: Run, run: Run) -> bool:
    """Whether a number isn't whole before this run."""
    most = _MOST_DIGITS if before.plus else _NANP_DIGITS + 1
    return len(before.digits) < _NANP_DIGITS and len(before.digits) + len(run.digits) <= most


def _corrected(before: Run, run: Run) -> Run:
    """The last digits of a number replaced, so that it is whole then; else a group of the same length."""
    kept = _NANP_DIGITS - len(run.digits)
    if before.plus or before.digits.startswith("1") or not 0 < kept <= len(before.digits):
        kept = len(before.digits) - len(run.digits)
    return _joined(before, (before.digits[:kept],) if kept > 0 else (), run)


def _joined(before: Run, groups: tuple[str, ...], run: Run) -> Run:
    groups = (*groups, *run.groups)
    return replace(before, groups=groups, apart=groups, end=run.end, extension=run.extension or before.extension)
