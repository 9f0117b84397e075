"""The sentences that must be heard whatever is down."""

import pytest

from agent import recorded
from agent.spoken import SAMPLE_RATE
from lab.control import LabControl
from shared.domain.safety import CRISIS_LINE


@pytest.mark.parametrize("text", recorded.SENTENCES, ids=lambda t: t[:30])
def test_each_has_its_recording_of_a_fitting_length(text: str) -> None:
    seconds = len(recorded.read(recorded.recording_of(text), SAMPLE_RATE)) / 2 / SAMPLE_RATE
    assert 0.2 * len(text.split()) < seconds < 0.8 * len(text.split())


def test_no_recording_is_left_of_words_that_are_no_more() -> None:
    assert set(recorded.FOLDER.glob("*.ogg")) == {recorded.recording_of(text) for text in recorded.SENTENCES}


@pytest.mark.requirement("PT-74")
async def test_what_is_heard_of_the_crisis_recording_is_the_lifeline(lab: LabControl) -> None:
    crisis = CRISIS_LINE
    heard = await lab.hear(recorded.read(recorded.recording_of(crisis), 16_000))
    digits = heard.lower().replace("nine", "9").replace("eight", "8").replace(" ", "").replace("-", "")
    assert "988" in digits, heard
    assert "911" in digits.replace("one", "1"), heard
