"""The sentences that must be heard whatever is down."""

import io
import subprocess
import sys
import wave

import pytest

from shared import house_audio

RATE = 24_000
ENGLISH = [text for text, language in house_audio.SENTENCES.items() if language == "en"]


@pytest.mark.parametrize("text", house_audio.SENTENCES, ids=lambda t: t[:30])
def test_each_has_its_recording_of_a_fitting_length(text: str) -> None:
    seconds = len(house_audio.read(house_audio.recording_of(text), RATE)) / 2 / RATE
    assert 0.2 * len(text.split()) < seconds < 0.8 * len(text.split())


def test_no_recording_is_left_of_words_that_are_no_more() -> None:
    assert set(house_audio.FOLDER.glob("*.ogg")) == {house_audio.recording_of(text) for text in house_audio.SENTENCES}


@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_given_a_rate_then_the_wav_file_has_it_and_lasts_as_long_as_the_recording(rate: int) -> None:
    path = house_audio.recording_of(ENGLISH[0])
    with wave.open(io.BytesIO(house_audio.wav(path, rate))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, rate)
        assert file.getnframes() / rate == pytest.approx(len(house_audio.read(path, RATE)) / 2 / RATE, abs=0.05)


def test_who_only_asks_where_a_recording_lies_loads_no_codec() -> None:
    asks = "import sys, shared.house_audio as r; r.recording_of('Hello.'); print({'av', 'numpy'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True).stdout == "set()\n"
