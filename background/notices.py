"""Sends the messages about a stage's alerts, beside the rounds: a mail server that hangs must not keep calls from being
healed."""

import asyncio

from shared.services import Services

EVERY_SECONDS = 5.0


async def repeat_notices(services: Services, every_seconds: float = EVERY_SECONDS) -> None:
    """Until it is cancelled."""
    while True:
        await services.notices.deliver()
        await asyncio.sleep(every_seconds)
