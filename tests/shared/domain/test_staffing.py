"""How many workers are ordered."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.staffing import FREE_SHARE, LEAST_FREE, Staffing, StaffLimits, workers_to_order

FOUR = StaffLimits(places_each=4, workers=20, containers=40)


@pytest.mark.parametrize(
    ("calls", "workers", "ordered", "containers", "expected"),
    [
        (0, 0, 0, 0, 1),  # nobody is there
        (0, 0, 1, 1, 0),  # one is on its way
        (0, 1, 0, 1, 0),
        (2, 1, 0, 1, 0),  # two places are free
        (3, 1, 0, 1, 1),  # one is: too few for those that may come at once
        (3, 1, 1, 2, 0),  # the one that was ordered isn't ordered twice
        (8, 2, 0, 2, 1),
        (16, 4, 0, 4, 1),
        (40, 10, 0, 10, 3),  # a quarter more
        (40, 10, 2, 12, 1),
        (80, 20, 0, 20, 0),  # the release's limit
        (78, 19, 0, 19, 1),
        (4, 1, 0, 40, 0),  # the stage's: another release has the rest
        (4, 1, 0, 39, 1),
        (0, 0, 0, 40, 0),  # never more than the platform would run
        (60, 0, 0, 15, 19),  # all retire soon: successors for all that they serve
    ],
)
def test_given_workers_and_calls_when_counted_then_so_many_are_ordered(
    calls: int, workers: int, ordered: int, containers: int, expected: int
) -> None:
    now = Staffing(calls, 4 * workers, workers, ordered, containers)
    assert workers_to_order(now, FOUR) == expected


@pytest.mark.requirement("OP-46")
@pytest.mark.requirement(
    "OP-05", part="workers are ordered by the calls at once; no test holds a worker to an amount of memory"
)
@given(
    calls=st.integers(0, 100), workers=st.integers(0, 25), ordered=st.integers(0, 25), others=st.integers(0, 40),
    places=st.integers(1, 8),
)  # fmt: skip
def test_given_any_stage_when_ordered_then_no_limit_is_passed_and_head_room_is_as_good_as_they_allow(
    calls: int, workers: int, ordered: int, others: int, places: int
) -> None:
    limits = StaffLimits(places, 20, 40)
    now = Staffing(calls, places * workers, workers, ordered, workers + ordered + others)
    more = workers_to_order(now, limits)
    room = min(limits.workers - workers - ordered, limits.containers - now.containers)
    assert 0 <= more <= max(0, room)
    free = (workers + ordered + more) * places - calls
    assert free >= max(LEAST_FREE, math.ceil(FREE_SHARE * calls)) or more == max(0, room)
    # and none too many: one less would not be enough
    if more:
        fewer = (workers + ordered + more - 1) * places - calls
        assert fewer < max(LEAST_FREE, math.ceil(FREE_SHARE * calls)) or workers + ordered + more == 1
