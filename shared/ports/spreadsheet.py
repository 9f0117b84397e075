"""A tenant's spreadsheet."""

from collections.abc import Mapping
from typing import Protocol


class Spreadsheet(Protocol):
    """The first sheet of a document; slow and limited, so that nothing on a call's path asks it.

    A failure is a `SheetError`.
    """

    async def read(self, document: str) -> list[list[str]]:
        """All rows, as texts; trailing empty cells may be left out."""
        ...

    async def write(self, document: str, cells: Mapping[str, str]) -> None:
        """Each cell by its name, `G3`: all or none."""
        ...
