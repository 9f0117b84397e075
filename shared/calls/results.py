"""Fills the results of finished calls: one model request a call, tried again within limits."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from shared.domain.cost import PRICES, cost_of
from shared.domain.result import values_of
from shared.errors import ProviderError, StoreError
from shared.observe import report
from shared.ports import Alert, Alerts, Clock, ResultReader, Results, WantedResult

log = structlog.get_logger(__name__)

AT_ONCE = 5
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1500))
"""Between tries. A delivery waits an hour for its result: by then there is one, or there is none."""
CLAIMED_FOR = timedelta(seconds=60)
"""Longer than a request may take. Afterwards another process may try: this one has died."""


@dataclass(frozen=True)
class FillResults:
    """The results of one stage; any number of processes may fill them."""

    results: Results
    reader: ResultReader | None
    """None where the process knows no provider: results wait for one that does."""
    alerts: Alerts
    clock: Clock

    async def fill(self) -> int:
        """One pass: how many results are settled now. Failures are noted and tried again by a later pass."""
        if self.reader is None:
            return 0
        now = self.clock.now()
        try:
            wanted = await self.results.claim(now, now + CLAIMED_FOR, AT_ONCE)
        except StoreError as error:
            log.warning("results not read", action="result", error=str(error))
            return 0
        return sum(await asyncio.gather(*(self._try(each, self.reader) for each in wanted)))

    async def _try(self, wanted: WantedResult, reader: ResultReader) -> bool:
        try:
            return await self._settle(wanted, reader)
        except StoreError as error:
            log.warning("result not noted", action="result", call_id=wanted.call_id, error=str(error))
        except Exception as error:
            # one call's result, of whatever fault, keeps no other from its own
            report(error, action="result", call_id=wanted.call_id)
        return False

    async def _settle(self, wanted: WantedResult, reader: ResultReader) -> bool:
        try:
            reading = await reader.read(wanted.fields, wanted.talk)
            values = values_of(wanted.fields, reading.answer, wanted.talk)
        except (ProviderError, ValueError) as error:
            return await self._failed(
                wanted, str(error), final=isinstance(error, ProviderError) and not error.retryable
            )
        now = self.clock.now()
        costs = cost_of((reading.usage,), now.date(), PRICES)
        await self.results.fill(wanted.call_id, values, reading.usage, costs.items["llm"], now)
        log.info("result filled", action="result", call_id=wanted.call_id, attempt=wanted.attempt)
        return True

    async def _failed(self, wanted: WantedResult, why: str, *, final: bool) -> bool:
        now = self.clock.now()
        last = final or wanted.attempt > len(PAUSES)
        log.error("result not filled", action="result", call_id=wanted.call_id, given_up=last, error=why)
        if last:
            alert = Alert("result_failed", "notice", "A call's result can't be filled", wanted.call_id, {"error": why})
            await self.alerts.raise_(alert)
        await self.results.fail(wanted.call_id, why, now, None if last else now + PAUSES[wanted.attempt - 1])
        return last
