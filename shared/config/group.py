"""A group of settings: frozen, absent or whole, each field read from the variable that it names."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def variable(name: str, default: Any = ..., **constraints: Any) -> Any:
    return Field(default, validation_alias=name, **constraints)
