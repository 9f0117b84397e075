"""The kinds of tenants: a folder each with its template, its tools and the store of its rows.

A new business is a new folder here: `__init__.py` with a `BUSINESS`, and `template.yaml`. Nothing lists it.
"""

import pkgutil
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import agent.businesses
from agent.businesses.template_file import parse_template
from agent.tools.tool import Tool
from shared.domain.template import Template
from shared.domain.tenant import Tenant
from shared.errors import TemplateError
from shared.ports import BusinessRows, Snapshots


@dataclass(frozen=True)
class Business:
    """One kind of tenant. Its name is its folder's, and the template's."""

    folder: Path
    tools: tuple[Tool, ...]
    """Those that its template may name."""
    open_store: Callable[[BusinessRows], Any]
    """Gives what its tools find under `ToolContext.store`."""
    warm: Callable[[BusinessRows, Snapshots, Tenant], Coroutine[Any, Any, object]] | None = None
    """Begun when a call is about to be answered, and awaited by nobody: for copies that its tools will want."""

    briefing: tuple[str, ...] = ()
    """Tools that are run without arguments when a call begins, where its first node has them: what they say is added to
    the model's context when it comes (`agent.conversation.briefing`)."""

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def tool_names(self) -> frozenset[str]:
        return frozenset(tool.name for tool in self.tools)

    @cached_property
    def template(self) -> Template:
        """The one that the release ships, read once; `TemplateError` when it is bad or missing."""
        path = self.folder / "template.yaml"
        source = f"{self.folder.name}/{path.name}"
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise TemplateError(f"{source}: {error.strerror}") from error
        return parse_template(text, source, self.tool_names)


def business_of(template: str) -> Business:
    """The business whose template has this name; `TemplateError` when there is none."""
    if template not in business_names():
        raise TemplateError(f"no template {template!r}: there are {', '.join(business_names())}")
    return import_module(f"{agent.businesses.__name__}.{template}").BUSINESS


def business_names() -> list[str]:
    """Of all businesses, in order."""
    return sorted(each.name for each in pkgutil.iter_modules(agent.businesses.__path__) if each.ispkg)


def shipped_routing() -> dict[str, dict[str, Any]]:
    """Which of the release's templates are orchestrators, and where each hands calls to: the database knows only those
    that were published."""
    usable = {name: each for name, each in all_templates().items() if isinstance(each, Template)}
    return {
        name: {"is_orchestrator": each.is_orchestrator, "leads_to": list(each.leads_to)}
        for name, each in usable.items()
    }


def all_templates() -> dict[str, Template | str]:
    """Every business's template by name; in place of one that can't be used, why."""

    def template(name: str) -> Template | str:
        try:
            return business_of(name).template
        except TemplateError as error:
            return str(error)

    return {name: template(name) for name in business_names()}
