"""What is wrong with a template's function: it couldn't be called, or would be dangerous."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from shared.domain.functions import PLACEHOLDER, SECRET, Function, Parameter, Parameters, strings_in
from shared.domain.variables import named

Where = tuple[str | int, ...]

_KEEPS_SECRETS = re.compile(r"authorization|cookie|.*(?:key|token|secret|password).*", re.I)
_OURS = ("host", "content-length", "transfer-encoding", "connection", "idempotency-key", "content-type", "accept")
"""Headers that the request sets itself."""
_UNBOUNDED = re.compile(r"\(\?(?:[=!>(]|<[=!]|P=)|\\[1-9Z]|[*+?}]\+")
_LOOPBACK = ("127.0.0.1", "localhost")


def faults_of(function: Function) -> Iterator[tuple[Where, str, str]]:
    """Path, complaint and remedy of what keeps it from being called, or makes it dangerous."""
    yield from _schema_faults(function.parameters, ("parameters",))
    yield from _address_faults(function)
    yield from _header_faults(function)
    known = function.parameters.properties
    for path, text in (*strings_in(function.http.body, "http.body"), ("read_back", function.read_back)):
        for name in PLACEHOLDER.findall(named(text)):
            if name not in known:
                what = f"{{{name}}} is no parameter (there are {', '.join(known) or 'none'})"
                yield tuple(path.split(".")), what, _declare(name)
    if function.http.method != "GET" and function.changes is None:
        what = f"a {function.http.method} must say whether it changes anything"
        yield ("changes",), what, "name what it changes, `changes: booking`, or write `changes: false` for a search"
    if function.http.method == "GET" and function.changes:
        yield ("http", "method"), "a GET changes nothing", "write POST, PUT, PATCH or DELETE, or leave out changes"
    if function.changes and not function.read_back.strip().endswith("?"):
        what = "what is changed is read back first, and the caller says yes to it"
        yield ("read_back",), what, 'ask for a yes: "So I book {day} for you. Is that right?"'


def _address_faults(function: Function) -> Iterator[tuple[Where, str, str]]:
    url, path, known = function.http.url, ("http", "url"), function.parameters
    try:
        address = urlsplit(url)
        host, _ = address.hostname or "", address.port
    except ValueError:
        yield path, f"{url!r} is no address", "write it like https://shop.example/slots?day={day}"
        return
    if not host or any(each.isspace() for each in url) or address.fragment:
        yield path, f"{url!r} is no address", "write it like https://shop.example/slots?day={day}"
        return
    if address.scheme != "https" and not (address.scheme == "http" and host in _LOOPBACK):
        yield path, "the address must begin with https://", "use https; http is for 127.0.0.1, in stage local alone"
    if "{" in address.netloc or "@" in address.netloc:
        yield (
            path,
            "the host stands as it is, without arguments, variables and logins",
            "write the host itself; logins are headers",
        )
    for name in PLACEHOLDER.findall(named(url)):
        if name.startswith(SECRET):
            yield path, f"{{{name}}}: addresses are logged, so no secret may stand there", "send it in a header"
        elif name not in known.properties:
            yield (
                path,
                f"{{{name}}} is no parameter (there are {', '.join(known.properties) or 'none'})",
                _declare(name),
            )
        elif name in PLACEHOLDER.findall(named(address.path)) and name not in known.required:
            yield path, f"{{{name}}} stands in the path and may be missing", f"add it to required: [{name}]"


def _header_faults(function: Function) -> Iterator[tuple[Where, str, str]]:
    for header, value in function.http.headers.items():
        path, names = ("http", "headers", header), PLACEHOLDER.findall(named(value))
        if header.lower() in _OURS or not re.fullmatch(r"[A-Za-z0-9-]+", header):
            yield path, f"{header!r} isn't a header that may be set", "remove it"
        elif not value.isprintable():
            yield path, "a header is one line of text", "remove what can't be printed"
        elif _KEEPS_SECRETS.fullmatch(header) and not any(name.startswith(SECRET) for name in names):
            what = "a secret would stand in the file"
            yield path, what, 'write "{secret.crm}", and `pickup tenant secrets set TENANT crm`'
        for name in names:
            if not name.startswith(SECRET) and name not in function.parameters.properties:
                yield path, f"{{{name}}} is no parameter and no secret", f"{_declare(name)}, or write {{secret.{name}}}"


def _schema_faults(schema: Parameters | Parameter, path: Where) -> Iterator[tuple[Where, str, str]]:
    for name in schema.required:
        if name not in schema.properties:
            yield (*path, "required"), f"{name!r} is required and no property", _declare(name)
    for name, each in schema.properties.items():
        yield from _value_faults(each, (*path, "properties", name))


def _value_faults(value: Parameter, path: Where) -> Iterator[tuple[Where, str, str]]:
    words = {name for name in Parameter.model_fields if name in value.model_fields_set} - {"type", "description"}
    for word in sorted(words - _WORDS[value.type]):
        alias = Parameter.model_fields[word].alias or word
        yield (*path, alias), f"{alias} says nothing about a {value.type}", "remove it, or change the type"
    if value.type == "array":
        if value.items is None:
            yield path, "an array needs items", "add `items: {type: string}`"
        else:
            yield from _value_faults(value.items, (*path, "items"))
    if value.type == "object":
        yield from _schema_faults(value, path)
    if value.pattern is not None and not _is_bounded(value.pattern):
        what = "no regular expression that is checked in a bounded time"
        yield (*path, "pattern"), what, "write one without look-around and back references"
    if value.enum and not all(type(each).__name__ in _TYPES.get(value.type, ()) for each in value.enum):
        yield (*path, "enum"), f"not each of them is a {value.type}", "put texts into quotes, or change the type"


_TYPES: Mapping[str, tuple[str, ...]] = {"string": ("str",), "integer": ("int",), "number": ("int", "float")}
_WORDS: Mapping[str, frozenset[str]] = {
    "string": frozenset(("enum", "min_length", "max_length", "pattern")),
    "number": frozenset(("enum", "minimum", "maximum")),
    "integer": frozenset(("enum", "minimum", "maximum")),
    "boolean": frozenset(),
    "array": frozenset(("items", "min_items", "max_items")),
    "object": frozenset(("properties", "required")),
}
"""What may be said of a value of each type."""


def _is_bounded(pattern: str) -> bool:
    """Whether the arguments' checker takes it, which knows neither look-around nor back references."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return _UNBOUNDED.search(pattern) is None


def _declare(name: str) -> str:
    return f"declare it under parameters.properties: {name}: {{type: string}}"
