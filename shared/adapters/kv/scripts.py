"""What the Redis adapters need of a transport: run one Lua script, in one round trip."""

from functools import cache
from importlib.resources import files
from typing import Protocol, TypeVar

import orjson

from shared.adapters.sql.database import MALFORMED, parsed
from shared.errors import StoreError, StoreUnavailable

Answer = str | int | None
_T = TypeVar("_T")


class Scripts(Protocol):
    """Runs `lua/<script>.lua`. Bounded in time; any failure is `StoreUnavailable`."""

    async def run(self, script: str, keys: list[str], args: list[str]) -> Answer: ...


@cache
def source(script: str) -> str:
    """The text of a script."""
    return files("shared.adapters.kv").joinpath("lua", f"{script}.lua").read_text()


def parsed_json(kind: type[_T], answer: Answer) -> _T:
    """JSON that Redis holds, as a `kind`; fields that the kind doesn't have are ignored, as another release wrote them.

    Strict as `shared.adapters.sql.database.parsed`. Raises `StoreUnavailable` with the cause code `malformed`.
    """
    try:
        return parsed(kind, orjson.loads(str(answer)))
    except (orjson.JSONDecodeError, StoreError) as error:
        raise StoreUnavailable(f"what Redis holds can't be read: {error}", MALFORMED) from error
