"""A tenant's MCP server: which of its tools a template takes, and their arguments in the terms of a function's."""

from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.domain.functions import MOST_ANSWERED, Function, Http, Name, Parameter, Parameters

MOST_DESCRIBED = 1_000
"""Characters of a description that the model gets."""


class McpServer(BaseModel):
    """It speaks streamable HTTP. A call that can't reach it when it begins goes on without its tools."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    url: str
    """`https://` and a host that `pickup tenant hosts` lists."""
    headers: dict[str, str] = {}
    """`{secret.crm}` is one of the tenant's secrets."""
    tools: tuple[Name, ...] = ()
    """Those that only read. Nodes name them like any tool; what the server has besides is never called."""
    changing: tuple[Name, ...] = ()
    """Those that change something: each runs once for the same arguments. Their descriptions must ask for a yes."""
    seconds: float = Field(default=5.0, gt=0, le=10)
    """For one call of a tool."""

    @property
    def tool_names(self) -> tuple[str, ...]:
        return (*self.tools, *self.changing)

    @property
    def request(self) -> Function:
        """What all its requests have in common: where they go, and what they need of the tenant."""
        http = Http(method="POST", url=self.url, headers=self.headers, seconds=self.seconds)
        return Function(name=self.name, description=self.name, http=http, changes=False)


def parameters_of(schema: Mapping[str, Any]) -> Parameters | None:
    """A tool's JSON Schema as far as models and checkers take it; None for one that says what can't be checked."""
    try:
        return Parameters.model_validate(_kept(schema, Parameters.model_fields))
    except (ValidationError, ValueError, RecursionError):
        return None


def described(description: str | None, name: str) -> str:
    return " ".join((description or name).split())[:MOST_DESCRIBED]


def answer_of_tool(texts: list[str]) -> str:
    """What the model gets of a tool's result."""
    return "\n".join(texts)[:MOST_ANSWERED]


_PLAIN = {"minLength", "maxLength", "minItems", "maxItems"}


def _kept(schema: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without titles, defaults and formats; what may be null is what may be left out."""
    choices = [each for each in cast("list[Mapping[str, Any]]", schema.get("anyOf", [])) if each.get("type") != "null"]
    if "anyOf" in schema:
        if len(choices) != 1:
            raise ValueError("of several types")
        schema = {**schema, **choices[0]}
    if "$ref" in schema or ("type" not in schema and "properties" not in schema):
        raise ValueError("without a type of its own")
    kept = {key: value for key, value in schema.items() if key in fields or key in _PLAIN}
    if "properties" in kept:
        kept["properties"] = {name: _kept(each, Parameter.model_fields) for name, each in kept["properties"].items()}
    if "items" in kept:
        kept["items"] = _kept(kept["items"], Parameter.model_fields)
    return kept
