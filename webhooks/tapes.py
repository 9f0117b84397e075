"""The use-cases of recordings on a process's services."""

from shared.calls.recordings import Tapes
from shared.wiring import Services


def tapes_of(services: Services) -> Tapes:
    return Tapes(
        stage=services.settings.stage,
        release=services.settings.release,
        recordings=services.recordings,
        consents=services.consents,
        files=services.files,
        egress=services.egress,
        alerts=services.alerts,
        clock=services.clock,
    )
