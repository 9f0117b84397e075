"""Faults of webhook delivery that a test can switch on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Faults:
    duplicate: int = 0
    """Extra deliveries of each event, at the same time and with the same id."""
    delay_ms: tuple[int, int] | None = None
    """Range of a random delay of each event; delayed events keep no order."""
    reorder: bool = False
    """Of every two events of a call the second is sent first (or the first 0.4 s late, if none follows)."""
    lose: list[str] = field(default_factory=list[str])
    """Names of events that are never sent."""
    lose_next: int = 0
    """The next so many events are never sent, whatever their names."""

    def set(self, given: Mapping[str, Any]) -> None:
        """Sets the named faults, from JSON. Raises ValueError for an unknown one."""
        if unknown := set(given) - set(self.__dataclass_fields__):
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
        for name, value in given.items():
            setattr(self, name, tuple(value) if name == "delay_ms" and value is not None else value)

    def loses(self, event_type: str) -> bool:
        """Whether this event is lost; counts `lose_next` down."""
        if event_type in self.lose:
            return True
        if self.lose_next > 0:
            self.lose_next -= 1
            return True
        return False
