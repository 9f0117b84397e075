"""Keeps tenants' spreadsheets in step, beside the rounds: a sheet that hangs must not keep calls from being healed."""

import asyncio

from shared.observe import report
from shared.services import Outside, Services

EVERY_SECONDS = 30.0


async def repeat_sheets(services: Services, outside: Outside, every_seconds: float = EVERY_SECONDS) -> None:
    """Until it is cancelled; does nothing where no spreadsheets are configured."""
    if outside.spreadsheet is None:
        return
    work = services.sheet_sync(outside.spreadsheet)
    while True:
        try:
            await work.sync()
        except Exception as error:
            # the boundary of a round: the next one tries again
            report(error, action="sheet")
        await asyncio.sleep(every_seconds)
