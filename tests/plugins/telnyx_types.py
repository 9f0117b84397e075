"""Telnyx's published types (its SDK, a development dependency): what commands may hold, and what webhooks do."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Required, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError

_NAMES = {"playback_start": "start_playback", "record_start": "start_recording", "record_stop": "stop_recording"}


def parameters(command: str) -> dict[str, tuple[Any, bool]]:
    """Type by name of the parameters that the command has, and whether it must be there."""
    from telnyx.types import calls  # takes a second to load

    name = _NAMES.get(command, command).title().replace("_", "")
    hints = get_type_hints(getattr(calls, f"Action{name}Params"), include_extras=True)
    return {name.rstrip("_"): _bare(hint) for name, hint in hints.items()}


def misfits(command: str, sent: Mapping[str, Any]) -> list[str]:
    """What of the body of a command isn't as published."""
    published = parameters(command)
    found = [f"{name} is missing" for name, (_, needed) in published.items() if needed and name not in sent]
    for name, value in sent.items():
        if name not in published:
            found.append(f"{name} isn't known")
        elif why := _unfit(published[name][0], value):
            found.append(f"{name}: {why}")
    return found


def strange(data: Mapping[str, Any]) -> list[str]:
    """What of a webhook's `data` isn't as published: fields that are unknown, and values of another type."""
    from telnyx import types

    name = "".join(part.title() for part in data["event_type"].split("."))
    return list(_strange(getattr(types, name), data, data["event_type"]))


def strange_application(given: Mapping[str, Any]) -> list[str]:
    """What of a voice application isn't as published."""
    from telnyx.types import CallControlApplication

    return list(_strange(CallControlApplication, given, "application"))


def _strange(model: type[BaseModel], given: Mapping[str, Any], where: str) -> Iterable[str]:
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    for name, value in given.items():
        if name not in fields:
            yield f"{where}.{name} isn't known"
        elif (inner := _model(fields[name].annotation)) and isinstance(value, dict):
            yield from _strange(inner, value, f"{where}.{name}")
        elif why := _unfit(fields[name].annotation, value):
            yield f"{where}.{name}: {why}"


def _model(annotation: Any) -> type[BaseModel] | None:
    found = [one for one in get_args(annotation) if isinstance(one, type) and issubclass(one, BaseModel)]
    return found[0] if found else None


def _bare(hint: Any) -> tuple[Any, bool]:
    needed = get_origin(hint) is Required
    hint = get_args(hint)[0] if needed else hint
    return (get_args(hint)[0] if get_origin(hint) is Annotated else hint), needed


def _unfit(hint: Any, value: Any) -> str:
    try:
        fit = TypeAdapter(hint).validate_python(value, strict=datetime.datetime not in get_args(hint))
        # an Iterable is checked as it is read
        list(fit if isinstance(fit, Iterable) and not isinstance(fit, str) else ())
        return ""
    except ValidationError as error:
        return error.errors(include_url=False)[0]["msg"]
