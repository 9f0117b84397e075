"""References of a template to nodes, tools and variables that aren't there, and orchestrators that can't route."""

import difflib
from collections.abc import Collection, Iterator

from shared.domain.function_faults import faults_of
from shared.domain.functions import Function
from shared.domain.template import ROUTE, UPDATE_OUTCOME, Template, elsewhere
from shared.domain.variables import undeclared


def contradictions(template: Template, tools: Collection[str]) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Yields (path into the template, complaint, remedy) for each reference to what doesn't exist."""

    def no_node(name: str) -> tuple[str, str]:
        return f"no such node: {name} (there are {', '.join(sorted(template.nodes))})", _instead(name, template.nodes)

    own = tools
    if template.start not in template.nodes:
        yield ("start",), *no_node(template.start)
    if template.care is not None and template.care not in template.nodes:
        yield ("care",), *no_node(template.care)
    tools = {*tools, *template.mcp_tools}
    named = [("tools",), *(("nodes", name, "tools") for name in template.nodes)]
    for path, names in zip(named, (template.tools, *(node.tools for node in template.nodes.values())), strict=True):
        for index, tool in enumerate(names):
            if tool not in tools and (path == ("tools",) or tool not in template.tools):
                what = f"no tool {tool!r} (there are {', '.join(sorted(tools))})"
                yield (*path, index), what, _instead(tool, tools)
    yield from _functions(template, tools)
    yield from _servers(template, own)
    for name, node in template.nodes.items():
        for index, intent in enumerate(node.intents):
            if intent.go and not elsewhere(intent.go) and intent.go not in template.nodes:
                yield ("nodes", name, "intents", index, "go"), *no_node(intent.go)
            if intent.tool and intent.tool not in template.tools_in(name):
                what = f"{intent.tool!r} is not among the node's tools"
                yield ("nodes", name, "intents", index, "tool"), what, f"add it to nodes.{name}.tools"
    for path, variable in undeclared(template):
        what = f"the payload has no {variable!r} (it has {', '.join(template.payload) or 'nothing'})"
        yield tuple(path.split(".")), what, f"declare it under payload: {variable}: {{type: text}}"
    yield from _routing(template)


def _routing(template: Template) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """What is wrong with an orchestrator, each complaint with a code of its own at its beginning."""
    listed = template.orchestrator.agent_templates if template.orchestrator else ()
    offering = [name for name, node in template.nodes.items() if ROUTE in node.tools]
    if template.is_orchestrator and not listed:
        what = "orchestrator_without_routes: is_orchestrator is true, and no agent is listed"
        yield (
            ("orchestrator" if template.orchestrator else "is_orchestrator",),
            what,
            "list them: orchestrator: {agent_templates: [{template, name, description}]}",
        )
    if template.is_orchestrator and not offering:
        what = f"orchestrator_without_function: no node has the tool {ROUTE}"
        yield ("is_orchestrator",), what, f"add {ROUTE} to the tools of nodes.{template.start}"
    if listed and not template.is_orchestrator:
        what = "routes_without_orchestrator: agents are listed, and is_orchestrator isn't true"
        yield ("orchestrator",), what, "write is_orchestrator: true, or remove orchestrator"
    if offering and not template.is_orchestrator:
        what = f"routes_without_orchestrator: {ROUTE} is an orchestrator's tool"
        index = template.nodes[offering[0]].tools.index(ROUTE)
        yield ("nodes", offering[0], "tools", index), what, "remove it, or write is_orchestrator: true"
    for index, target in enumerate(listed):
        path = ("orchestrator", "agent_templates", index)
        if target.template == template.name:
            what = f"route_to_itself: {target.name} is this template"
            yield (*path, "template"), what, "remove it: the caller is there already"
        if target.template in [each.template for each in listed[:index]]:
            yield (*path, "template"), f"route_twice: {target.template} is listed above", "keep one of them"
        for field in ("name", "description"):
            if not getattr(target, field).strip():
                what = f"route_blank: the {field} of {target.template} is blank"
                yield (*path, field), what, "the model chooses by name and description"
    for name, node in template.nodes.items():
        for index, intent in enumerate(node.intents):
            if intent.go and (goal := elsewhere(intent.go)) and goal[0] == template.name:
                what = f"route_to_itself: {intent.go} is in this template"
                yield ("nodes", name, "intents", index, "go"), what, f"write go: {goal[1]}"


def _functions(template: Template, tools: Collection[str]) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    met = {*tools, UPDATE_OUTCOME}
    lists: list[tuple[tuple[str, ...], tuple[Function, ...]]] = [(("functions",), template.functions)]
    lists += [(("nodes", name, "functions"), node.functions) for name, node in template.nodes.items()]
    for path, functions in lists:
        for function in functions:
            here = (*path, function.name)
            if function.name in met or function.name.startswith("go_to_"):
                yield (*here, "name"), f"there is another tool {function.name!r}", "give it a name of its own"
            met.add(function.name)
            yield from (((*here, *rest), what, remedy) for rest, what, remedy in faults_of(function))


def _servers(template: Template, own: Collection[str]) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    met = {*own, UPDATE_OUTCOME, *(each.name for each in template.all_functions)}
    for server in template.mcp:
        here = ("mcp", server.name)
        if not server.tool_names:
            yield here, "none of its tools is named", "name those that nodes may use: tools: [find_slot]"
        for name in server.tool_names:
            if name in met or name.startswith("go_to_"):
                yield (*here, "tools"), f"there is another tool {name!r}", "its names must differ from all others"
            met.add(name)
        for (_, *path), what, remedy in faults_of(server.request):
            yield (*here, *path), what, remedy


def _instead(wrong: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(wrong, known, 1)
    return f"write {close[0]}, if you mean that" if close else "name one of those, or add it"
