"""The use-cases of rooms on a process's services."""

from shared.calls.room import Rooms
from shared.wiring import Services


def rooms_of(services: Services) -> Rooms:
    return Rooms(
        stage=services.settings.stage,
        release=services.settings.release,
        secret=services.settings.livekit_secret,
        directory=services.directory,
        calls=services.calls,
        records=services.records,
        sessions=services.sessions,
        alerts=services.alerts,
        workers=services.workers,
        leases=services.leases,
        switchboard=services.switchboard,
        clock=services.clock,
    )
