"""Fills the results of calls and delivers them to tenants' webhooks, beside the rounds: a model or a receiver that
hangs must not keep calls from being healed."""

import asyncio

from shared.services import Outside, Services

EVERY_SECONDS = 1.0


async def repeat_results(services: Services, outside: Outside, every_seconds: float = EVERY_SECONDS) -> None:
    """Until it is cancelled."""
    work = services.fill_results(outside.reader)
    while True:
        if not await work.fill():
            await asyncio.sleep(every_seconds)


async def repeat_deliveries(services: Services, outside: Outside, every_seconds: float = EVERY_SECONDS) -> None:
    """Until it is cancelled. What waits goes out at once, without a pause."""
    work = services.deliver(outside.courier)
    while True:
        if not await work.deliver():
            await asyncio.sleep(every_seconds)
