from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from shared.domain.watch import Complete, Dispatch, End, Graces, Healing, Leave, OpenCall, heal

ROOM = "local._+12065550100_abc"
ALONE = OpenCall(
    age_seconds=5.0,
    answered=False,
    rejected=False,
    in_room=True,
    room=ROOM,
    caller_there=True,
    staff="ready",
    unleased_seconds=2.0,
)
"""A caller hears it ring, and no agent is on its way."""

CASES: list[tuple[str, dict[str, Any], Healing]] = [
    ("an agent is asked for", {}, Dispatch(ROOM)),
    ("it may be on its way still", {"unleased_seconds": 1.9}, Leave()),
    ("it was asked for just now", {"dispatched_seconds": 2.9}, Leave()),
    ("it was asked for and didn't come", {"dispatched_seconds": 3.0}, Dispatch(ROOM)),
    ("none could come: it rings out by itself", {"staff": "no_worker"}, Leave()),
    ("all are full: it rings out by itself", {"staff": "at_capacity"}, Leave()),
    ("nobody knows of the workers", {"staff": "unknown"}, Leave()),
    ("it should have rung out", {"age_seconds": 15.0, "staff": "no_worker"}, End(ROOM, "no_worker")),
    ("it should have rung out, all are full", {"age_seconds": 15.0, "staff": "at_capacity"}, End(ROOM, "at_capacity")),
    ("it should have rung out, none took it", {"age_seconds": 15.0}, End(ROOM, "not_answered")),
    ("an agent is there and about to answer", {"agent_there": True}, Leave()),
    ("an agent was there and never answered", {"agent_there": True, "age_seconds": 15.0}, End(ROOM, "not_answered")),
    ("an agent has the lease", {"leased": True, "age_seconds": 15.0}, Leave()),
    ("it was rejected and rings on", {"rejected": True, "unleased_seconds": 0.0}, End(ROOM, "rejected")),
    ("its agent is gone", {"answered": True, "unleased_seconds": 4.0}, Dispatch(ROOM)),
    ("its agent is gone, a successor comes", {"answered": True, "unleased_seconds": 6.9, "dispatched_seconds": 2.9},
     Leave()),
    ("its agent is gone, and no worker is there", {"answered": True, "unleased_seconds": 14.9, "staff": "no_worker"},
     Leave()),
    ("its agent is gone, and none came", {"answered": True, "unleased_seconds": 15.0, "staff": "no_worker"},
     End(ROOM, "agent_lost")),
    ("its agent may have its lease again soon", {"answered": True, "unleased_seconds": 3.9}, Leave()),
    ("its agent died and is listed", {"answered": True, "agent_there": True, "unleased_seconds": 4.0},
     Dispatch(ROOM)),
    ("its agent has the lease, and isn't listed", {"answered": True, "leased": True}, Leave()),
    ("the caller left: the room closes by itself", {"caller_there": False, "unleased_seconds": 29.0}, Leave()),
    ("the room didn't close", {"caller_there": False, "unleased_seconds": 30.0}, End(ROOM, "room_gone")),
    ("its room is gone", {"room": None, "age_seconds": 10.0}, Complete("room_gone")),
    ("its room is made just now, or its end told", {"room": None, "age_seconds": 9.0}, Leave()),
    ("its room is gone, and its agent finishes", {"room": None, "age_seconds": 60.0, "leased": True}, Leave()),
    ("it is on another line", {"room": None, "in_room": False, "age_seconds": 3600.0}, Leave()),
    ("nobody will tell its end", {"room": None, "in_room": False, "age_seconds": 6 * 3600.0}, Complete("lost")),
]  # fmt: skip


@pytest.mark.parametrize(("why", "changes", "healing"), CASES)
def test_given_an_open_call_when_looked_at_then_what_is_done_follows(
    why: str, changes: dict[str, Any], healing: Healing
) -> None:
    assert heal(replace(ALONE, **changes), Graces()) == healing, why


def test_given_leases_that_cannot_be_read_when_looked_at_then_every_call_is_left_alone() -> None:
    for age, answered, rejected, room, caller, staff, odd in product(
        (0.0, 15.0, 1e6), (True, False), (True, False), (ROOM, None), (True, False), ("ready", "no_worker"), (0.0, 1e6)
    ):
        call = OpenCall(age, answered, rejected, True, room, caller, False, None, staff, odd)
        assert heal(call, Graces()) == Leave()


def test_given_an_agent_that_holds_the_lease_when_looked_at_then_its_call_is_left_alone() -> None:
    for age, answered, room, caller, odd in product(
        (0.0, 15.0, 1e6), (True, False), (ROOM, None), (True, False), (0.0, 1e6)
    ):
        assert heal(OpenCall(age, answered, False, True, room, caller, False, True, "ready", odd), Graces()) == Leave()


def test_given_postgres_was_away_when_a_room_is_gone_then_the_spools_have_their_time_to_tell_of_its_end() -> None:
    over = OpenCall(60.0, True, False, True, None)
    for seconds, healing in ((0.0, Leave()), (14.9, Leave()), (15.0, Complete("room_gone"))):
        assert heal(replace(over, readable_seconds=seconds), Graces()) == healing
    assert heal(over, Graces()) == Complete("room_gone")
