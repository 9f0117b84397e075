"""Before a worker registers it loads what its calls will need; afterwards it keeps the copies of stocks warm."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import structlog

from shared.domain.tenant import DEMO_TENANT
from shared.errors import DirectoryError, StoreError
from shared.ports import Alert
from shared.services import Services

log = structlog.get_logger(__name__)

CHECK_SECONDS = 20.0
"""The longest that one check of the loader takes."""
AT_ONCE = 4
"""Numbers that a check loads side by side."""
AGAIN_SECONDS = 2.0
REFRESH_SECONDS = 240.0
"""While it serves, a worker loads all numbers again so often: less than a copy is as good as new (PT-19)."""
MEND_SECONDS = 30.0
"""The same while a number fails."""
ALERT = "worker_check"
NUMBERS_ALERT = "numbers_not_loadable"
_NAMED = 5
"""Numbers that an alert's title names."""


@dataclass(frozen=True)
class Loaded:
    """What came of loading all numbers of the stage as their calls would."""

    dids: tuple[str, ...]
    failed: Mapping[str, str]
    """Why, by number, and by the demo tenant's id."""

    @property
    def serves(self) -> bool:
        """Whether a worker is of use: it can answer one number at least, or there are none."""
        return not self.dids or any(did not in self.failed for did in self.dids)

    @property
    def title(self) -> str:
        failed = list(self.failed)
        more = f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
        return f"Calls can't be loaded, their callers are apologised to: {', '.join(failed[:_NAMED])}{more}"

    @property
    def reasons(self) -> list[str]:
        return [f"{number}: {why}" for number, why in self.failed.items()]


async def until_loadable(services: Services) -> Loaded:
    """Returns once a number can be loaded; until then one page is open, and the worker takes no calls (PT-24)."""
    paged = False
    while True:
        try:
            loaded = await load_all(services)
            if loaded.serves:
                break
            why = f"none of {len(loaded.dids)} numbers: {loaded.reasons[0]}"
        except DirectoryError as error:
            why = str(error)
        log.error("worker doesn't register: calls could load nothing", action="worker_check", error=why)
        if not paged:
            title = "A worker doesn't register, as it can't load its numbers and tenants"
            paged = await _page(services, Alert(ALERT, "page", title, fields={"error": why}))
        await asyncio.sleep(AGAIN_SECONDS)
    await _close(services, ALERT)
    return loaded


async def keep_loadable(services: Services, loaded: Loaded) -> None:
    """Until it is cancelled: an alert names the numbers that can't be loaded; the copies of the others stay fresh."""
    while True:
        await _tell(services, loaded)
        await asyncio.sleep(MEND_SECONDS if loaded.failed else REFRESH_SECONDS)
        try:
            loaded = await load_all(services)
        except DirectoryError as error:
            # each call says so itself
            log.warning("numbers not loaded again", action="worker_check", error=str(error))


async def load_all(services: Services) -> Loaded:
    """Each active number of the stage with its tenant, and one demo tenant, as a call loads them, copies included.

    Raises `DirectoryError` where it isn't known which numbers there are.
    """
    directory, stage = services.directory, services.settings.stage
    late = f"not loaded within {CHECK_SECONDS:g} s"
    dids: tuple[str, ...] = ()
    failed: dict[str, str] = {}

    async def load(number: str) -> None:
        try:
            if number == DEMO_TENANT:
                await directory.tenant(number)
            elif (listing := await directory.listing(number, "")) is not None and listing.tenant_id is not None:
                await directory.tenant(listing.tenant_id)
        except DirectoryError as error:
            failed[number] = str(error)
        else:
            del failed[number]

    async def load_some(numbers: Iterator[str]) -> None:
        for number in numbers:
            await load(number)

    try:
        async with asyncio.timeout(CHECK_SECONDS):
            dids = tuple(await directory.known_dids(stage))
            failed = dict.fromkeys((DEMO_TENANT, *dids), late)
            waiting = iter(tuple(failed))
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(load_some(waiting), name="loading numbers")
    except TimeoutError as error:
        if not failed:
            raise DirectoryError(late, "timeout") from error
    return Loaded(dids, dict(failed))


async def keep_warm(services: Services) -> None:
    """Until it is cancelled: before a copy of a tenant's stock is too old it is loaded anew (RP-15)."""
    while True:
        try:
            await warm_all(services)
        except DirectoryError as error:
            # calls load it beside their greeting
            log.warning("stocks not loaded ahead of calls", action="keep_warm", error=str(error))
        await asyncio.sleep(services.settings.snapshot_seconds or AGAIN_SECONDS)


async def warm_all(services: Services) -> None:
    """Load what the businesses of the stage's numbers want loaded before a call. Raises `DirectoryError`."""
    from agent.businesses.business import business_names, business_of

    known = business_names()
    setups = await services.directory.setups(services.settings.stage)
    wanted = {(each.template, each.tenant.tenant_id): each.tenant for each in setups.numbers if each.tenant}
    for (template, _), tenant in wanted.items():
        if template in known and (warm := business_of(template).warm) is not None:
            await warm(services.business_rows, services.snapshots, tenant)


async def _tell(services: Services, loaded: Loaded) -> None:
    """One alert for all numbers that fail, raised once as long as the same ones fail in the same way."""
    if not loaded.failed:
        await _close(services, NUMBERS_ALERT)
        return
    log.error("numbers can't be loaded", action="worker_check", failed=loaded.reasons)
    fields = {"failed": loaded.reasons}
    try:
        opened = {alert.key: alert.fields for alert in await services.alerts.open_alerts()}
    except StoreError:
        opened = {}
    if opened.get(NUMBERS_ALERT) != fields:
        await _page(services, Alert(NUMBERS_ALERT, "page", loaded.title, fields=fields))


async def _page(services: Services, alert: Alert) -> bool:
    try:
        await services.alerts.raise_(alert)
    except StoreError as error:
        log.warning("alert not stored", action="worker_check", error=str(error))
        return False
    return True


async def _close(services: Services, key: str) -> None:
    try:
        await services.alerts.close(key)
    except StoreError as error:
        log.warning("alert not closed", action="worker_check", key=key, error=str(error))
