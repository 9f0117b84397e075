"""A worker checks the set-up of its stage's numbers when it starts, and now and then while it runs."""

import asyncio

from shared.calls.setups import alert_setups
from shared.services import Services

EVERY_SECONDS = 600.0


async def watch_setups(services: Services, every_seconds: float = EVERY_SECONDS) -> None:
    """Until it is cancelled. Raises `StoreError` and `DirectoryError`: its owner starts it again."""
    from agent.businesses.business import all_templates

    # templates change with the release alone
    templates = await asyncio.to_thread(all_templates)
    while True:
        await alert_setups(await services.setups.check(templates), services.alerts)
        await asyncio.sleep(every_seconds)
