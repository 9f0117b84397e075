"""The demo tenants that a stage has lines of (supabase/schema/businesses/demo.sql)."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.errors import StoreError
from shared.ports import BusinessRows


@dataclass(frozen=True)
class DemoLine:
    tenant_id: str
    name: str
    template: str


class DemoStore:
    def __init__(self, rows: BusinessRows) -> None:
        self._rows = rows

    async def lines(self) -> list[DemoLine]:
        """By name, each demo tenant once. Raises `StoreError`."""
        answer: Any = await self._rows.read("demo_lines_v1", {})
        try:
            return _LINES.validate_python(answer)
        except ValidationError as error:
            raise StoreError(f"the demo lines can't be read: {error}", "malformed") from error


_LINES = TypeAdapter(list[DemoLine])
