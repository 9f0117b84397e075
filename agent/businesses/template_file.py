"""Parses a template: YAML in, a checked `Template` out, or a `TemplateError` that names the line."""

from collections.abc import Collection, Iterable
from typing import Any

import yaml
from pydantic import ValidationError

from shared.domain.template import Template, contradictions
from shared.errors import TemplateError


def parse_template(text: str, source: str, tools: Collection[str]) -> Template:
    """`text` as a template that may name `tools`; `source` is named in errors.

    Raises `TemplateError`, a line for each thing that is wrong: `church/template.yaml:12: nodes.care.tools: …`.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise TemplateError(f"{source}:{line}: not YAML: {error.problem or error}") from error
    except yaml.YAMLError as error:
        raise TemplateError(f"{source}:1: not YAML: {error}") from error
    if not isinstance(data, dict):
        raise TemplateError(f"{source}:1: a template is a mapping with name, persona, phrases and nodes")
    try:
        template = Template.model_validate(data)
    except ValidationError as error:
        raise _refusal(source, root, ((e["loc"], e["msg"]) for e in error.errors())) from error
    if wrong := list(contradictions(template, tools)):
        raise _refusal(source, root, wrong)
    return template


def _refusal(source: str, root: yaml.Node | None, wrong: Iterable[tuple[tuple[int | str, ...], str]]) -> TemplateError:
    return TemplateError(
        "\n".join(
            f"{source}:{_line_of(root, path)}: {'.'.join(map(str, path)) or 'template'}: {what}" for path, what in wrong
        )
    )


def _line_of(root: yaml.Node | None, location: tuple[Any, ...]) -> int:
    """The line (from 1) of the deepest part of `location` that the file has."""
    node, line = root, 1
    for step in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(step)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line
