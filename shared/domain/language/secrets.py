"""Numbers that callers should keep to themselves: cards, bank accounts, social security numbers, codes.

Pure. An utterance is masked before anything stores it, logs it or sends it to a model. What a number is follows from
its digits (a card's check digit, the groups of a social security number), from the words before or after it, and from
what the caller said in the turns before.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.language.digits import Run, plain_characters, runs
from shared.domain.language.secret_patterns import (
    ASKS_FOR_OTHER,
    ASKS_FOR_PHONE,
    CARD_RANGES,
    COUNTED,
    COUNTED_BEFORE,
    CUES,
    IBAN,
    PASSWORD,
    PASSWORD_OF_WORDS,
    PHONE,
    SPOKEN_CODE,
    TWO_PHONES,
)

NOT_TAKEN_LINE = (
    "I'm sorry, I can't take card, bank or social security numbers, or any codes, on this line. I haven't kept that. "
    "Please don't give it to me again. What else can I do for you?"
)


class Secret(StrEnum):
    CARD = "card number"
    SOCIAL_SECURITY = "social security number"
    BANK = "bank account number"
    CODE = "security code"
    DOCUMENT = "document number"


@dataclass(frozen=True)
class Masked:
    """`text` has `[card number]` and the like in the place of each secret."""

    text: str
    kinds: tuple[Secret, ...] = ()
    """Of the secrets that were masked, in their order."""
    earlier: tuple[str, ...] = ()
    """The caller's utterances before, masked as far as they turn out to hold the first part of a secret."""


def masked(said: str, *, earlier: Sequence[str] = (), question: str = "", pin_wanted: bool = False) -> Masked:
    """`said` without the caller's secrets. A telephone number stays.

    `earlier`: what the caller said before, the newest last, as it was masked then. `question`: what the agent said
    last. `pin_wanted`: a PIN is to be entered by keys, so that any digits may be one. Masking twice changes nothing.
    """
    before = tuple(earlier)
    phone_wanted = bool(ASKS_FOR_PHONE.search(plain_characters(question)))
    groups = runs(said)
    begun = None if phone_wanted and not kinds_in(said) else _begun(before, said)
    found = [(run, _kind(run, said, phone_wanted, begun)) for run in groups]
    other_wanted = bool(ASKS_FOR_OTHER.search(plain_characters(question)))
    if groups and (kind := _put_together(said, groups, before, phone_wanted, other_wanted)):
        found = [(run, kind) for run in groups]
        before = _masked_before(before, kind)
    if pin_wanted:
        found = [
            (run, kind or (Secret.CODE if len(run.digits) >= _LEAST[Secret.CODE] else None)) for run, kind in found
        ]
    spans = [(run.start, run.end, kind) for run, kind in found if kind is not None]
    spans += [(each.start(1), each.end(1), Secret.CODE) for each in PASSWORD.finditer(said)]
    spans += [
        (each.start(1), each.end(1), Secret.CODE)
        for pattern in (SPOKEN_CODE, PASSWORD_OF_WORDS)
        for each in pattern.finditer(said)
    ]
    spans += [(each.start(), each.end(), Secret.BANK) for each in IBAN.finditer(said) if _is_iban(each.group())]
    return _replaced(said, sorted(spans), before)


def kinds_in(text: str) -> tuple[Secret, ...]:
    """Of the secrets that were masked in this text."""
    return tuple(Secret(found[1]) for found in _MASK.finditer(text))


def asks_besides(text: str) -> bool:
    """Whether a masked utterance asks something that isn't about the secret."""
    clauses = re.split(r"(?<=[.!?])\s+", text.strip())
    return any(
        clause.endswith("?")
        and not kinds_in(clause)
        and len(clause.split()) > _FEW_WORDS
        and all(found.lastgroup == "HARMLESS" for found in CUES.finditer(plain_characters(clause)))
        for clause in clauses
    )


def is_card(digits: str) -> bool:
    """By its range and its check digit (ISO/IEC 7812)."""
    if not CARD_RANGES.fullmatch(digits) or len(set(digits)) == 1:
        return False
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def is_begun(said: str) -> bool:
    """Whether an utterance is hardly more than a few digits: a number of whatever kind may begin with them."""
    return bool(runs(said)) and len(_OTHER_WORDS.findall(_MASK.sub("", _without_runs(said)))) <= _FEW_WORDS


_MASK = re.compile(rf"\[({'|'.join(Secret)})\]")
_FEW_WORDS = 4
_SHORTEST_CARD, _LONGEST_CARD, _MOST_PHONE_DIGITS = 13, 19, 11
_OTHER_WORDS = re.compile(r"[^\W\d_]{2,}")
_LEAST = {Secret.CODE: 3, Secret.SOCIAL_SECURITY: 4, Secret.BANK: 4, Secret.DOCUMENT: 5, Secret.CARD: 4}
"""With a word for it, so many digits are taken for one."""


