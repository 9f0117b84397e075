"""Duplicate deliveries of a webhook, often at the same moment: one is handled, the others wait for it."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from shared.errors import PickupError

REMEMBERED = 4096
"""The newest of this process; handling an older one again changes nothing but an alert's count."""


class DuplicateFailed(PickupError):
    """A duplicate of a delivery that could not be handled: one try is enough for both."""

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
        """True for the delivery to handle, False when it was handled; duplicates wait meanwhile. A failed one counts as
        not handled.

        Raises `DuplicateFailed` for duplicates that waited for one that failed.
        """
        delivery = self._known.setdefault(delivery_id, _Delivery())
        failures = delivery.failures
        async with delivery.lock:
            if delivery.failures > failures:
                raise DuplicateFailed("its duplicate, delivered at the same moment, could not be handled")
            try:
                yield not delivery.done
            except BaseException:
                delivery.failures += 1
                raise
            delivery.done = True
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
