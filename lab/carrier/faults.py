"""What goes wrong with webhooks, on demand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Faults:
    duplicate: int = 0
    """Each event is told so many times more, at once, with the same id."""
    delay_ms: tuple[int, int] | None = None
    """Each event is late by something between these, and not in order any more."""
    reorder: bool = False
    """Of each two events of a call the second is told first (or the first 0.4 s late, where none follows)."""
    lose: list[str] = field(default_factory=list[str])
    """Names of events that aren't told at all."""
    lose_next: int = 0
    """So many events aren't told, whichever they are."""

    def set(self, told: Mapping[str, Any]) -> None:
        """From JSON; what isn't named stays. Raises ValueError."""
        if unknown := set(told) - set(self.__dataclass_fields__):
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
        for name, value in told.items():
            setattr(self, name, tuple(value) if name == "delay_ms" and value is not None else value)

    def loses(self, event_type: str) -> bool:
        """Counts."""
        if event_type in self.lose:
            return True
        if self.lose_next > 0:
            self.lose_next -= 1
            return True
        return False
