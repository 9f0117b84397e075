"""Parses a template: YAML in, a checked `Template` out, or all that is wrong with it, with lines and remedies."""

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import yaml
from pydantic import BaseModel, ValidationError

from shared.bounded_yaml import load_yaml
from shared.domain.contradictions import contradictions
from shared.domain.language.plain_speech import SentenceStream
from shared.domain.language.speech_guard import Spoken, permitted
from shared.domain.setup import Finding, template_findings
from shared.domain.template import Template, elsewhere, fields, sayable, texts
from shared.domain.variables import named
from shared.errors import TemplateError

Location = tuple[int | str, ...]
"""A path into the file: `("nodes", "care", "tools", 0)`; an element of a list may be named by its `name` too."""

ToolsOf = Callable[[str], Collection[str]]
"""The tools that a template of this name may use. Raises `TemplateError` where no business has the name."""


NodesOf = Callable[[str], Collection[str] | None]
"""The nodes of the template of this name, as the release ships it; None: they aren't checked."""


MOST_CHARACTERS = 500_000


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a template's file."""

    line: int
    """From 1: of the deepest part of the path that the file has."""
    path: str
    """Empty where it is the whole file."""
    what: str
    remedy: str


def parse_template(text: str, source: str, tools: Collection[str]) -> Template:
    """`text` as a template that may name `tools`; `source` is named in errors.

    Raises `TemplateError`, a line for each thing that is wrong: `church/template.yaml:12: nodes.care.tools: …`.
    """
    template, faults = _parsed(text, lambda _: tools)
    if template is None:
        raise TemplateError("\n".join(f"{source}:{each.line}: {_said(each)}" for each in faults))
    return template


def _said(fault: Fault) -> str:
    return f"{fault.path}: {fault.what}" if fault.path else fault.what


def check_template(
    text: str,
    tools_of: ToolsOf,
    nodes_of: NodesOf = lambda _: None,
    more: Callable[[Template], Iterable[Finding]] = lambda _: (),
) -> tuple[Template | None, tuple[Fault, ...]]:
    """The template, None where it can't be used at all; and its faults, those that cost a single sentence included.

    `more`: what is wrong with it where it is to be used.
    """
    template, faults = _parsed(text, tools_of)
    if template is None:
        return None, faults
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    found = (*template_findings(template), *more(template))
    findings = ((tuple(each.where.split(".")[1:]), each.what, each.remedy) for each in found)
    return template, _faults(root, (*findings, *_claims(template), *_unknown_routes(template, tools_of, nodes_of)))


def _unknown_routes(template: Template, tools_of: ToolsOf, nodes_of: NodesOf) -> Iterator[tuple[Location, str, str]]:
    """The ways to templates or nodes that don't exist. A call whose template has any goes on without them."""
    ways: list[tuple[Location, str, str]] = [
        (("orchestrator", "agent_templates", index, "template"), each.template, "")
        for index, each in enumerate(template.targets)
    ]
    for name, node in template.nodes.items():
        for index, intent in enumerate(node.intents):
            if intent.go and (goal := elsewhere(intent.go)):
                ways.append((("nodes", name, "intents", index, "go"), *goal))
    for path, wanted, node in ways:
        try:
            tools_of(wanted)
        except TemplateError as error:
            yield path, f"route_unknown: {error}", "name one of those"
            continue
        nodes = nodes_of(wanted) if node else None
        if nodes is not None and node not in nodes:
            what = f"route_unknown: {wanted} has no node {node!r} (it has {', '.join(sorted(nodes))})"
            yield path, what, "name one of those"


def template_of(body: Mapping[str, Any], source: str, tools: Collection[str]) -> Template:
    """A version's body as a template that may name `tools`. Raises `TemplateError`, a line for each fault."""
    found = list(_wrong(body, lambda _: tools))
    if found:
        raise TemplateError("\n".join(f"{source}: {_dotted(path)}: {what}" for path, what, _ in found))
    return Template.model_validate(body)


