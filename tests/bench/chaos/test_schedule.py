"""A seed gives the same strikes each time, within the run, and none on what is spared."""

from itertools import pairwise

from bench.chaos.schedule import KILLED, drawn


def test_given_a_seed_then_its_strikes_are_the_same_each_time() -> None:
    assert drawn(7, 600) == drawn(7, 600) != drawn(8, 600)


def test_given_any_seed_then_strikes_come_one_after_the_other_and_end_with_the_run() -> None:
    for seed in range(50):
        strikes = drawn(seed, 300)
        assert 12 <= len(strikes) <= 40
        for one, following in pairwise(strikes):
            assert following.at_seconds >= one.at_seconds + one.seconds + 7.9
        assert strikes[-1].at_seconds + strikes[-1].seconds <= 300


def test_given_a_long_run_then_each_process_is_killed_before_one_is_struck_twice_as_often() -> None:
    killed = [strike.target for strike in drawn(3, 1200) if strike.act == "kill"]
    assert {*killed} == {*KILLED}
    assert max(map(killed.count, KILLED)) <= 3


def test_given_what_is_spared_then_it_is_never_struck() -> None:
    assert not any(strike.target in ("livekit", "stt") for strike in drawn(1, 2000, spared=("livekit", "stt")))


def test_given_a_run_that_is_too_short_then_nothing_is_struck() -> None:
    assert drawn(1, 5) == []
