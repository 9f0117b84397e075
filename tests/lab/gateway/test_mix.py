import numpy as np

from lab.gateway.mix import LATE_FRAMES, Mix


def frame(value: int) -> bytes:
    return np.full(160, value, np.int16).tobytes()


def test_given_one_voice_when_it_speaks_then_each_frame_passes_at_once() -> None:
    mix = Mix()

    assert [mix.add("a", frame(n)) for n in range(5)] == [frame(n) for n in range(5)]


def test_given_two_voices_when_both_speak_then_they_are_added_up_once_a_frame() -> None:
    mix = Mix()
    mix.add("a", frame(0))

    played = [mix.add(voice, frame(value)) for _ in range(4) for voice, value in (("b", 30), ("a", 12))]

    assert played == [None, frame(42)] * 4


def test_given_loud_voices_when_added_up_then_they_are_clipped_not_wrapped() -> None:
    mix = Mix()
    mix.add("a", frame(0))
    mix.add("b", frame(30_000))

    assert mix.add("a", frame(30_000)) == frame(32_767)


def test_given_a_leader_who_falls_silent_when_another_speaks_on_then_that_one_is_heard() -> None:
    mix = Mix()
    mix.add("a", frame(1))

    played = [mix.add("b", frame(n)) for n in range(20)]

    assert played[:LATE_FRAMES] == [None] * LATE_FRAMES
    assert all(piece is not None for piece in played[LATE_FRAMES:])


def test_given_a_leader_who_leaves_when_another_speaks_then_that_one_passes_at_once() -> None:
    mix = Mix()
    mix.add("a", frame(1))
    mix.drop("a")

    assert mix.add("b", frame(2)) == frame(2)
