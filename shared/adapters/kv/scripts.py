"""What the Redis adapters need of a transport: run one Lua script, in one round trip."""

from functools import cache
from importlib.resources import files
from typing import Protocol

Answer = str | int | None


class Scripts(Protocol):
    """Runs `lua/<script>.lua`. Bounded in time; any failure is `StoreUnavailable`."""

    async def run(self, script: str, keys: list[str], args: list[str]) -> Answer: ...


@cache
def source(script: str) -> str:
    """The text of a script."""
    return files("shared.adapters.kv").joinpath("lua", f"{script}.lua").read_text()
