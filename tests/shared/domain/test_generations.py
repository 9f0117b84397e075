"""Which generation's workers take calls, and when the next one takes their place."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.generations import (
    PROVE_WITHIN,
    Generation,
    StageGenerations,
    duty_of,
    enough_workers,
    next_step,
)

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
ONE, TWO, THREE = (Generation(number, f"r{number}") for number in (1, 2, 3))
RUNNING = StageGenerations(current=ONE)
TRIED = StageGenerations(current=ONE, candidate=TWO, offered_at=AT)
GIVEN_UP = StageGenerations(current=ONE, given_up=2)


def test_given_generations_then_each_change_is_idempotent_and_harmless_when_late() -> None:
    table = [
        ("the first of a stage serves", StageGenerations().offered(ONE, AT), RUNNING),
        ("the next one is tried", RUNNING.offered(TWO, AT), TRIED),
        ("twice", TRIED.offered(TWO, AT + timedelta(hours=1)), TRIED),
        ("an older one, late", TRIED.offered(ONE, AT), TRIED),
        ("a later one", TRIED.offered(THREE, AT), StageGenerations(ONE, THREE, AT)),
        ("known to be good", TRIED.offered(THREE, AT, proven=True), StageGenerations(THREE)),
        ("proved", TRIED.proved(2), StageGenerations(TWO)),
        ("proved twice", TRIED.proved(2).proved(2), StageGenerations(TWO)),
        ("proved when a later one is tried", TRIED.offered(THREE, AT).proved(2), StageGenerations(ONE, THREE, AT)),
        ("proved when given up", GIVEN_UP.proved(2), GIVEN_UP),
        ("given up", TRIED.gave_up(2), GIVEN_UP),
        ("given up when proved", TRIED.proved(2).gave_up(2), StageGenerations(TWO)),
        ("given up, then announced again", GIVEN_UP.offered(TWO, AT), GIVEN_UP),
        ("given up, then a later one", GIVEN_UP.offered(THREE, AT), StageGenerations(ONE, THREE, AT, given_up=2)),
        ("nothing to give up", RUNNING.gave_up(0), RUNNING),
    ]
    assert [name for name, found, expected in table if found != expected] == []


@pytest.mark.requirement("PT-81")
def test_given_a_worker_then_its_duty_follows_from_the_generations_and_from_the_workers_that_take_calls() -> None:
    overtaken = StageGenerations(ONE, THREE, AT)
    table = [
        ("of no generation", 0, RUNNING, {1}, {1}, "take"),
        ("none announced", 1, StageGenerations(), set(), set(), "take"),
        ("the current one", 1, RUNNING, set(), set(), "take"),
        ("the current one while another is tried", 1, TRIED, {2}, {2}, "take"),
        ("a candidate", 2, TRIED, {1}, {1}, "stand_by"),
        ("a candidate while the others are full", 2, TRIED, set(), {1}, "stand_by"),
        ("a candidate where nobody takes calls", 2, TRIED, set(), set(), "take"),
        ("two candidates where nobody else takes calls", 2, TRIED, {2}, {2}, "take"),
        ("not announced yet", 2, RUNNING, {1}, {1}, "stand_by"),
        ("superseded", 1, TRIED.proved(2), {2}, {2}, "leave"),
        ("superseded, the new ones full", 1, TRIED.proved(2), set(), {2}, "take"),
        ("superseded, the new ones not there", 1, TRIED.proved(2), {1}, {1}, "take"),
        ("given up", 2, GIVEN_UP, {1}, {1}, "leave"),
        ("given up, but nobody else takes calls", 2, GIVEN_UP, set(), set(), "take"),
        ("overtaken by a later candidate", 2, overtaken, {1}, {1}, "leave"),
        ("given up, then a later one", 2, GIVEN_UP.offered(THREE, AT), {1}, {1}, "leave"),
    ]
    assert [row for row in table if duty_of(row[1], row[2], row[3], row[4]) != row[5]] == []


@pytest.mark.parametrize("seed", range(20))
def test_given_any_order_of_deploys_and_deaths_then_somebody_takes_calls_as_long_as_a_worker_lives(seed: int) -> None:
    """A worker's view is as old as its last look; whoever has left stays away."""
    chance = random.Random(seed)
    known, duties, seen = StageGenerations(), dict[int, tuple[int, str]](), 0
    for step in range(1, 400):
        match chance.choice(("deploy", "prove", "give up", "late", "dies", "look", "look", "look", "look")):
            case "deploy":
                seen = step
                known = known.offered(Generation(step, "r"), AT)
                for _ in range(2):
                    duties[len(duties) + 1000 * step] = (step, "new")
            case "prove" if known.candidate:
                known = known.proved(known.candidate.number)
            case "give up" if known.candidate:
                known = known.gave_up(known.candidate.number)
            case "late" if seen:
                number = chance.randint(1, seen)
                known = chance.choice((known.offered(Generation(number, "r"), AT), known.proved(number)))
            case "dies" if duties:
                del duties[chance.choice([*duties])]
            case "look" if duties:
                me = chance.choice([*duties])
                taking = [of for worker, (of, duty) in duties.items() if duty == "take" and worker != me]
                duty = duty_of(duties[me][0], known, taking, taking)
                if duty == "leave":
                    del duties[me]
                    assert taking, "it left its callers to nobody"
                else:
                    duties[me] = (duties[me][0], duty)
        for me in [*duties]:
            taking = [of for worker, (of, duty) in duties.items() if duty == "take" and worker != me]
            if not taking and duties[me][1] != "take":
                assert duty_of(duties[me][0], known, (), ()) == "take", "the last one must take the calls"


def test_given_a_candidate_then_it_is_proved_when_enough_workers_came_and_given_up_when_its_time_is_over() -> None:
    late = AT + PROVE_WITHIN + timedelta(seconds=1)
    table = [
        (RUNNING, 9, 1, AT, "nothing"),
        (TRIED, 0, 1, AT, "wait"),
        (TRIED, 1, 2, AT, "wait"),
        (TRIED, 2, 2, AT, "prove"),
        (TRIED, 2, 2, late, "give_up"),
        (TRIED, 0, 2, late, "give_up"),
    ]
    assert [row for row in table if next_step(*row[:4]) != row[4]] == []


def test_given_calls_then_a_candidate_has_room_for_them_and_never_more_workers_than_the_current_generation() -> None:
    table = [(0, 0, 4, 1), (0, 3, 4, 1), (3, 1, 4, 1), (3, 2, 4, 2), (40, 20, 4, 13), (80, 20, 4, 20), (5, 5, 1, 5)]
    assert [row for row in table if enough_workers(*row[:3]) != row[3]] == []
