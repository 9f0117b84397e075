"""What is told several times, often at the same moment, is acted on once."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from shared.errors import PickupError

REMEMBERED = 4096
"""Newest of this process; for older ones, and other processes, acting again changes nothing but an alert's count."""


class TwinFailed(PickupError):
    """It was told at the same moment as another, which could not be acted on: one try is enough for both."""

    code = "delivery_failed"
    retryable = True


class _Delivery:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.done = False
        self.failures = 0


class Deliveries:
    def __init__(self) -> None:
        self._known: OrderedDict[str, _Delivery] = OrderedDict()

    @asynccontextmanager
    async def first(self, delivery_id: str) -> AsyncGenerator[bool]:
        """True for the one who is to act, False when it was done; others wait meanwhile. A failed act isn't done.

        Raises `TwinFailed` for those who waited for an act that failed.
        """
        delivery = self._known.setdefault(delivery_id, _Delivery())
        failures = delivery.failures
        async with delivery.lock:
            if delivery.failures > failures:
                raise TwinFailed("told at the same moment as one that could not be acted on")
            try:
                yield not delivery.done
            except BaseException:
                delivery.failures += 1
                raise
            delivery.done = True
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
