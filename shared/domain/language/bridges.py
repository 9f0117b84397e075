"""What an agent says first when it takes a running call over from one that is gone (OP-32).

The audio is shipped (`shared.house_audio`), so that the caller hears it at once, whatever else is slow.
"""

from collections.abc import Mapping
from types import MappingProxyType

BACK_LINES: Mapping[str, str] = MappingProxyType(
    {
        "en": "I'm sorry, we were cut off for a moment. I'm back.",
        "es": "Disculpe, se cortó la comunicación por un momento. Ya estoy de vuelta.",
    }
)
"""By language (ISO 639-1)."""


def is_bridge(said: str, own: str) -> bool:
    """Whether it is a bridge, whole or cut off by the caller. `own`: the template's phrase."""
    text = said.strip()
    return bool(text) and any(line.startswith(text) for line in (own, *BACK_LINES.values()))


def back_line(language: str) -> str:
    """For a language tag such as `es-MX`; English for a language without one."""
    return BACK_LINES.get(language.replace("_", "-").split("-")[0].lower(), BACK_LINES["en"])