def _parsed(text: str, tools_of: ToolsOf) -> tuple[Template | None, tuple[Fault, ...]]:
    """None with the faults that keep it from being used."""
    if len(text) > MOST_CHARACTERS:
        what = f"the file has {len(text):,} characters, of {MOST_CHARACTERS:,} at most"
        return None, (Fault(1, "", what, "put long texts into documents: pickup knowledge add"),)
    try:
        data = load_yaml(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = f"not YAML: {error.problem or error}"
        return None, (Fault(line, "", what, "look at this line and the one before: indents, colons, quotes"),)
    except yaml.YAMLError as error:
        return None, (Fault(1, "", f"not YAML: {error}", "write plain text in UTF-8, without control characters"),)
    if not isinstance(data, dict):
        what = "a template is a mapping with name, persona, phrases and nodes"
        return None, (Fault(1, "", what, "begin with a copy of agent/businesses/church/template.yaml"),)
    twice = tuple(_twice(root))
    faults = twice + _faults(root, _wrong(cast("dict[str, Any]", data), tools_of))
    return (None, faults) if faults else (Template.model_validate(data), ())


def _wrong(data: Mapping[str, Any], tools_of: ToolsOf) -> Iterator[tuple[Location, str, str]]:
    """Path, complaint and remedy of all that keeps the template from being used."""
    try:
        template = Template.model_validate(data)
    except ValidationError as error:
        for each in error.errors():
            what = _COMPLAINTS.get(each["type"], each["msg"].removeprefix("Value error, "))
            yield each["loc"], what, _remedy(each["type"], each["loc"], each.get("ctx", {}))
        return
    try:
        tools = tools_of(template.name)
    except TemplateError as error:
        yield ("name",), str(error), "a template has the name of its folder in agent/businesses"
        return
    yield from contradictions(template, tools)


def _claims(template: Template) -> Iterator[tuple[Location, str, str]]:
    """The sentences of nodes that the model may not say: they would claim what no tool of a call has done."""
    for path, text in texts(template):
        if not path.startswith("nodes.") or path.endswith(".instructions"):
            continue
        said = sayable(named(text), {name: f"the {name}" for name in fields(text)})
        stream = SentenceStream()
        for sentence in (*stream.feed(said), *stream.flush()):
            if truth := permitted(sentence, Spoken(stored=(), recording=False)):
                what = f"{sentence!r} claims what isn't so: callers hear {truth!r} instead"
                yield tuple(path.split(".")), what, "say what the agent does, or what callers can do"


def _faults(root: yaml.Node | None, wrong: Iterable[tuple[Location, str, str]]) -> tuple[Fault, ...]:
    found = (Fault(_line_of(root, path), _dotted(path), what, remedy) for path, what, remedy in wrong)
    return tuple(sorted(found, key=lambda fault: fault.line))


def _dotted(path: Location) -> str:
    return ".".join(map(str, path)) or "template"


_COMPLAINTS = {"missing": "missing", "extra_forbidden": "nothing has this name here"}
"""By pydantic's type of error; its own words do for the others."""


def _remedy(kind: str, path: Location, context: Mapping[str, Any]) -> str:
    """How to mend what pydantic found; `kind` is its type of error."""
    last = str(path[-1]) if path else "template"
    match kind:
        case "missing":
            return f"add `{last}:`"
        case "extra_forbidden":
            if last in _FIELDS:
                return "remove it, or move it to the part that it belongs to, by docs/templates.md"
            close = difflib.get_close_matches(last, _FIELDS, 1)
            return f"write `{close[0]}`, if you mean that; else remove it" if close else "remove it"
        case "string_pattern_mismatch":
            return "lower-case letters, digits and underscores, a letter first, at most 40 in all"
        case "literal_error":
            return f"use {context.get('expected', 'one of the known words')}"
        case "greater_than_equal" | "greater_than":
            return f"write {context.get('ge', context.get('gt'))} or more"
        case "less_than_equal" | "less_than":
            return f"write {context.get('le', context.get('lt'))} or less"
        case "too_short":
            return "give at least one"
        case "value_error" if "intents" in path:
            return "keep one of reply, tool and go"
        case "string_type":
            return "put the text into quotes"
        case "bool_parsing" | "bool_type":
            return "write true or false"
        case "model_type" | "dict_type" | "list_type" | "model_attributes_type":
            return "write `name: value` lines here, or a list; docs/templates.md has an example"
        case _:
            return "docs/templates.md says what belongs here"


def _fields(model: type[BaseModel], above: tuple[type[BaseModel], ...] = ()) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name
        parts = (part for part in _models(field.annotation) if part is not model and part not in above)
        yield from (each for part in parts for each in _fields(part, (*above, model)))


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models(part)


_FIELDS: Sequence[str] = sorted(set(_fields(Template)))


def _twice(root: yaml.Node | None, path: Location = ()) -> Iterator[Fault]:
    """Keys that a mapping has twice: YAML lets the last one win without a word."""
    if isinstance(root, yaml.MappingNode):
        met = set[str]()
        for key, value in root.value:
            name = str(key.value)
            if name in met:
                what, remedy = f"{name!r} is there twice, and only the last one counts", "keep one of them"
                yield Fault(key.start_mark.line + 1, _dotted((*path, name)), what, remedy)
            met.add(name)
            yield from _twice(value, (*path, name))
    elif isinstance(root, yaml.SequenceNode):
        for index, value in enumerate(root.value):
            yield from _twice(value, (*path, index))


def _line_of(root: yaml.Node | None, location: tuple[Any, ...]) -> int:
    """The line (from 1) of the deepest part of `location` that the file has."""
    node, line = root, 1
    for step in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(step)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode):
            node = _element(node, step)
            if node is None:
                break
            line = node.start_mark.line + 1
        else:
            break
    return line


def _element(node: yaml.SequenceNode, step: int | str) -> yaml.Node | None:
    if isinstance(step, int):
        return node.value[step] if step < len(node.value) else None
    named = (each for each in node.value if isinstance(each, yaml.MappingNode))
    return next((each for each in named if any(k.value == "name" and v.value == step for k, v in each.value)), None)
