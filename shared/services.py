"""What a process has of the outside world: one adapter behind each port."""

from dataclasses import dataclass

from shared.config import Settings
from shared.ports import (
    Alerts,
    AudioFiles,
    BusinessRows,
    Calls,
    Carrier,
    Clock,
    Consents,
    Directory,
    Egress,
    Leases,
    Recordings,
    Records,
    Requests,
    Sessions,
    Switchboard,
    Workers,
)


@dataclass(frozen=True)
class Services:
    """All that a use-case may need of the outside world."""

    settings: Settings
    clock: Clock
    directory: Directory
    calls: Calls
    records: Records
    consents: Consents
    requests: Requests
    business_rows: BusinessRows
    recordings: Recordings
    alerts: Alerts
    sessions: Sessions
    leases: Leases
    workers: Workers
    switchboard: Switchboard
    carrier: Carrier
    files: AudioFiles
    egress: Egress | None
    """None where no egress is deployed: agents record by themselves."""
