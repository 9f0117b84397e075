from agent.speech.engines import VAD_SILENCE_SECONDS
from bench import bare


def test_given_the_bare_side_then_it_hears_speech_end_as_soon_as_pickup() -> None:
    assert bare.VAD_SILENCE_SECONDS == VAD_SILENCE_SECONDS
