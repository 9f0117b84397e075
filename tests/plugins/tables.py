"""Tables of sentences as one test each: `@each("utterance", SENTENCES)` where `parametrize` would make a test a row."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def each(names: str | tuple[str, ...], rows: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Runs a test for every row, and fails with all the rows that it fails for. Its only arguments are the row's."""
    table = list(rows)
    named = (names,) if isinstance(names, str) else names

    def decorate(test: Callable[..., None]) -> Callable[[], None]:
        def run() -> None:
            failures: list[str] = []
            for row in table:
                values = (row,) if isinstance(names, str) else row
                try:
                    test(**dict(zip(named, values, strict=True)))
                except AssertionError as error:
                    failures.append(f"{row!r}: {error}")
            if failures:
                pytest.fail(f"{len(failures)} of {len(table)}:\n" + "\n".join(failures), pytrace=False)

        # not functools.wraps: pytest would take the row's names for fixtures
        run.__name__, run.__qualname__, run.__module__, run.__doc__ = (
            test.__name__,
            test.__qualname__,
            test.__module__,
            test.__doc__,
        )
        run.__dict__.update(test.__dict__)
        assert table, f"{test.__name__} has no rows"
        return run

    return decorate
