"""A tenant's own list of its equipment, as rows of a file or of a spreadsheet, checked row by row. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

REQUIRED = ("reference", "name", "category", "daily_rate")
COLUMNS = (*REQUIRED, "description", "lowest_rate", "status")
STATUSES = ("AVAILABLE", "RENTED", "OUT_OF_SERVICE")
_MOST = Decimal(100_000)


@dataclass(frozen=True)
class ListedItem:
    reference: str
    """The tenant's own name of the item: each item is one row."""
    name: str
    category: str
    daily_rate: Decimal
    """USD."""
    description: str = ""
    lowest_rate: Decimal | None = None
    """The least a day that is agreed to; None: the daily rate."""
    status: str | None = None
    """One of `STATUSES`; None: the list has none."""


@dataclass(frozen=True)
class RowFault:
    row: int
    """From 1, the heading's, as spreadsheets count."""
    what: str


@dataclass(frozen=True)
class EquipmentList:
    items: tuple[ListedItem, ...]
    """Of the rows without fault."""
    faults: tuple[RowFault, ...]
    rows: dict[str, int]
    """The row of each item, by reference."""
    status_column: int | None
    """From 0."""


def equipment_list(rows: Sequence[Sequence[str]]) -> EquipmentList:
    """The items of a list whose first row names the columns, in any order; other columns are passed over."""
    heading = [cell.strip().lower().replace(" ", "_") for cell in rows[0]] if rows else []
    if missing := [name for name in REQUIRED if name not in heading]:
        what = f"the heading lacks {', '.join(missing)}: name the columns {', '.join(COLUMNS)}"
        return EquipmentList((), (RowFault(1, what),), {}, None)
    items: list[ListedItem] = []
    faults: list[RowFault] = []
    found = dict[str, int]()
    for number, row in enumerate(rows[1:], 2):
        cells = {name: cell.strip() for name, cell in zip(heading, row, strict=False)}
        if not any(cells.values()):
            continue
        try:
            item = _item(cells)
            if item.reference in found:
                raise ValueError(f"{item.reference} stands in row {found[item.reference]} already")
        except ValueError as error:
            faults.append(RowFault(number, str(error)))
            continue
        found[item.reference] = number
        items.append(item)
    return EquipmentList(tuple(items), tuple(faults), found, heading.index("status") if "status" in heading else None)


def _item(cells: dict[str, str]) -> ListedItem:
    """Raises ValueError, which says what is wrong with the row."""
    if missing := [name for name in REQUIRED if not cells.get(name)]:
        raise ValueError(f"{', '.join(missing)} is missing")
    daily_rate = _rate(cells, "daily_rate")
    lowest_rate = _rate(cells, "lowest_rate") if cells.get("lowest_rate") else None
    if lowest_rate is not None and lowest_rate > daily_rate:
        raise ValueError("lowest_rate is above daily_rate")
    status = cells.get("status", "").upper().replace(" ", "_") or None
    if status not in (None, *STATUSES):
        raise ValueError(f"status {cells['status']!r} is none of {', '.join(STATUSES)}")
    reference, name, category = (cells[each] for each in ("reference", "name", "category"))
    return ListedItem(reference, name, category, daily_rate, cells.get("description", ""), lowest_rate, status)


def _rate(cells: dict[str, str], name: str) -> Decimal:
    text = cells[name].replace("$", "").replace(",", "").strip()
    try:
        rate = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{name} {cells[name]!r} is no amount") from None
    if not rate.is_finite() or not 0 < rate < _MOST or rate != round(rate, 2):
        raise ValueError(f"{name} {cells[name]!r} is no amount of dollars and cents above zero")
    return rate


def column_name(index: int) -> str:
    """0 is A, 26 is AA."""
    name, left = "", index + 1
    while left:
        left, letter = divmod(left - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def stock_copy(tenant_id: str) -> str:
    """The name of the copies of a tenant's stock (`Snapshots`)."""
    return f"equipment:{tenant_id}"
