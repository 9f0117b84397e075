"""The merchant's orders as a CSV file: read whole, or refused with each bad row's line, column and fault. Pure."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args

from agent.businesses.orders.rules import Status
from shared.domain.telephony.numbers import e164

REQUIRED = ("order_number", "customer_phone", "items", "amount", "address")
OPTIONAL = ("customer_name", "currency", "postcode", "delivery_time", "status")
_FEWEST_DIGITS = 3


@dataclass(frozen=True)
class BadRow:
    line: int
    """In the file, from 1."""
    column: str
    what: str


def read_sheet(text: str) -> tuple[list[dict[str, Any]], list[BadRow]]:
    """The orders by the columns of their table, and what is wrong: with a fault nothing is to be imported."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    orders: list[dict[str, Any]] = []
    bad: list[BadRow] = []
    lines: dict[str, int] = {}
    try:
        columns = [name.strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        if missing := [name for name in REQUIRED if name not in columns]:
            return [], [BadRow(1, ", ".join(missing), "no such column")]
        for row in reader:
            cells = {name: (row.get(name) or "").strip() for name in (*REQUIRED, *OPTIONAL)}
            if not any(cells.values()):
                continue
            faults = [BadRow(reader.line_num, column, what) for column, what in _faults(cells, row)]
            number = cells["order_number"]
            if number and number in lines:
                faults.append(BadRow(reader.line_num, "order_number", f"{number} stands in line {lines[number]} too"))
            lines.setdefault(number, reader.line_num)
            bad += faults
            if not faults:
                orders.append({name: value or None for name, value in cells.items()} | _parsed(cells))
    except csv.Error as error:
        bad.append(BadRow(reader.line_num, "", f"no CSV: {error}"))
    if not orders and not bad:
        bad.append(BadRow(1, "", "no order in it"))
    return orders, bad


def _faults(cells: dict[str, str], row: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    if None in row:
        yield "", "more cells than columns: put a text with commas into quotes"
    yield from ((name, "empty") for name in REQUIRED if not cells[name])
    if cells["order_number"] and len(re.findall(r"\d", cells["order_number"])) < _FEWEST_DIGITS:
        yield "order_number", f"{cells['order_number']!r} has fewer than three digits, which callers say it by"
    if cells["customer_phone"] and e164(cells["customer_phone"]) is None:
        yield "customer_phone", f"{cells['customer_phone']!r} can't be dialled: write it like +12065550142"
    if cells["amount"] and _amount(cells["amount"]) is None:
        yield "amount", f"{cells['amount']!r} is no amount: write it like 84.50"
    if cells["currency"] and not re.fullmatch(r"[A-Za-z]{3}", cells["currency"]):
        yield "currency", f"{cells['currency']!r} is no currency: write it like USD"
    if cells["status"] and cells["status"].lower() not in get_args(Status):
        yield "status", f"{cells['status']!r} is none of {', '.join(get_args(Status))}"


def _parsed(cells: dict[str, str]) -> dict[str, Any]:
    return {
        "customer_phone": e164(cells["customer_phone"]),
        "amount": str(_amount(cells["amount"])),
        "currency": cells["currency"].upper() or None,
        "status": cells["status"].lower() or None,
    }


def _amount(text: str) -> Decimal | None:
    """Not negative, of whole cents."""
    if not _AMOUNT.fullmatch(text):
        return None
    return Decimal(text.removeprefix("$").replace(",", "")).quantize(Decimal("0.01"))


_AMOUNT = re.compile(r"\$?(?:\d{1,10}|\d{1,3}(?:,\d{3}){1,2})(?:\.\d{1,2})?", re.ASCII)
