"""Dead air: what is found by a call's signs of life, what is tried next, and who is left in peace."""

from dataclasses import replace
from itertools import pairwise

import pytest

from shared.domain.dead_air import (
    LADDERS,
    MEMORY_SECONDS,
    Attempt,
    Cause,
    Dead,
    Limits,
    Rung,
    Signs,
    found,
    next_rung,
)

ALIVE = Signs()
ALL, USUAL = set(Rung), Limits()


def met(signs: Signs, seconds: float, available: set[Rung] = ALL) -> list[tuple[float, Rung]]:
    """The rungs that a call takes whose signs stay as they are, each with the time at which it takes it."""
    attempts: list[Attempt] = []
    for quarter in range(round(seconds * 4)):
        now = 100.0 + quarter / 4
        dead = found(signs, USUAL)
        rung = next_rung(dead, attempts, now, available, USUAL) if dead else None
        if dead and rung:
            attempts.append(Attempt(dead.cause, rung, now))
    return [(each.at - 100.0, each.rung) for each in attempts]


IN_PEACE = {
    "a caller who is quiet, or has muted their telephone": ALIVE,
    "a caller who listens to a long answer": replace(ALIVE, speaking=True, owed_since=90.0),
    "a caller who hums along with a long answer": replace(ALIVE, speaking=True, unheard_voice_seconds=0.5),
    "a caller on hold": replace(ALIVE, busy=True, owed_since=90.0, unheard_voice_seconds=30.0),
    "a tool that runs for long": replace(ALIVE, busy=True, owed_since=90.0),
    "a long dictation, whose words are recognised as they come": replace(
        ALIVE, caller_speaks=True, voice_at=100.0, unheard_voice_seconds=2.5
    ),
    "a caller who goes on after a turn": replace(ALIVE, owed_since=90.0, caller_speaks=True, voice_at=100.0),
    "a cough, a door": replace(ALIVE, voice_at=99.0, unheard_voice_seconds=0.4),
}


def test_given_a_call_that_is_well_then_nobody_climbs() -> None:
    assert {name: met(signs, 60) for name, signs in IN_PEACE.items()} == {name: [] for name in IN_PEACE}


CLIMBED = {
    "no answer": (
        replace(ALIVE, owed_since=100.0),
        [2.0, 6.0, 9.0, 12.0, 16.0],
        "hold restart rebuild takeover give_up",
    ),
    "a token, then nothing": (replace(ALIVE, owed_since=100.0, progress_at=101.5), [2.0, 7.5], "hold restart"),
    "a model that hangs: its own limits come first": (
        replace(ALIVE, owed_since=100.0, under_way=True),
        [2.0, 9.0],
        "hold restart",
    ),
    "a caller who spoke on for two seconds": (
        replace(ALIVE, owed_since=100.0, voice_at=102.0),
        [4.0, 8.0],
        "hold restart",
    ),
    "voice without words": (
        replace(ALIVE, voice_at=100.0, unheard_voice_seconds=1.2),
        [2.0, 6.0],
        "other_provider rebuild",
    ),
    "seven seconds of speech without a word": (
        replace(ALIVE, caller_speaks=True, voice_at=100.0, unheard_voice_seconds=6.0, unheard_since=94.0),
        [0.0, 4.0],
        "other_provider rebuild",
    ),
}


def test_given_dead_air_then_the_rungs_come_one_after_the_other_in_their_seconds() -> None:
    wrong: dict[str, object] = {}
    for name, (signs, times, rungs) in CLIMBED.items():
        taken = met(signs, 30)[: len(times)]
        if [rung.value for _, rung in taken] != rungs.split() or any(
            abs(at - time) > 0.3 for (at, _), time in zip(taken, times, strict=True)
        ):
            wrong[name] = taken
    assert not wrong


@pytest.mark.parametrize("cause", Cause)
def test_given_any_cause_then_each_rung_is_taken_once_and_never_two_at_the_same_time(cause: Cause) -> None:
    attempts: list[Attempt] = []
    for quarter in range(4 * 55):
        now = quarter / 4
        if rung := next_rung(Dead(cause, 0.0, 0.0), attempts, now, ALL, USUAL):
            attempts.append(Attempt(cause, rung, now))
    repairs = [each for each in attempts if each.rung is not Rung.HOLD]
    assert [each.rung for each in repairs] == [each.rung for each in LADDERS[cause]]
    assert all(later.at - earlier.at >= 2.0 for earlier, later in pairwise(repairs))


def test_given_a_rung_that_helped_for_a_moment_then_the_same_cause_meets_the_next_one_and_later_the_first_again() -> (
    None
):
    attempts = [Attempt(Cause.NO_WORDS, Rung.OTHER_PROVIDER, 10.0)]
    again = Dead(Cause.NO_WORDS, 30.0, 30.0)
    assert next_rung(again, attempts, 31.0, ALL, USUAL) is None, "it may still be well"
    assert next_rung(again, attempts, 34.0, ALL, USUAL) is Rung.REBUILD
    later = 11.0 + MEMORY_SECONDS
    assert next_rung(Dead(Cause.NO_WORDS, later, later), attempts, later + 2.0, ALL, USUAL) is Rung.OTHER_PROVIDER
    other = Dead(Cause.NO_ANSWER, 30.0, 30.0)
    assert next_rung(other, attempts, 36.0, ALL - {Rung.HOLD}, USUAL) is Rung.RESTART, "another cause"


def test_given_a_rung_that_is_not_there_then_the_next_one_is_taken_in_its_place() -> None:
    silent = replace(ALIVE, owed_since=100.0)
    assert met(silent, 40, {Rung.RESTART, Rung.GIVE_UP}) == [(6.0, Rung.RESTART), (10.0, Rung.GIVE_UP)]
    assert met(silent, 40, set()) == []


def test_given_a_second_turn_without_an_answer_then_the_caller_is_asked_to_wait_again() -> None:
    held = [Attempt(Cause.NO_ANSWER, Rung.HOLD, 10.0)]
    assert next_rung(Dead(Cause.NO_ANSWER, 8.0, 8.0), held, 11.0, ALL, USUAL) is None
    assert next_rung(Dead(Cause.NO_ANSWER, 20.0, 20.0), held, 22.0, ALL, USUAL) is Rung.HOLD


def test_given_a_recogniser_that_may_take_longer_then_a_sound_without_words_waits_for_it() -> None:
    sound = replace(ALIVE, voice_at=100.0, unheard_voice_seconds=1.2)
    dead = found(sound, Limits(words_seconds=3.0))
    assert dead is not None
    assert next_rung(dead, [], 102.9, ALL, USUAL) is None
    assert next_rung(dead, [], 103.1, ALL, USUAL) is Rung.OTHER_PROVIDER
