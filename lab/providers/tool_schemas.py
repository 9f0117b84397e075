"""What OpenAI refuses in the JSON schema of a tool's arguments, in its own words."""

from collections.abc import Iterator
from typing import Any, cast

_TYPES = ("string", "number", "boolean", "integer", "object", "array", "null")
_INSTEAD_OF_TYPE = ("type", "anyOf", "oneOf", "allOf", "$ref", "enum", "const")

Path = tuple[str, ...]


def schema_faults(function: dict[str, Any]) -> Iterator[str]:
    """The faults of a function's `parameters`, the outermost first; a function may have none."""
    parameters = function.get("parameters")
    if parameters is None:
        return
    if not isinstance(parameters, dict):
        yield f"{parameters!r} is not of type 'object', 'boolean'."
        return
    schema = cast(dict[str, Any], parameters)
    if schema and schema.get("type") != "object":
        got = schema.get("type")
        yield f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{got}\"'."
        return
    strict = bool(function.get("strict"))
    if schema:
        yield from _faults(schema, (), strict)
    for name, defined in (schema.get("$defs") or {}).items():
        yield from _faults(defined, ("$defs", name), strict)


def _faults(schema: Any, path: Path, strict: bool) -> Iterator[str]:
    if not isinstance(schema, dict):
        yield f"In context={path}, {schema!r} is not of type 'object', 'boolean'."
        return
    known = cast(dict[str, Any], schema)
    kinds = known.get("type")
    kinds = cast(list[Any], kinds if isinstance(kinds, list) else [kinds] if kinds is not None else [])
    for kind in kinds:
        if kind not in _TYPES:
            yield f"In context={path}, {kind!r} is not valid under any of the given schemas."
    if not any(name in known for name in _INSTEAD_OF_TYPE) and (strict or not path):
        yield f"In context={path}, schema must have a 'type' key."
    if "array" in kinds:
        if "items" not in known:
            yield f"In context={path}, array schema missing items."
        else:
            yield from _faults(known["items"], (*path, "items"), strict)
    if "object" in kinds:
        yield from _object_faults(known, path, strict)
    for branches in ("anyOf", "oneOf", "allOf"):
        for index, branch in enumerate(known.get(branches) or []):
            yield from _faults(branch, (*path, branches, str(index)), strict)


def _object_faults(schema: dict[str, Any], path: Path, strict: bool) -> Iterator[str]:
    if not isinstance(schema.get("properties"), dict):
        if not path or strict:
            yield f"In context={path}, object schema missing properties."
        return
    properties, required = cast(dict[str, Any], schema["properties"]), schema.get("required", [])
    if not isinstance(required, list) or not all(isinstance(name, str) for name in cast(list[Any], required)):
        yield f"In context={path}, 'required' is not of type 'array'."
        return
    if strict:
        if schema.get("additionalProperties") is not False:
            yield f"In context={path}, 'additionalProperties' is required to be supplied and to be false."
        if missing := [name for name in properties if name not in required]:
            must = "'required' is required to be supplied and to be an array including every key in properties."
            yield f"In context={path}, {must} Missing '{missing[0]}'."
    for name, value in properties.items():
        yield from _faults(value, (*path, "properties", name), strict)
