"""A template's functions: what the model may ask of a tenant's own server, as JSON Schema and an HTTP request.

`{day}` in an address, a header, a body or a read-back is an argument of the model; `{secret.crm}` in a header is one of
the tenant's secrets, which no template holds.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, cast
from urllib.parse import quote, unquote_plus, urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.language.deeds import Deed

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]

MOST_ANSWERED = 2_000
"""Characters of an answer that the model gets."""
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)\}")
SECRET = "secret."


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)


class Parameter(_Model):
    """One value, in JSON Schema's words."""

    type: Literal["string", "number", "integer", "boolean", "array", "object"]
    description: str = ""
    enum: tuple[str | int | float, ...] | None = Field(default=None, min_length=1)
    min_length: int | None = Field(default=None, alias="minLength", ge=0)
    max_length: int | None = Field(default=None, alias="maxLength", ge=1)
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_items: int | None = Field(default=None, alias="minItems", ge=0)
    max_items: int | None = Field(default=None, alias="maxItems", ge=1)
    items: "Parameter | None" = None
    """Of an array."""
    properties: "dict[Name, Parameter]" = {}
    """Of an object."""
    required: tuple[Name, ...] = ()


class Parameters(_Model):
    """A function's arguments: a JSON Schema object."""

    type: Literal["object"] = "object"
    properties: dict[Name, Parameter] = {}
    required: tuple[Name, ...] = ()


class Http(_Model):
    """The request that a function makes of the tenant's server."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    url: str
    """`https://` and a host that `pickup tenant hosts` lists. A GET's query gets the arguments that it doesn't name."""
    headers: dict[str, str] = {}
    body: dict[str, Any] | None = None
    """Sent as JSON; without it all arguments are, but for GET and DELETE."""
    seconds: float = Field(default=5.0, gt=0, le=10)
    """For all of it, a second try included."""


class Function(_Model):
    """A tool of the model that the template declares."""

    name: Name
    description: str = Field(min_length=1)
    """When the model is to call it, and what it gets."""
    parameters: Parameters = Parameters()
    http: Http
    answer: tuple[str, ...] = ()
    """The fields of the JSON reply that the model gets, `price` or `slots.0.start`; none: all of it."""
    changes: Name | Literal[False] | None = None
    """The kind of thing that it changes, `booking`; then it is read back first, and sent once with an
    `Idempotency-Key`. `false`: it changes nothing. Only a GET may leave it out."""
    does: tuple[Deed, ...] = ()
    """What the change does, `[cancel]`, so that the agent may say later that it did; left out, its name tells."""
    read_back: str = ""
    """What the agent asks before it changes anything: "So I book {day} for you. Is that right?"."""
    done: str = "That's done. Is there anything else?"
    """What the agent says after a change."""

    @property
    def reads(self) -> bool:
        return not self.changes


@dataclass(frozen=True)
class HttpRequest:
    """To a tenant's server, with its secrets filled in: never logged."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


@dataclass(frozen=True)
class HttpAnswer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """By name in lower case, without those about how the body was sent."""


def host_of(url: str) -> str:
    """Host and, where it isn't the scheme's own, port: as a tenant's list has it. Empty for what is no address."""
    try:
        address = urlsplit(url)
        port = address.port
    except ValueError:
        return ""
    host = (address.hostname or "").lower()
    return f"{host}:{port}" if host and port not in (None, 443) else host


def function_texts(function: Function) -> Iterator[tuple[str, str]]:
    """All that may hold a call's own values, each with its path: `http.headers.X-Order`."""
    http = function.http
    yield "description", function.description
    yield "http.url", http.url
    yield from ((f"http.headers.{name}", value) for name, value in http.headers.items())
    yield from strings_in(http.body, "http.body")
    yield "read_back", function.read_back
    yield "done", function.done


