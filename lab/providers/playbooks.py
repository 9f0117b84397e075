"""Playbooks: how callers put what they want in each node, which the scripted model knows and no prompt says.

A template's playbooks are read from its file, so that nobody has to hand them over; `teach` adds others.
"""

import logging
import re
from pathlib import Path
from typing import Any, cast

import yaml

from lab.providers.chat import text_of
from shared.domain.template import Template, playbook, sayable, sentences

BUSINESSES = Path(__file__).parents[2] / "agent" / "businesses"

Book = dict[str, Any]
"""As `shared.domain.template.playbook` writes it."""

_ROLE = re.compile(r"^Role: ([a-z][a-z0-9_]*)/([a-z][a-z0-9_]*)$", re.M)
_FACTS = re.compile(r"^Facts:\n((?:- .*(?:\n|$))+)", re.M)
_FACT = re.compile(r"^- (\w+): (.*)$", re.M)
_FIELD = re.compile(r"\{(\w+)\}")
_AGENTS = re.compile(r"^Agents that you can pass the caller on to by \w+:\n((?:- .*(?:\n|$))+)", re.M)
_AGENT = re.compile(r"^- (\w+): (.*)$", re.M)
_ANYWHERE = ("goodbye", "greeting", "are_you_human", "callback")

_log = logging.getLogger(__name__)


class Playbooks:
    """Found by role, `template/node`: those taught first, then those of `folder/<template>/template.yaml`."""

    def __init__(self, folder: Path = BUSINESSES) -> None:
        self._folder = folder
        self._taught: dict[str, Book] = {}
        self._files: dict[str, tuple[int, Template | None]] = {}
        """By template: the file's time of change in ns, and what it held; None: nothing usable."""

    def teach(self, books: dict[str, Any]) -> None:
        """Adds or replaces playbooks by role. Raises ValueError for what is no playbook."""
        for role, book in books.items():
            if not isinstance(book, dict) or not isinstance(cast(Book, book).get("intents"), list):
                raise ValueError(f"the playbook of {role} must be an object with a list of intents")
        self._taught |= books

    def book_for(self, messages: tuple[dict[str, Any], ...]) -> Book | None:
        """The playbook of the role that the latest system message with a role names, its fields filled in.

        The facts for the fields stand in that message too. None: no message names a known role.
        """
        for message in reversed(messages):
            if message["role"] in ("system", "developer") and (found := _ROLE.search(text := text_of(message))):
                book = self._taught.get(f"{found[1]}/{found[2]}") or self._from_file(found[1], found[2])
                return None if book is None else _with_facts(self._with_agents(book, text), facts_in(text))
        return None

    def examples(self) -> list[str]:
        """The callers' sentences in all templates' files."""
        templates = [self._template(path.parent.name) for path in sorted(self._folder.glob("*/template.yaml"))]
        nodes = [node for template in templates if template is not None for node in template.nodes.values()]
        return [example for node in nodes for intent in node.intents for example in intent.examples]

    def _with_agents(self, book: Book, prompt: str) -> Book:
        """The book with an intent for each agent that the prompt lists to pass callers on to: meant by what its
        description says, and by what callers want in the first node of its template."""
        listed = _AGENTS.search(prompt)
        agents = _AGENT.findall(listed[1]) if listed else []
        routes = [
            {"name": f"route_to_{name}", "examples": (*self._wishes(name), *sentences(about)), "route": name}
            for name, about in agents
        ]
        return book | {"intents": [*book["intents"], *routes]} if routes else book

    def _wishes(self, template: str) -> list[str]:
        """What callers want in the first node of a template, but for what they say in any."""
        known = self._template(template)
        taught = [book for role, book in self._taught.items() if role.partition("/")[0] == template]
        book = taught[0] if taught else playbook(known.nodes[known.start]) if known else {"intents": []}
        wishes = [each for each in book["intents"] if each["name"] not in _ANYWHERE]
        return [example for intent in wishes for example in intent["examples"]]

    def _from_file(self, template: str, node: str) -> Book | None:
        known = self._template(template)
        return playbook(known.nodes[node]) if known is not None and node in known.nodes else None

    def _template(self, name: str) -> Template | None:
        path = self._folder / name / "template.yaml"
        try:
            changed = path.stat().st_mtime_ns
            if self._files.get(name, (0, None))[0] != changed:
                self._files[name] = changed, _parsed(path)
        except OSError:
            return None
        return self._files[name][1]


def facts_in(prompt: str) -> dict[str, str]:
    """The facts that a system prompt lists, by name."""
    listed = _FACTS.search(prompt)
    return dict(_FACT.findall(listed[1])) if listed else {}


def _parsed(path: Path) -> Template | None:
    """None for a bad file: the agent refuses it with the line, and here it is logged."""
    try:
        return Template.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValueError, yaml.YAMLError):
        _log.warning("template can't be used", extra={"path": str(path)}, exc_info=True)
        return None


def _with_facts(book: Book, facts: dict[str, str]) -> Book:
    """The book with its fields filled in; a reply that the facts don't suffice for is what the node says instead."""

    def known(intent: Book) -> Book:
        if (reply := intent.get("reply")) is None:
            return intent
        return intent | {"reply": sayable(reply, facts) or book.get("unknown", "")}

    return cast(Book, _filled(book | {"intents": [known(intent) for intent in book["intents"]]}, facts))


def _filled(value: Any, facts: dict[str, str]) -> Any:
    if isinstance(value, str):
        return _FIELD.sub(lambda field: facts.get(field[1], ""), value)
    if isinstance(value, dict):
        return {key: _filled(item, facts) for key, item in cast(Book, value).items()}
    if isinstance(value, list | tuple):
        return [_filled(item, facts) for item in cast(list[Any], value)]
    return value
