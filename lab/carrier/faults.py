"""Faults of webhook delivery and of commands that a test can switch on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class CommandFault:
    """Commands that the carrier refuses, or takes and fails at."""

    command: str
    """Telnyx's name: `transfer`, `playback_start` …"""
    caller: str = ""
    """In this caller's calls only; empty: in all."""
    status: int = 0
    """HTTP status of a refusal. 0: the command is taken, and fails."""
    code: str = ""
    """Telnyx's code of the error in a refusal."""
    outcome: str = ""
    """What the event says that ends a playback, speech (`status`) or recording (`reason`)."""
    times: int | None = None
    """How many more commands it strikes; None: all."""


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
    commands: list[CommandFault] = field(default_factory=list[CommandFault])

    def set(self, given: Mapping[str, Any]) -> None:
        """Sets the named faults, from JSON. Raises ValueError for an unknown one."""
        if unknown := set(given) - set(self.__dataclass_fields__):
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
        for name, value in given.items():
            match name:
                case "delay_ms":
                    self.delay_ms = None if value is None else (value[0], value[1])
                case "commands":
                    self.commands = [_command_fault(one) for one in value]
                case _:
                    setattr(self, name, value)

    def of_command(self, command: str, caller: str) -> CommandFault | None:
        """The fault that strikes this command of this caller's call; counts its `times` down."""
        for fault in self.commands:
            if fault.command == command and fault.caller in ("", caller) and fault.times != 0:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def loses(self, event_type: str) -> bool:
        """Whether this event is lost; counts `lose_next` down."""
        if event_type in self.lose:
            return True
        if self.lose_next > 0:
            self.lose_next -= 1
            return True
        return False


def _command_fault(given: Mapping[str, Any]) -> CommandFault:
    try:
        return CommandFault(**given)
    except TypeError as error:
        raise ValueError(f"no such fault of a command: {error}") from error
