"""Values that a caller dictates: which value a question asks for, and whether what was said of it is whole.

Pure, and lenient: it counts digits and looks for endings. Parsing the value is the business of tools.
"""

import re
from enum import StrEnum

from shared.domain.language.text import words

_NANP_DIGITS, _LOCAL_DIGITS, _MOST_DIGITS = 10, 7, 15
_FEWEST_UNASKED = 3
"""Digits spoken one by one that are a number, even when no number was asked for."""


class Value(StrEnum):
    NUMBER = "number"
    NAME = "name"
    ADDRESS = "address"
    EMAIL = "email"


class Part(StrEnum):
    """How much of a value was said."""

    NONE = "none"
    SOME = "some"
    ENOUGH = "enough"
    """It could be all: a number without its area code, a first name, an address without its state."""
    WHOLE = "whole"


_QUESTIONS = (
    (Value.EMAIL, re.compile(r"\be ?mail\b")),
    (Value.ADDRESS, re.compile(r"\b(?:address|zip code|where (?:do|are) you (?:live|located)|live)\b")),
    (Value.NUMBER, re.compile(r"\b(?:number|reach you(?: at)?|digits|call you (?:back )?(?:on|at))\b")),
    (Value.NAME, re.compile(r"\b(?:names?|who (?:am i|is this|is calling|shall i say)|speaking with|spell\w*)\b")),
)
_GIVEN = (
    (Value.EMAIL, re.compile(r"\be ?mail(?: address)? is\b|\bat (?:gmail|yahoo|hotmail|outlook|icloud|aol)\b")),
    (Value.ADDRESS, re.compile(r"\b(?:address is|i live (?:at|on)|were at \d|zip(?: code)? is)\b")),
    (
        Value.NUMBER,
        re.compile(r"\b(?:number|cell|phone|reach me|call me(?: back)?)(?: is| its| would be)? ?(?:at|on|is)\b"),
    ),
    (Value.NAME, re.compile(r"\b(?:my|the|first|last|full) name(?: is|s)\b")),
)

_ASKS = re.compile(r"\b(?:what|which|may|could|can|would|whats|please|give|tell|whom?|where|how|and)\b")


def asked_for(question: str) -> Value | None:
    """The value that the agent's utterance asks for, by its last question; None: another question, or none."""
    sentences = [each for each in re.split(r"(?<=[.!?])\s+", question.strip()) if each]
    if not sentences:
        return None
    last = words(sentences[-1])
    if not sentences[-1].endswith("?") and not re.search(r"\b(?:please|tell me|give me|go ahead)\b", last):
        return None
    if re.match(r"(?:is|was|did|do|does|are|have|shall|should|would you like)\b", last) or not _ASKS.search(last):
        return None
    return next((value for value, asks in _QUESTIONS if asks.search(last)), None)


def given(said: str) -> Value | None:
    """The value that a caller dictates without being asked: "my number is …"."""
    text = words(said)
    found = [(match.start(), value) for value, tells in _GIVEN for match in tells.finditer(text)]
    if found:
        return max(found)[1]
    return Value.NUMBER if len(_spoken_run(text)) >= _FEWEST_UNASKED else None


def part_of(value: Value, said: str) -> Part:
    """How much of `value` the caller has said, in one or several breaths."""
    match value:
        case Value.NUMBER:
            return _number(said)
        case Value.NAME:
            return _name(words(said).split())
        case Value.ADDRESS:
            return _address(words(said))
        case Value.EMAIL:
            return _email(words(said))


