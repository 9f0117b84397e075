"""YAML that people write, read only where it can't hold up the machine."""

from typing import Any

import yaml

MOST_DEPTH = 30
"""Of lists and mappings; a function's schema has some 15."""
MOST_ALIASES = 20
"""Each may hold the others: a few dozen could stand for billions of values."""


def load_yaml(text: str) -> Any:
    """What `yaml.safe_load` returns. Raises `yaml.MarkedYAMLError` also for too many levels or aliases."""
    depth = aliases = 0
    event: Any
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        aliases += isinstance(event, yaml.AliasEvent)
        if depth > MOST_DEPTH:
            raise yaml.MarkedYAMLError(problem=f"more than {MOST_DEPTH} levels deep", problem_mark=event.start_mark)
        if aliases > MOST_ALIASES:
            problem = f"more than {MOST_ALIASES} aliases (*name): write them out"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
    return yaml.safe_load(text)
