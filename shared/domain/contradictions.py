"""References of a template to nodes, tools and variables that aren't there."""

import difflib
from collections.abc import Collection, Iterator

from shared.domain.template import Template
from shared.domain.variables import undeclared


def contradictions(template: Template, tools: Collection[str]) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Yields (path into the template, complaint, remedy) for each reference to what doesn't exist."""

    def no_node(name: str) -> tuple[str, str]:
        return f"no such node: {name} (there are {', '.join(sorted(template.nodes))})", _instead(name, template.nodes)

    if template.start not in template.nodes:
        yield ("start",), *no_node(template.start)
    if template.care is not None and template.care not in template.nodes:
        yield ("care",), *no_node(template.care)
    for name, node in template.nodes.items():
        for index, tool in enumerate(node.tools):
            if tool not in tools:
                what = f"no tool {tool!r} (there are {', '.join(sorted(tools))})"
                yield ("nodes", name, "tools", index), what, _instead(tool, tools)
        for index, intent in enumerate(node.intents):
            if intent.go and intent.go not in template.nodes:
                yield ("nodes", name, "intents", index, "go"), *no_node(intent.go)
            if intent.tool and intent.tool not in node.tools:
                what = f"{intent.tool!r} is not among the node's tools"
                yield ("nodes", name, "intents", index, "tool"), what, f"add it to nodes.{name}.tools"
    for path, variable in undeclared(template):
        what = f"the payload has no {variable!r} (it has {', '.join(template.payload) or 'nothing'})"
        yield tuple(path.split(".")), what, f"declare it under payload: {variable}: {{type: text}}"


def _instead(wrong: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(wrong, known, 1)
    return f"write {close[0]}, if you mean that" if close else "name one of those, or add it"
