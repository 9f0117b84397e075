"""Commands to a call's legs at the carrier, and what follows where it refuses them or fails at them."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from shared.calls.alerting import CallAlerts
from shared.domain.call import CallEvent
from shared.domain.telephony.leg_policy import Voice, failure, refused
from shared.domain.telephony.legs import CarrierEvent, Command
from shared.errors import CarrierError, StoreError
from shared.observe import report
from shared.ports import Alerts, Calls, Carrier, Clock

log = structlog.get_logger(__name__)

TOO_LATE = timedelta(seconds=30)
"""An older event leads to no command: the carrier remembers a command's key for a minute only."""
CARRIER_FAILED = "carrier_failed"
"""Prefix of the keys of alerts: one is open for a kind of command or event, however many calls it struck."""


@dataclass(frozen=True)
class LegCommands:
    carrier: Carrier
    calls: Calls
    alerts: Alerts
    clock: Clock
    voice: Voice

    async def do(self, event: CarrierEvent, leg_id: str, commands: Sequence[Command]) -> None:
        """Command the leg as follows from the event. Where the carrier refuses for good, the next rung is tried.

        Each refusal, and each failure that the event tells of, is reported and kept with the call's events. Raises
        `CarrierError` when the carrier couldn't be commanded, or refused the last rung too.
        """
        refusals: list[tuple[str, CarrierError]] = []
        try:
            await self._go_down(event, leg_id, deque(commands), refusals)
        finally:
            # after the commands, so that no caller waits for a store
            await self._tell(event, refusals)

    async def _go_down(
        self, event: CarrierEvent, leg_id: str, waiting: deque[Command], refusals: list[tuple[str, CarrierError]]
    ) -> None:
        number = 0
        while waiting:
            if self.clock.now() - event.at > TOO_LATE:
                log.warning("event too late", action="carrier_event", call_id=event.call_id, event_name=event.name)
                return
            command = waiting.popleft()
            try:
                await self.carrier.do(leg_id, command, f"{event.event_id}:{number}")
            except CarrierError as error:
                if error.retryable:
                    raise
                if error.leg_gone:
                    # its caller has hung up meanwhile
                    log.info("leg is gone", action="carrier_command", call_id=event.call_id)
                    return
                refusals.append((type(command).__name__.lower(), error))
                waiting = deque(refused(command, self.voice))
                if not waiting:
                    raise
            number += 1

    async def _tell(self, event: CarrierEvent, refusals: Sequence[tuple[str, CarrierError]]) -> None:
        """Never raises for a store."""
        alerts = CallAlerts(event.call_id, self.alerts)
        if why := failure(event):
            name = event.name.removeprefix("call.")
            log.error("the carrier failed", action="carrier_event", call_id=event.call_id, event_name=name, why=why)
            _add(alerts, name, why)
        for number, (command, error) in enumerate(refusals):
            report(error, action="carrier_command", call_id=event.call_id, command=command)
            _add(alerts, command, str(error))
            fields = {"command": command, "status": error.status, "why": str(error)}
            key = f"refused:{event.event_id}:{number}"
            try:
                await self.calls.note(CallEvent(event.call_id, key, "command_refused", self.clock.now(), fields))
            except StoreError as unkept:
                log.error("refusal not kept", action="carrier_command", call_id=event.call_id, error=str(unkept))
        await alerts.send()


def _add(alerts: CallAlerts, what: str, why: str) -> None:
    title = f"The carrier failed at {what.replace('.', ' ')}: callers hear the next fallback"
    alerts.add(f"{CARRIER_FAILED}:{what}", "page", title, why=why)
