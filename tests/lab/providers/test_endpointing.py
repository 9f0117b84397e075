"""Where utterances begin and end."""

import numpy as np
import pytest

from lab.base.sound import to_pcm
from lab.providers.endpointing import Ended, Endpointer, Event, Going, Paused, Resumed, Started

RATE = 16_000


def sound(seconds: float, level: float) -> bytes:
    return to_pcm(np.random.default_rng(0).normal(0, level, int(RATE * seconds)).astype(np.float32))


def voice(seconds: float) -> bytes:
    return sound(seconds, 0.1)


def quiet(seconds: float) -> bytes:
    return sound(seconds, 0.0)


def events_of(*parts: bytes, quiet_ms: int = 200) -> list[Event]:
    return Endpointer(RATE, quiet_ms).push(b"".join(parts))


def test_given_an_utterance_then_it_is_taken_with_its_lead_and_ends_after_the_quiet() -> None:
    events = events_of(quiet(1), voice(0.7), quiet(1))
    assert [type(e) for e in events] == [Started, Paused, Ended]
    ended = events[-1]
    assert isinstance(ended, Ended)
    assert (ended.start, ended.end) == (pytest.approx(0.9, abs=0.03), pytest.approx(1.7, abs=0.03))
    assert ended.samples.size / RATE == pytest.approx(1.0, abs=0.05)
    assert ended.speech_final


def test_given_pieces_of_any_size_then_the_same_comes_out() -> None:
    pcm = quiet(0.5) + voice(1.5) + quiet(0.5)
    whole, endpointer = events_of(pcm), Endpointer(RATE, 200)
    pieces = [event for at in range(0, len(pcm), 334) for event in endpointer.push(pcm[at : at + 334])]
    assert [type(e) for e in pieces] == [type(e) for e in whole]


def test_given_a_short_pause_then_it_is_one_utterance() -> None:
    events = events_of(voice(0.3), quiet(0.12), voice(0.3), quiet(0.5))
    assert [type(e) for e in events] == [Started, Paused, Resumed, Paused, Ended]


def test_given_a_click_then_nobody_spoke() -> None:
    assert events_of(quiet(0.5), voice(0.04), quiet(0.5)) == []


def test_given_long_speech_then_it_is_told_each_second() -> None:
    assert sum(isinstance(e, Going) for e in events_of(voice(3.5), quiet(1))) == 3


def test_given_endless_sound_then_utterances_are_cut_and_the_last_one_is_ended() -> None:
    ended = [e for e in events_of(voice(21), quiet(1)) if isinstance(e, Ended)]
    assert [e.speech_final for e in ended] == [False, True]
    assert max(e.samples.size for e in ended) <= 20 * RATE


def test_given_a_cut_right_at_the_end_then_the_end_is_still_told() -> None:
    ended = [e for e in events_of(voice(20), quiet(1)) if isinstance(e, Ended)]
    assert [e.speech_final for e in ended] == [False, True]


def test_given_a_noisy_line_then_the_noise_is_not_speech_once_it_is_known() -> None:
    noise = sound(2, 0.012)  # an RMS of 390, over the threshold of a quiet line
    endpointer = Endpointer(RATE, 200)
    endpointer.push(noise * 4)
    endpointer.finish()
    assert [type(e) for e in endpointer.push(noise + voice(0.7) + noise)] == [Started, Paused, Ended]


def test_given_a_known_length_then_a_pause_within_it_does_not_end_it() -> None:
    endpointer = Endpointer(RATE, 200)
    assert isinstance(endpointer.push(quiet(0.2) + voice(0.2))[0], Started)
    endpointer.hold(1.5)
    ended = [e for e in endpointer.push(voice(0.3) + quiet(0.5) + voice(0.5) + quiet(0.5)) if isinstance(e, Ended)]
    assert len(ended) == 1


def test_given_open_speech_when_finished_then_it_ends_now_and_nothing_is_left() -> None:
    endpointer = Endpointer(RATE, 200)
    endpointer.push(voice(1))
    assert [type(e) for e in endpointer.finish()] == [Ended]
    assert endpointer.finish() == []
