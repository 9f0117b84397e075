"""What callers hear of a stock: a copy that all calls share, at most as old as the stage's settings allow (RP-11).

A stock that can't be read is unknown, which is another thing than an empty one: nobody hears that there is nothing to
rent because a store is slow (RP-10).
"""

import asyncio
import time
import uuid
from typing import Any

import structlog

from agent.businesses.rental.store import RentalStore, Stock, stock_of
from agent.tools.context import ToolContext
from shared.domain.equipment_list import stock_copy
from shared.domain.tenant import Tenant
from shared.errors import PickupError
from shared.ports import BusinessRows, Loading, Snapshots

_log = structlog.get_logger(__name__)

LOAD_SECONDS = 3.0
"""The longest that a call waits for the stock; nothing that the caller hears first waits for it."""
SLOW_SECONDS = 1.0
"""A store that takes longer is in trouble (RP-43)."""
LOOK_SECONDS = 0.05
"""Between two looks for what another process loads."""
DROP_SECONDS = 1.0


class Inventory:
    """The stock of one tenant."""

    def __init__(self, store: RentalStore, snapshots: Snapshots, tenant_id: str, call_id: str | None = None) -> None:
        """`call_id` for the log: the framework runs tools in contexts that don't know it."""
        self._store = store
        self._snapshots = snapshots
        self._tenant_id = tenant_id
        self._loader = uuid.uuid4().hex
        named = {} if call_id is None else {"call_id": call_id}
        self._log = _log.bind(**named)

    async def stock(self) -> Stock | None:
        """None: unknown. Whatever goes wrong is a line in the log, and raises nothing."""
        try:
            async with asyncio.timeout(LOAD_SECONDS):
                return await self._found()
        except TimeoutError:
            self._log.error(
                "Equipment loading timed out - inventory unknown", action="inventory_timeout", seconds=LOAD_SECONDS
            )
        except Exception as error:
            # the boundary: a call goes on without the stock, whatever keeps it from being read (RP-17)
            self._log.error(
                "Equipment can't be loaded - inventory unknown", action="inventory_failed", error=str(error)
            )
        return None

    async def changed(self, version: int) -> None:
        """The stock has this version by now: copies of earlier ones are used no more."""
        try:
            async with asyncio.timeout(DROP_SECONDS):
                await self._snapshots.drop(self._name, version)
        except (PickupError, TimeoutError) as error:
            why = "equipment's copy not dropped: it is used until it is too old"
            self._log.error(why, action="inventory_copy", error=str(error))

    @property
    def _name(self) -> str:
        return stock_copy(self._tenant_id)

    async def _found(self) -> Stock:
        refused = False
        while True:
            try:
                found = await self._snapshots.find(self._name, self._loader)
            except PickupError as error:
                self._log.warning(
                    "equipment's copies out of reach, reading the store", action="inventory_copy", error=str(error)
                )
                return stock_of(await self._read())
            if found is Loading.THEIRS:
                await asyncio.sleep(LOOK_SECONDS)
            elif found is Loading.OURS:
                self._log.info("Cache expired or empty - reloading equipment", action="inventory_reload")
                stock, kept = await self._loaded()
                # where a booking came in between it is read anew, once: a store that was restored counts from an
                # earlier version, and is right all the same
                if kept or refused:
                    return stock
                refused = True
            else:
                age = round(found.age_seconds, 1)
                self._log.info("Using cached equipment data", action="inventory_cached", age_seconds=age)
                return stock_of(found.value)

    async def _loaded(self) -> tuple[Stock, bool]:
        """The stock as the store has it, and whether its copy is kept: not where a later version is known."""
        over = False
        try:
            answer = await self._read()
            stock = stock_of(answer)
            over = True
            try:
                return stock, await self._snapshots.put(self._name, self._loader, stock.version, answer)
            except PickupError as error:
                self._log.warning("equipment's copy not kept", action="inventory_copy", error=str(error))
                return stock, True
        finally:
            if not over:
                await self._give_up()

    async def _give_up(self) -> None:
        try:
            await self._snapshots.give_up(self._name, self._loader)
        except PickupError as error:
            self._log.warning("turn to load equipment not given up", action="inventory_copy", error=str(error))

    async def _read(self) -> Any:
        began = time.monotonic()
        answer = await self._store.list(self._tenant_id)
        seconds = time.monotonic() - began
        items = len(answer["items"]) if isinstance(answer, dict) else None
        took = {"seconds": round(seconds, 3)}
        self._log.info("Equipment loaded successfully", action="inventory_loaded", items=items, **took)
        if seconds > SLOW_SECONDS:
            self._log.warning("equipment's store is slow", action="inventory_slow", **took)
        return answer


def inventory_of(context: ToolContext[RentalStore]) -> Inventory:
    return Inventory(context.store, context.snapshots, context.tenant.tenant_id, context.conversation.call_id)


async def warm(rows: BusinessRows, snapshots: Snapshots, tenant: Tenant) -> None:
    """Load the stock beside the greeting, so that the caller's first question finds it (RP-09)."""
    await Inventory(RentalStore(rows), snapshots, tenant.tenant_id).stock()