_ONES = {"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7"}
_TEENS = {"ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15"}
_MORE_TEENS = {"sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19"}
_DIGITS = {**_ONES, "eight": "8", "nine": "9", "oh": "0", "o": "0", "nought": "0", **_TEENS, **_MORE_TEENS}
_LOW_TENS = {"twenty": "2", "thirty": "3", "forty": "4", "fifty": "5", "sixty": "6"}
_TENS = {**_LOW_TENS, "seventy": "7", "eighty": "8", "ninety": "9"}
_TIMES = {"double": 2, "triple": 3}
_BETWEEN = re.compile(
    r"and|area|code|then|dash|hyphen|dot|space|is|its|it|the|thats|u+m+|u+h+|er|erm|hmm|okay|ok|yes|yeah|so|my|number"
    r"|plus|star|pound|phone|cell|mobile|home|work|just|comma|point"
)
_CORRECTED = re.compile(
    r"\b(?:no wait|wait no|no sorry|sorry no|scratch that|correction|i mean|let me start (?:over|again))\b"
)


def digits_in(said: str) -> list[str]:
    """The runs of digits, spoken or written, in order; fillers and "area code" don't break a run, other words do."""
    runs = [""]
    times, tens = 1, ""
    for token in words(_CORRECTED.sub(" corrected ", said.lower())).split():
        if token in _TIMES:
            times = _TIMES[token]
            continue
        found = token if token.isdigit() else _DIGITS.get(token)
        if tens and not (found and len(found) == 1 and found != "0"):
            runs[-1] += f"{tens}0"
        if token in _TENS:
            tens = _TENS[token]
            continue
        if token in ("hundred", "thousand"):
            found = "00" if token == "hundred" else "000"
        if found:
            runs[-1] += (tens if len(found) == 1 and found != "0" else "") + found * times
        elif runs[-1] and not _BETWEEN.fullmatch(token):
            runs.append("")
        times, tens = 1, ""
    if tens:
        runs[-1] += f"{tens}0"
    return [run for run in runs if run]


def _spoken_run(text: str) -> str:
    """The digits spoken one by one at the end: "three one two"."""
    run = ""
    for token in reversed(text.split()):
        if token in _DIGITS and len(_DIGITS[token]) == 1:
            run += _DIGITS[token]
        elif not (token.isdigit() and len(token) <= 4 and run) and token not in ("um", "uh", "and"):
            break
    return run


_EXTENSION = re.compile(r"\b(?:extension|ext)\b(.*)$")
_ABROAD = re.compile(r"^\W*(?:\+|plus\b|00|zero zero|011|zero one one|oh one one)|\+\d|\bplus\b")
_LOOKING = re.compile(
    r"\b(?:hold on|hang on|one (?:sec|second|moment)|just a|let me (?:find|get|look|see|check|think|grab)|wait)\b"
)
_SAME_NUMBER = re.compile(
    r"\b(?:this|same|the one|that) (?:number|phone|one|im|i am|line)\b|\bcall(?:ing|ed) (?:you )?from\b|\bcaller id\b"
)


def _number(said: str) -> Part:
    text = words(said)
    if extension := _EXTENSION.search(text):
        return Part.ENOUGH if digits_in(extension.group(1)) else Part.SOME
    runs = digits_in(said)
    longest = max(runs, key=len, default="")
    if len(longest) <= 1 and _SAME_NUMBER.search(text):
        return Part.WHOLE
    if not longest:
        return Part.SOME if _LOOKING.search(text) else Part.NONE
    if _ABROAD.search(said.lower()) and not longest.startswith("1"):
        return Part.ENOUGH if len(longest) >= _NANP_DIGITS + 1 else Part.SOME
    national = longest.removeprefix("1") if len(longest) > _NANP_DIGITS else longest
    if len(national) == _NANP_DIGITS and not longest.startswith("1" if len(longest) == _NANP_DIGITS else "0"):
        return Part.WHOLE
    if len(longest) >= _NANP_DIGITS:
        return Part.ENOUGH if len(longest) <= _MOST_DIGITS else Part.WHOLE
    return Part.ENOUGH if len(longest) == _LOCAL_DIGITS and longest[0] not in "01" else Part.SOME


