"""YAML that people write, read only where it can't hold up the machine."""

from typing import Any, cast

import yaml

MOST_DEPTH = 30
"""Of lists and mappings; a function's schema has some 15."""
MOST_ALIASES = 20
"""Each may hold the others: a few dozen could stand for billions of values."""


def load_yaml(text: str) -> Any:
    """What `yaml.safe_load` returns. Raises `yaml.MarkedYAMLError` also for too many levels or aliases."""
    # a safe loader that only refuses more
    return yaml.load(text, Loader=_BoundedLoader)


class _BoundedLoader(yaml.SafeLoader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = self._aliases = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> Any:
        event = cast("Any", self.peek_event())  # pyright: ignore[reportUnknownMemberType]
        opens = isinstance(event, yaml.CollectionStartEvent)
        self._depth += opens
        self._aliases += isinstance(event, yaml.AliasEvent)
        if self._depth > MOST_DEPTH:
            raise yaml.MarkedYAMLError(problem=f"more than {MOST_DEPTH} levels deep", problem_mark=event.start_mark)
        if self._aliases > MOST_ALIASES:
            problem = f"more than {MOST_ALIASES} aliases (*name): write them out"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        node = super().compose_node(parent, index)
        self._depth -= opens
        return node
