"""`pickup` for these tests runs in forks of one process; `pickup.program` is the executable itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from forked_pickup import ForkedPickup, Forks, forks
from pickup_world import Pickup, own_dir
from pickup_world import pickup as held

__all__ = ["held", "own_dir"]


@pytest.fixture(scope="session")
def loaded() -> Iterator[Forks]:
    with forks() as loaded:
        yield loaded


@pytest.fixture(scope="session")
def pickup(held: Pickup, loaded: Forks) -> ForkedPickup:
    """With its stack up, so that a command doesn't have to start it."""
    return ForkedPickup(held.data_dir, forks=loaded)


@pytest.fixture
def bare(tmp_path: Path, loaded: Forks) -> ForkedPickup:
    """For what has no need of a stack."""
    return ForkedPickup(tmp_path / "data", forks=loaded)
