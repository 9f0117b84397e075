"""What is told several times, often at the same moment, is acted on once."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

REMEMBERED = 4096
"""Newest of this process; for older ones, and other processes, acting again changes nothing but an alert's count."""


class Deliveries:
    def __init__(self) -> None:
        self._locks: OrderedDict[str, asyncio.Lock] = OrderedDict()
        self._done: set[str] = set()

    @asynccontextmanager
    async def first(self, delivery_id: str) -> AsyncGenerator[bool]:
        """True for the one who is to act, False when it was done; others wait meanwhile. A failed act isn't done."""
        lock = self._locks.setdefault(delivery_id, asyncio.Lock())
        async with lock:
            todo = delivery_id not in self._done
            yield todo
            self._done.add(delivery_id)
        while len(self._locks) > REMEMBERED:
            self._done.discard(self._locks.popitem(last=False)[0])