def _kind(run: Run, said: str, phone_wanted: bool, begun: Secret | None) -> Secret | None:
    digits, plain = run.digits, plain_characters(said)
    if TWO_PHONES.fullmatch(digits):
        return None
    if _holds_card(run):
        return Secret.CARD
    cue = _cue(run, plain)
    if isinstance(cue, Secret):
        counted = COUNTED_BEFORE.search(plain[: run.start]) or COUNTED.match(plain, run.end)
        return cue if len(digits) >= _LEAST[cue] and not counted else None
    if cue == "HARMLESS" or run.plus or (digits.startswith("0") and not begun):
        return None
    if begun and is_begun(said):
        return begun
    if _groups(run, plain) == (3, 2, 4):
        return Secret.SOCIAL_SECURITY
    if phone_wanted:
        return Secret.CARD if len(digits) > _SHORTEST_CARD + 1 else None
    return _kind_by_length(run, plain) if is_begun(said) or len(digits) >= _SHORTEST_CARD else None


def _kind_by_length(run: Run, plain: str) -> Secret | None:
    """Of digits that nobody question for."""
    count = len(run.digits)
    if count >= _SHORTEST_CARD - 1:
        return Secret.CARD
    if count == 9 and _groups(run, plain) != (5, 4):
        return Secret.SOCIAL_SECURITY
    return Secret.CARD if count == 8 and run.digits[0] in "3456" else None


def _cue(run: Run, plain: str) -> Secret | str | None:
    """What the words say that a run is: those before it, else those right after it."""
    before = [found.lastgroup for found in CUES.finditer(plain, 0, run.start)]
    after = CUES.search(plain, run.end, run.end + 40)
    name = before[-1] if before else after.lastgroup if after else None
    return None if name is None else name if name == "HARMLESS" else Secret[name]


def _begun(earlier: Sequence[str], said: str) -> Secret | None:
    """The secret that the caller was giving: named, or given in part, in what they said last, or in this already."""
    if given := kinds_in(said):
        return given[-1]
    if not earlier:
        return None
    newest = earlier[-1]
    named = [found.lastgroup for found in CUES.finditer(plain_characters(newest))]
    if named and named[-1] and named[-1] != "HARMLESS" and not runs(newest) and not kinds_in(newest):
        return Secret[named[-1]]
    given = kinds_in(newest)
    digits = "".join(run.digits for run in runs(said))
    return given[-1] if given and not PHONE.fullmatch(digits) else None


def _put_together(
    said: str, groups: Sequence[Run], earlier: Sequence[str], phone_wanted: bool, other_wanted: bool
) -> Secret | None:
    """The secret that the caller has given in parts, this being the last one so far.

    `other_wanted`: the agent asked for digits that are no secret, so that parts by themselves are none.
    """
    if not is_begun(said) or any(run.plus for run in groups):
        return None
    parts = ["".join(run.digits for run in groups)]
    for text in reversed(earlier):
        found = runs(text)
        if not found or not is_begun(text) or any(run.plus for run in found):
            break
        parts.insert(0, "".join(run.digits for run in found))
        whole = "".join(parts)
        if is_card(whole) and (not phone_wanted or len(parts[0]) < 10 or len(whole) in (15, 16)):
            return Secret.CARD
        if other_wanted:
            continue
        if not phone_wanted and tuple(map(len, parts)) == (3, 2, 4):
            return Secret.SOCIAL_SECURITY
        most = _SHORTEST_CARD if phone_wanted else _MOST_PHONE_DIGITS
        is_phone = PHONE.fullmatch(parts[-1])
        if most < len(whole) <= _LONGEST_CARD and whole[0] in "3456" and len(parts[0]) < 7 and not is_phone:
            return Secret.CARD
    return None


def _masked_before(earlier: Sequence[str], kind: Secret) -> tuple[str, ...]:
    """The utterances that the caller's last ones continue."""
    result = list(earlier)
    for at in range(len(result) - 1, -1, -1):
        found = runs(result[at])
        if not found or not is_begun(result[at]):
            break
        result[at] = _replaced(result[at], [(run.start, run.end, kind) for run in found], ()).text
    return tuple(result)


def _replaced(said: str, spans: Sequence[tuple[int, int, Secret]], earlier: tuple[str, ...]) -> Masked:
    text, at = "", 0
    for start, end, kind in spans:
        if start >= at:
            text += f"{said[at:start]}[{kind}]"
        at = max(at, end)
    return Masked(text + said[at:], tuple(kind for _, _, kind in spans), earlier)


def _holds_card(run: Run) -> bool:
    """Whether some groups of a run, or all, make a card's number."""
    ends = range(1, len(run.groups) + 1)
    return not run.plus and any(is_card("".join(run.groups[at:end])) for end in ends for at in range(end))


def _is_iban(text: str) -> bool:
    """By its check digits (ISO 13616)."""
    plain = text.replace(" ", "")
    return int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1


def _groups(run: Run, plain: str) -> tuple[int, ...]:
    """How many digits stand between the run's hyphens, commas and stops; else in each of its groups."""
    parts = [_digits(part) for part in re.split(r"[-,.;–/]+|\bdash\b", plain[run.start : run.end])]
    counts = tuple(len(part) for part in parts if part)
    return counts if len(counts) > 1 else tuple(map(len, run.groups))


def _digits(text: str) -> str:
    return "".join(run.digits for run in runs(text))


def _without_runs(said: str) -> str:
    for run in reversed(runs(said)):
        said = said[: run.start] + said[run.end :]
    return said
