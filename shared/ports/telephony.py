"""LiveKit's control and recorder, and the carrier's call control."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.telephony.application import VoiceApplication
from shared.domain.telephony.legs import Command
from shared.domain.telephony.rooms import Participant, Provisioned, Room, TrunkPlan


class Switchboard(Protocol):
    """LiveKit's control. Every call is bounded, every failure a `SwitchboardError`."""

    async def rooms(self, stage: str) -> Sequence[Room]:
        """The stage's live rooms."""
        ...

    async def participants(self, room: str) -> Sequence[Participant]:
        """Who is in it; nobody is in a room that is gone."""
        ...

    async def dispatch(self, room: str, agent_name: str, metadata: str = "") -> None:
        """Ask for an agent. That nobody serves this name shows nowhere."""
        ...

    async def end(self, room: str) -> None:
        """Put everybody out: a call that rings is refused (486), one that was answered hung up. Idempotent."""
        ...

    async def provision(self, plan: TrunkPlan) -> Provisioned:
        """Make trunk and rule what is planned; nothing is touched that is so already."""
        ...

    async def transfer(self, room: str, identity: str, to: str) -> bool:
        """Connect a caller with the number `to`, E.164, and let the leg go.

        Returns when `to` has answered; a transfer that didn't complete is a `SwitchboardError`. False: the request was
        taken, and its outcome isn't reported, so that only a leg that ends is a transferred one.
        """
        ...


class Dialler(Protocol):
    """Legs to people, in the room of the caller who is to talk with them. Every call is bounded, every failure but
    `NotAnswered` a `SwitchboardError`."""

    @property
    def available(self) -> bool:
        """Whether a carrier is configured that takes our calls."""
        ...

    async def dial(self, room: str, identity: str, to: str, *, caller_id: str, ring_seconds: float) -> None:
        """Ring `to` (E.164, or an extension at the carrier); returns when it is answered.

        The participant `identity` is in the room from the beginning. Raises `NotAnswered`.
        """
        ...

    async def hear(self, room: str, identity: str, tracks: Sequence[str], *, on: bool) -> None:
        """Whether this participant hears these tracks (their ids)."""
        ...

    async def drop(self, room: str, identity: str) -> None:
        """End the leg, also while it rings. Idempotent."""
        ...


class Prober(Protocol):
    """Places synthetic calls. Every call is bounded."""

    async def call(self, did: str, generation: int) -> None:
        """Call the number `did` (E.164) so that a worker of this generation takes it; returns when its greeting was
        heard. Raises `ProbeError` with the reason when it wasn't."""
        ...


class Egress(Protocol):
    """LiveKit's own recorder of rooms. Every call is bounded, every failure a `SwitchboardError`."""

    async def start(self, room: str, path: str) -> str:
        """Record a room's sound to `path` from now on; its id there."""
        ...

    async def stop(self, egress_id: str) -> None:
        """Its file is whole when LiveKit sends `egress_ended`. Stopping one that has ended is fine."""
        ...


class Carrier(Protocol):
    """The telephone company's call control. Every call is bounded, every failure a `CarrierError`."""

    async def do(self, leg_id: str, command: Command, key: str) -> None:
        """Command a leg. A command with the same key as an earlier one does nothing.

        Raises `CarrierError` with `leg_gone` set when the leg has ended: then nothing can be done to it any more.
        """
        ...

    async def fetch(self, url: str) -> bytes:
        """A recording that it made, at most some megabytes."""
        ...

    async def applications(self) -> Sequence[VoiceApplication]:
        """The voice applications of our account, at most the first 250."""
        ...
