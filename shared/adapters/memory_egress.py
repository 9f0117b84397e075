"""A recorder of rooms that records nothing, and remembers what it was asked."""

from shared.errors import SwitchboardError


class MemoryEgress:
    """With a `fault` nothing can be asked: it stands, so, for a LiveKit without an egress service."""

    def __init__(self, fault: SwitchboardError | None = None) -> None:
        self.fault = fault
        self.running: dict[str, tuple[str, str]] = {}
        """Room and path, by id."""
        self.stopped: list[str] = []
        self._begun = 0

    async def start(self, room: str, path: str) -> str:
        self._reach()
        self._begun += 1
        egress_id = f"EG_{self._begun:06d}"
        self.running[egress_id] = (room, path)
        return egress_id

    async def stop(self, egress_id: str) -> None:
        self._reach()
        if self.running.pop(egress_id, None) is not None:
            self.stopped.append(egress_id)

    def _reach(self) -> None:
        if self.fault is not None:
            raise self.fault
