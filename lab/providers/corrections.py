"""Applies a caller's correction to the arguments that the agent read back."""

import re
from collections.abc import Sequence
from typing import Any

from lab.providers.content import content_in
from lab.providers.names import name_in
from lab.providers.slots import Slot, dates_in, phone_in, time_in
from lab.providers.wording import without_filler

_THIS_NOT_THAT = re.compile(r"\b([\w' -]+?),? (?:and )?not ([\w' -]+)", re.I)
_BEFORE_NEW = re.compile(r"^(?:(?:no|it's|it is|the|my|name|is|i said|i meant|make it|actually|for)\s+)+", re.I)
_MORE = re.compile(r"(?:(?:and|also|please|add|could you|can you|include)\s+)+(?:that\s+|for\s+)?(.+)", re.I)
_CHANGE_TO = re.compile(
    r"^(?:(?:please|change (?:it|that|the \w+) to|make (?:it|that)|it should (?:be|say)|i (?:said|meant)|it's|"
    r"instead)\s+)+",
    re.I,
)
_READERS = {"name": name_in, "phone": phone_in, "time": time_in, "dates": dates_in}
_SHORT = 6


def corrected(arguments: dict[str, Any], slots: Sequence[Slot], said: str, command: Sequence[str]) -> dict[str, Any]:
    """The corrected arguments; unchanged if `said` corrects nothing."""
    changed = dict(arguments)
    if found := _THIS_NOT_THAT.search(said):
        new, old = _BEFORE_NEW.sub("", found.group(1).strip()), found.group(2).strip()
        for name, value in arguments.items():
            if isinstance(value, str) and new and old.lower() in value.lower():
                return {**changed, name: re.sub(re.escape(old), lambda _: new, value, flags=re.I)}
    rest = without_filler(said)
    text = next((slot["name"] for slot in slots if slot["kind"] == "text"), None)
    for slot in slots:
        reader = _READERS.get(slot["kind"])
        value = reader(rest) if reader is not None else None
        # a long sentence with a time in it is more likely a text
        if value is not None and not (slot["kind"] == "time" and text and len(rest.split()) > _SHORT):
            changed[slot["name"]] = value
    if changed != arguments or text is None:
        return changed
    if found := _MORE.match(rest):
        more = found.group(1).strip(" .?!")
        return {**changed, text: f"{changed.get(text) or ''} and {more}".removeprefix(" and ")}
    content = content_in(_CHANGE_TO.sub("", rest), command)
    if content and len(content.split()) >= 2:
        return {**changed, text: re.sub(r"\s+instead$", "", content)}
    return changed