_NAME_LEAD = re.compile(
    r"^(?:(?:yes|yeah|yep|sure|okay|ok|of course|certainly|absolutely|oh|um+|uh+|er|well|so|hi|hello|please|thanks"
    r"|thank you|no problem|right|alright|my|the|first|last|full|name|names|is|its|it|this|im|i am|that|would be|be"
    r"|thatd|call me|and|with|you can|put down|for) ?\b)+"
)
_GOES_ON = re.compile(
    r"\b(?:mr|mrs|ms|miss|doctor|dr|pastor|reverend|father|sister|brother|deacon|professor|van|von|de|del|della|di|da"
    r"|la|le|los|las|der|den|ten|mac|mc|saint|st|al|el|bin|ben|names?(?: is)?|as in|with an?|spelled)$"
)
"""A title, the first part of a name, or an announcement of more."""


def _name(said: list[str]) -> Part:
    text = " ".join(said)
    rest = re.sub(r"\b(?:um+|uh+|er|erm)\b", " ", _NAME_LEAD.sub("", text)).split()
    if not rest:
        return Part.NONE
    if _GOES_ON.search(text):
        return Part.SOME
    first, last = (bool(re.search(rf"\b(?:{kind}) name\b", text)) for kind in ("first|given", "last|family|sur"))
    if first != last and not _spelling(text) and len(rest) < _FULL_NAME:
        return Part.SOME
    spelled, letters = _spelling(text) or ([], "")
    if letters:
        names = {each for each in spelled if len(each) > 1 and not _NOT_NAMES.fullmatch(each)}
        if not any(letters.endswith(each) or each == letters for each in names):
            return Part.SOME
        return Part.WHOLE if len(names) > 1 else Part.ENOUGH
    return Part.WHOLE if len(set(rest)) > 1 else Part.ENOUGH


_FULL_NAME = 2
_NOT_NAMES = re.compile(
    r"its|it|is|thats|that|my|names?|last|first|the|uh|um|yes|yeah|sure|and|then|with|an|spelled|spell|so"
)


def _spelling(text: str) -> tuple[list[str], str] | None:
    """What stands before the letters at the end, and the letters together; None without letters there."""
    tokens, letters = re.sub(r" as in \w+", "", text).split(), ""
    while tokens and len(tokens[-1]) == 1 and tokens[-1].isalpha():
        letters = tokens.pop() + letters
    return (tokens, letters) if letters else None


_STATES = re.compile(
    r"\b(?:alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho"
    r"|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi"
    r"|missouri|montana|nebraska|nevada|new (?:hampshire|jersey|mexico|york)|(?:north|south) (?:carolina|dakota)"
    r"|ohio|oklahoma|oregon|pennsylvania|rhode island|tennessee|texas|utah|vermont|(?:west )?virginia|washington"
    r"|wisconsin|wyoming|d c)$"
)
_ZIP_DIGITS = 5
_STREET = re.compile(
    r"\b(?:street|st|lane|ln|road|rd|avenue|ave|court|ct|drive|dr|way|place|boulevard|blvd|circle|terrace|highway"
    r"|parkway|trail|square|route|row|loop|alley|pike|box)\b(.*)$"
)
_UNIT = re.compile(r"\b(?:apartment|apt|unit|suite|floor|number|lot|building) ?\w*(?: [a-z])?\b")


def _address(text: str) -> Part:
    runs = digits_in(text)
    if not runs:
        return Part.NONE
    last_is_digits = text.split()[-1].isdigit() or text.split()[-1] in {*_DIGITS, *_TENS}
    if len(runs) > 1 and last_is_digits and len(runs[-1]) >= _ZIP_DIGITS:
        return Part.WHOLE
    if _STATES.search(text):
        return Part.ENOUGH
    street = _STREET.search(text)
    town = _UNIT.sub(" ", street.group(1)).split() if street else []
    return Part.ENOUGH if town and not last_is_digits else Part.SOME


def _email(text: str) -> Part:
    if re.search(r"(?:\bdot|\.) ?(?:com|org|net|edu|gov|us|info|church|co uk)$|\bcom$", text):
        return Part.WHOLE
    return Part.SOME if re.search(r"\b(?:at|dot|underscore|dash|hyphen)\b|\d", text) else Part.ENOUGH
