"""Keeps a tenant's stock of equipment in step with its own list, beside all calls (RP-60)."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.equipment_list import EquipmentList, ListedItem, column_name, equipment_list, stock_copy
from shared.domain.tenant import Tenant
from shared.errors import PickupError, SheetError, StoreError
from shared.observe import log
from shared.ports import Alert, Alerts, BusinessRows, Clock, Directory, Snapshots, Spreadsheet

SHEET = "equipment_sheet"
"""Among a tenant's extras: the id of its Google spreadsheet."""
MOST_NAMED = 20
"""Rows with faults that an alert names."""


@dataclass(frozen=True)
class Merged:
    """How many items a list added, changed, and left as they were."""

    added: int
    changed: int
    unchanged: int


class EquipmentStock:
    """A tenant's stock, as its operators change it."""

    def __init__(self, rows: BusinessRows, snapshots: Snapshots, clock: Clock) -> None:
        self._rows = rows
        self._snapshots = snapshots
        self._clock = clock

    async def merge(self, tenant_id: str, items: Sequence[ListedItem], operator: str) -> Merged:
        """All of them or none; items that aren't among them stay. Raises `StoreError`."""
        wanted = {"tenant_id": tenant_id, "operator": operator, "at": self._clock.now(), "rows": list(items)}
        answer = await self._rows.change("merge_equipment_v1", wanted)
        merged = Merged(*(int(answer[name]) for name in ("added", "changed", "unchanged")))
        if merged.added or merged.changed:
            await self._changed(tenant_id, int(answer["version"]))
        return merged

    async def give_back(self, tenant_id: str, reference: str) -> str | None:
        """An item came back. None, or why it can't have: its status, or `UNKNOWN_ITEM`. Raises `StoreError`."""
        back = {"tenant_id": tenant_id, "reference": reference, "at": self._clock.now()}
        answer = await self._rows.change("return_equipment_v1", back)
        if answer["returned"]:
            await self._changed(tenant_id, int(answer["version"]))
        return None if answer["returned"] else str(answer["reason"])

    async def unlisted(self, tenant_id: str) -> list[dict[str, str]]:
        """`reference` and `status` of the items whose status in the list is another one."""
        return await self._rows.read("unlisted_statuses_v1", {"tenant_id": tenant_id})

    async def note_listed(self, tenant_id: str, statuses: Sequence[dict[str, str]]) -> None:
        """The list has these statuses now."""
        await self._rows.change("note_listed_v1", {"tenant_id": tenant_id, "statuses": list(statuses)})

    async def _changed(self, tenant_id: str, version: int) -> None:
        try:
            await self._snapshots.drop(stock_copy(tenant_id), version)
        except PickupError as error:
            log.warning("equipment's copy not dropped", action="equipment", tenant_id=tenant_id, error=str(error))


class SheetSync:
    """Reads each tenant's sheet, merges it, and writes back the statuses that calls have changed."""

    def __init__(
        self, stage: str, sheet: Spreadsheet, stock: EquipmentStock, directory: Directory, alerts: Alerts
    ) -> None:
        self._stage = stage
        self._sheet = sheet
        self._stock = stock
        self._directory = directory
        self._alerts = alerts
        self._wrong: dict[str, str] = {}
        """What was wrong last, by tenant; empty: nothing. Its alert may be open where nothing is known yet."""

    async def sync(self) -> None:
        """All sheets once. One that fails raises one alert, however often, and keeps no other from its turn."""
        setups = await self._directory.setups(self._stage)
        tenants = {each.tenant.tenant_id: each.tenant for each in setups.numbers if each.tenant}
        for tenant in tenants.values():
            if document := tenant.extras.get(SHEET):
                await self._alert(tenant, await self._attempted(tenant, str(document)))

    async def _attempted(self, tenant: Tenant, document: str) -> str:
        """What is wrong; empty: nothing."""
        try:
            found = await self._synced(tenant.tenant_id, document)
        except (SheetError, StoreError) as error:
            return str(error)
        return "; ".join(f"row {each.row}: {each.what}" for each in found.faults[:MOST_NAMED])

    async def _synced(self, tenant_id: str, document: str) -> EquipmentList:
        found = equipment_list(await self._sheet.read(document))
        if found.items:
            await self._stock.merge(tenant_id, found.items, "spreadsheet")
        wanted = [each for each in await self._stock.unlisted(tenant_id) if each["reference"] in found.rows]
        if wanted and found.status_column is not None:
            column = column_name(found.status_column)
            cells = {f"{column}{found.rows[each['reference']]}": each["status"] for each in wanted}
            await self._sheet.write(document, cells)
            await self._stock.note_listed(tenant_id, wanted)
        return found

    async def _alert(self, tenant: Tenant, wrong: str) -> None:
        key, before = f"equipment_sheet:{tenant.tenant_id}", self._wrong.get(tenant.tenant_id)
        if wrong == before:
            return
        if not wrong:
            await self._alerts.close(key)
        else:
            log.warning("sheet not in step", action="sheet", tenant_id=tenant.tenant_id, why=wrong)
            if not before:
                title = f"The equipment's sheet of {tenant.name} can't be kept in step"
                await self._alerts.raise_(Alert(key, "notice", title, fields={"why": wrong}))
        self._wrong[tenant.tenant_id] = wrong
