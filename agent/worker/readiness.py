"""Before a worker registers it loads what its calls will need; afterwards it keeps the copies of stocks warm."""

import asyncio

import structlog

from shared.domain.tenant import DEMO_TENANT
from shared.errors import DirectoryError, StoreError
from shared.ports import Alert
from shared.services import Services

log = structlog.get_logger(__name__)

CHECK_SECONDS = 20.0
"""The longest that one check of the loader takes."""
AGAIN_SECONDS = 2.0
ALERT = "worker_check"


async def until_loadable(services: Services) -> None:
    """Returns once everything can be loaded; until then one page is open, and the worker takes no calls (PT-24)."""
    paged = False
    while True:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await load_all(services)
            break
        except (DirectoryError, TimeoutError) as error:
            why = str(error) or "timeout"
            log.error("worker doesn't register: calls could load nothing", action="worker_check", error=why)
            if not paged:
                paged = await _page(services, why)
        await asyncio.sleep(AGAIN_SECONDS)
    try:
        await services.alerts.close(ALERT)
    except StoreError as error:
        log.warning("alert not closed", action="worker_check", error=str(error))


async def load_all(services: Services) -> None:
    """Each active number of the stage with its tenant, and one demo tenant, as a call loads them.

    Raises `DirectoryError`.
    """
    directory = services.directory
    await directory.tenant(DEMO_TENANT)
    for did in await directory.dids(services.settings.stage):
        listing = await directory.listing(did, "")
        if listing is not None and listing.tenant_id is not None:
            await directory.tenant(listing.tenant_id)


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


async def _page(services: Services, why: str) -> bool:
    title = "A worker doesn't register, as it can't load its numbers and tenants"
    try:
        await services.alerts.raise_(Alert(ALERT, "page", title, fields={"error": why}))
    except StoreError as error:
        log.warning("alert not stored", action="worker_check", error=str(error))
        return False
    return True
