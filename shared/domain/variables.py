"""A template's variables: `{{order_number}}` in its texts and in the requests of its functions is filled from a call's
payload before the call begins."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from shared.domain.functions import Function, function_texts
from shared.domain.template import Node, Template, Variable, sentences, texts

MOST_CHARACTERS = 300
"""Of one value: it is spoken."""

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True)
class Rendered:
    """A template as a call runs it."""

    template: Template
    lacking: tuple[str, ...] = ()
    """What the payload lacks, each with the reason: `order_number: missing`. No sentence with it is said, and no
    function with it offered."""


def rendered(template: Template, payload: Mapping[str, Any]) -> Rendered:
    """The template with the payload's values in its texts; braces in a value are no fields.

    A payload may hold more than the template declares.
    """
    if not template.payload:
        return Rendered(template)
    values: dict[str, str] = {}
    given = {name: payload.get(name, each.default) for name, each in template.payload.items()}
    lacking: list[str] = []
    for name, variable in template.payload.items():
        value = given[name]
        if value is None:
            lacking.append(f"{name}: missing")
        elif (spoken := _spoken(value, variable)) is None:
            lacking.append(f"{name}: not a {variable.type}")
        else:
            values[name] = spoken
    used = {name for _, text in all_texts(template) for name in variables(text)}
    filled = _with_functions(with_texts(template, lambda text: _filled(text, values)), values, given)
    return Rendered(filled, tuple(each for each in lacking if each.partition(":")[0] in used))


def variables(text: str) -> tuple[str, ...]:
    """The names of the variables in `text`, in order."""
    return tuple(_VARIABLE.findall(text))


def named(text: str) -> str:
    """`text` with the name of each variable in its place: for those who look at a template."""
    return _VARIABLE.sub(r"\1", text)


def undeclared(template: Template) -> Iterator[tuple[str, str]]:
    """Path and name of each variable in the texts that the template's payload doesn't have."""
    for path, text in all_texts(template):
        yield from ((path, name) for name in dict.fromkeys(variables(text)) if name not in template.payload)


def all_texts(template: Template) -> Iterator[tuple[str, str]]:
    """The `texts`, and those of the functions: all that may hold variables, each with its path."""
    yield from texts(template)
    for where, function in template.placed_functions:
        yield from ((f"{where}.{path}", text) for path, text in function_texts(function))


def with_texts(template: Template, change: Callable[[str], str]) -> Template:
    """The template with each of its `texts` changed."""

    def of_node(node: Node) -> Node:
        intents = tuple(
            each if each.reply is None else each.model_copy(update={"reply": change(each.reply)})
            for each in node.intents
        )
        changed = {"instructions": change(node.instructions), "unknown": change(node.unknown), "intents": intents}
        return node.model_copy(update=changed)

    phrases = {
        name: change(value) if isinstance(value, str) else tuple(map(change, value)) for name, value in template.phrases
    }
    return template.model_copy(
        update={
            "persona": change(template.persona),
            "phrases": template.phrases.model_copy(update=phrases),
            "nodes": {name: of_node(node) for name, node in template.nodes.items()},
        }
    )


def _with_functions(template: Template, values: Mapping[str, str], given: Mapping[str, Any]) -> Template:
    """The functions with these values, as spoken, in their requests; without those that lack one, and their intents."""

    def kept(functions: tuple[Function, ...]) -> tuple[Function, ...]:
        return tuple(filled for each in functions if (filled := _function(each, values, given)))

    def of_node(node: Node) -> Node:
        intents = tuple(each for each in node.intents if each.tool not in gone)
        return node.model_copy(update={"functions": kept(node.functions), "intents": intents})

    if not template.all_functions:
        return template
    gone = {each.name for each in template.all_functions if _function(each, values, given) is None}
    nodes = {name: of_node(node) for name, node in template.nodes.items()}
    return template.model_copy(update={"functions": kept(template.functions), "nodes": nodes})


def _function(function: Function, values: Mapping[str, str], given: Mapping[str, Any]) -> Function | None:
    if any(name not in values for _, text in function_texts(function) for name in variables(text)):
        return None

    def put(text: str) -> str:
        return _VARIABLE.sub(lambda found: values[found[1]], text)

    def put_into(value: Any) -> Any:
        if isinstance(value, str):
            alone = _VARIABLE.fullmatch(value)
            # a number or a yes_no alone in its place stays one
            known = given.get(alone[1]) if alone else None
            return known if isinstance(known, int | float) else put(value)
        if isinstance(value, dict):
            return {name: put_into(each) for name, each in cast("dict[str, Any]", value).items()}
        return [put_into(each) for each in cast("list[Any]", value)] if isinstance(value, list) else value

    http = function.http
    request = {
        # no value changes which address it is
        "url": _VARIABLE.sub(lambda found: quote(values[found[1]], safe=""), http.url),
        "headers": {name: put(value) for name, value in http.headers.items()},
        "body": put_into(http.body),
    }
    said = {name: put(getattr(function, name)) for name in ("description", "read_back", "done")}
    return function.model_copy(update=said | {"http": http.model_copy(update=request)})


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Without the sentences whose variable has no value."""
    said = [each for each in sentences(text) if all(name in values for name in variables(each))]
    return " ".join(_VARIABLE.sub(lambda found: values[found[1]], each) for each in said)


def _spoken(value: object, variable: Variable) -> str | None:
    """As it is said; None where it isn't of the variable's type, or nothing."""
    match variable.type, value:
        case "yes_no", bool():
            return "yes" if value else "no"
        case "number", int() | float() if not isinstance(value, bool):
            return f"{value:.10g}"
        case "text", str():
            return re.sub(r"[{}]", "", " ".join(value.split()))[:MOST_CHARACTERS].strip() or None
        case _:
            return None