def strings_in(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Each string in a JSON value, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, each in cast("dict[str, Any]", value).items():
            yield from strings_in(each, f"{path}.{name}")
    elif isinstance(value, list):
        for index, each in enumerate(cast("list[Any]", value)):
            yield from strings_in(each, f"{path}.{index}")


def secrets_in(function: Function) -> tuple[str, ...]:
    """The names of the tenant's secrets that it needs."""
    names = (name for value in function.http.headers.values() for name in PLACEHOLDER.findall(value))
    return tuple(dict.fromkeys(name.removeprefix(SECRET) for name in names if name.startswith(SECRET)))


def request_of(
    function: Function, arguments: Mapping[str, Any], secrets: Mapping[str, str], effect_id: str = ""
) -> HttpRequest:
    """The request for these arguments. What the model left out is left out of the body and the query, too."""
    http, values = function.http, dict(arguments) | {f"{SECRET}{name}": value for name, value in secrets.items()}
    path, _, query = http.url.partition("?")
    # as they are written in the address, they are quoted already
    pairs = [tuple(map(unquote_plus, part.partition("="))) for part in query.split("&") if part]
    kept = [(name, _filled(value, values)) for name, _, value in pairs if _known(value, values)]
    sends_body = http.body is not None or http.method not in ("GET", "DELETE")
    if http.method == "GET" and http.body is None:
        named = set(PLACEHOLDER.findall(http.url))
        kept += [(name, _text(value)) for name, value in arguments.items() if name not in named]
    url = _filled(path, {name: quote(_text(value), safe="") for name, value in values.items()})
    # a header is one line, whatever an argument holds
    headers = {name: " ".join(_filled(value, values).split()) for name, value in http.headers.items()}
    body = None
    if sends_body:
        body = json.dumps(dict(arguments) if http.body is None else _body(http.body, values)).encode()
    return HttpRequest(
        http.method,
        f"{url}?{urlencode(kept)}" if kept else url,
        headers
        | {"Accept": "application/json"}
        | ({"Content-Type": "application/json"} if body is not None else {})
        | ({"Idempotency-Key": effect_id} if effect_id else {}),
        body,
    )


def read_back_of(function: Function, arguments: Mapping[str, Any]) -> str:
    return _filled(function.read_back, arguments)


def answer_of(function: Function, body: bytes) -> Any:
    """What the model gets of a reply: the fields that the function names, else all of it; at most `MOST_ANSWERED`
    characters as JSON. A field that the reply lacks is None."""
    text = body.decode(errors="replace")
    try:
        reply = json.loads(text)
    except ValueError:
        return " ".join(text.split())[:MOST_ANSWERED]
    found = {path: _at(reply, path) for path in function.answer} if function.answer else reply
    whole = json.dumps(found, ensure_ascii=False)
    return found if len(whole) <= MOST_ANSWERED else whole[:MOST_ANSWERED]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _known(text: str, values: Mapping[str, Any]) -> bool:
    return all(name in values for name in PLACEHOLDER.findall(text))


def _filled(text: str, values: Mapping[str, Any]) -> str:
    return PLACEHOLDER.sub(lambda found: _text(values[found[1]]) if found[1] in values else "", text)


def _body(value: Any, values: Mapping[str, Any]) -> Any:
    """With the arguments in their places; one alone in its place keeps its type."""
    if isinstance(value, str):
        alone = PLACEHOLDER.fullmatch(value)
        return values[alone[1]] if alone and alone[1] in values else _filled(value, values)
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {name: _body(each, values) for name, each in items if not isinstance(each, str) or _known(each, values)}
    if isinstance(value, list):
        return [_body(each, values) for each in cast("list[Any]", value)]
    return value


def _at(reply: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(reply, dict):
            reply = cast("dict[str, Any]", reply).get(step)
        elif isinstance(reply, list) and step.isdigit() and int(step) < len(cast("list[Any]", reply)):
            reply = cast("list[Any]", reply)[int(step)]
        else:
            return None
    return reply
