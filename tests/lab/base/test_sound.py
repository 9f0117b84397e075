"""Sound keeps its time, its level and its words through resampling, G.711 and WAV."""

import io
import wave

import numpy as np
import pytest

from lab.base import sound


def tone(frequency: float, seconds: float, rate: int, amplitude: float = 0.3) -> sound.Samples:
    return (amplitude * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


@pytest.mark.parametrize(
    ("source", "target"), [(24000, 16000), (16000, 8000), (8000, 16000), (24000, 8000), (22050, 24000)]
)
def test_given_a_tone_when_resampled_then_length_level_and_phase_are_kept(source: int, target: int) -> None:
    there = sound.resample(tone(440, 1.0, source), source, target)
    wanted = tone(440, 1.0, target)
    assert abs(len(there) - len(wanted)) <= 1
    inner = slice(target // 20, -target // 20)
    assert float(np.max(np.abs(there[: len(wanted)][inner] - wanted[: len(there)][inner]))) < 0.01


def test_given_pieces_when_resampled_as_a_stream_then_it_equals_the_whole() -> None:
    whole = tone(600, 0.5, 24000)
    stream = sound.Resampler(24000, 16000)
    pieces = [stream.push(piece) for piece in np.split(whole, [7, 500, 501, 3000, 9999])] + [stream.flush()]
    np.testing.assert_allclose(np.concatenate(pieces), sound.resample(whole, 24000, 16000), atol=1e-6)


def test_given_a_tone_above_the_band_when_resampled_down_then_it_is_gone() -> None:
    assert sound.level(sound.resample(tone(6000, 0.5, 24000), 24000, 8000)[400:-400]) < 100


def test_given_every_code_when_decoded_and_encoded_then_it_is_the_same_code() -> None:
    codes = bytes(code for code in range(256) if code != 0x7F)  # 0x7F is the second zero
    assert sound.mu_law_encode(sound.mu_law_decode(codes)) == codes
    assert sound.mu_law_decode(b"\xff\x7f").tolist() == [0.0, 0.0]


def test_given_known_values_when_encoded_then_they_are_those_of_the_standard() -> None:
    assert sound.mu_law_encode(
        sound.from_pcm(np.array([0, 32767, -32768, 1000, -1000], dtype="<i2").tobytes())
    ) == bytes([0xFF, 0x80, 0x00, 0xCE, 0x4E])


def test_given_speech_levels_when_sent_through_g711_then_the_error_is_over_30_db_below() -> None:
    voice = tone(300, 0.5, 8000, 0.1)
    back = sound.mu_law_decode(sound.mu_law_encode(voice))
    assert sound.level_db(voice) - sound.level_db(back - voice) > 30


def test_given_silence_when_sent_through_the_phone_band_then_it_is_silence_of_the_same_length() -> None:
    band = sound.PhoneBand(24000, 16000)
    out = np.concatenate([band.push(np.zeros(480, dtype=np.float32)) for _ in range(50)])
    assert not out.any()
    assert 0 <= 16000 - len(out) < 160


def test_given_speech_between_silence_when_measured_then_the_silence_does_not_count() -> None:
    quiet = np.zeros(16000, dtype=np.float32)
    speech = np.concatenate([quiet, tone(300, 1.0, 16000), quiet])
    assert sound.voiced_span(speech, 16000) == (16000, 32000)
    assert len(sound.trimmed(speech, 16000)) == 16000 + 640
    assert sound.voiced_level(sound.frames_of(speech, 320)) == pytest.approx(
        sound.level(tone(300, 1.0, 16000)), rel=0.01
    )
    assert sound.voiced_span(quiet, 16000) is None
    assert len(sound.trimmed(quiet, 16000)) == 0


def test_given_pauses_when_hurried_then_only_the_long_ones_shrink() -> None:
    parts = [tone(300, 0.5, 16000), np.zeros(1600), tone(300, 0.5, 16000), np.zeros(16000), tone(300, 0.5, 16000)]
    hurried = sound.hurried(np.concatenate(parts).astype(np.float32), 16000, 0.2)
    assert len(hurried) / 16000 == pytest.approx(1.5 + 0.1 + 0.2, abs=0.02)
    assert len(sound.hurried(np.zeros(0, dtype=np.float32), 16000, 0.2)) == 0
    assert len(sound.hurried(np.zeros(1600, dtype=np.float32), 16000, 0.01)) == 1600


def test_given_a_level_when_noise_is_taken_in_pieces_then_it_has_that_level_and_no_end() -> None:
    noise = sound.Noise(500.0)
    taken = np.concatenate([noise.take(320) for _ in range(500)])
    assert sound.level(taken) == pytest.approx(500.0, rel=0.02)
    np.testing.assert_array_equal(taken[:96000], np.concatenate([sound.Noise(500.0).take(64000), taken[:32000]]))


def test_given_two_channels_when_written_as_wav_then_they_are_read_back() -> None:
    left, right = sound.to_pcm(tone(300, 0.1, 16000)), sound.to_pcm(tone(500, 0.05, 16000))
    with wave.open(io.BytesIO(sound.wav(sound.stereo(left, right), 16000, channels=2))) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 16000, 1600)
        both = np.frombuffer(file.readframes(1600), dtype="<i2").reshape(-1, 2)
    assert both[:, 0].tobytes() == left
    assert both[:800, 1].tobytes() == right
    assert not both[800:, 1].any()
