"""What is heard of the sentences that must be heard whatever is down."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from difflib import SequenceMatcher
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.speech.phrases import FixedPhrases, prune
from lab.providers.control import LabControl
from shared import house_audio
from shared.domain.language.safety_lines import CRISIS_LINE
from shared.domain.language.text import words
from shared.domain.template import Voice

ENGLISH = [text for text, language in house_audio.SENTENCES.items() if language == "en"]
LEAST_ALIKE = 0.8
"""Of the words, by the ear of the lab, which writes numbers as digits and mishears one word in twenty."""


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
@pytest.mark.requirement("PT-14")
async def test_what_is_heard_of_each_english_recording_is_its_words(lab: LabControl) -> None:
    for text in ENGLISH:
        heard = words(await lab.hear(house_audio.read(house_audio.recording_of(text), 16_000))).split()
        alike = SequenceMatcher(None, words(text).split(), heard).ratio()
        assert alike > LEAST_ALIKE, (text, heard)


@pytest.mark.requirement("PT-74")
async def test_what_is_heard_of_the_crisis_recording_is_the_lifeline(lab: LabControl) -> None:
    crisis = CRISIS_LINE
    heard = await lab.hear(house_audio.read(house_audio.recording_of(crisis), 16_000))
    digits = heard.lower().replace("nine", "9").replace("eight", "8").replace(" ", "").replace("-", "")
    assert "988" in digits, heard
    assert "911" in digits.replace("one", "1"), heard


def test_given_more_audio_than_there_is_room_for_then_what_was_used_longest_ago_is_removed(tmp_path: Path) -> None:
    for number, used_at in enumerate((30, 10, 40, 20)):
        (tmp_path / f"{number}.pcm").write_bytes(b"\0" * 100)
        os.utime(tmp_path / f"{number}.pcm", (used_at, used_at))
    (tmp_path / "other.txt").write_bytes(b"\0" * 1000)
    prune(tmp_path, 250)
    assert {path.name for path in tmp_path.iterdir()} == {"2.pcm", "0.pcm", "other.txt"}
    prune(tmp_path / "none", 250)


class Synthesiser:
    """Its speech is one byte, again and again."""

    label = "fake"

    def __init__(self, sound: int) -> None:
        self._sound = bytes([sound])
        self.spoken: list[str] = []

    @asynccontextmanager
    async def synthesize(self, text: str, conn_options: Any) -> AsyncIterator[AsyncIterator[Any]]:
        del conn_options
        self.spoken.append(text)

        async def parts() -> AsyncIterator[Any]:
            yield SimpleNamespace(frame=SimpleNamespace(data=self._sound * 960))

        yield parts()


async def test_given_a_node_with_a_voice_of_its_own_then_phrases_are_heard_in_the_voice_that_speaks_now(
    tmp_path: Path,
) -> None:
    first, second = Voice(voice="alloy"), Voice(voice="nova")
    one, other = Synthesiser(1), Synthesiser(2)
    phrases = FixedPhrases(one, first, tmp_path, {}, "", {second: other})  # type: ignore[arg-type]

    async def heard(text: str) -> set[int]:
        return {byte async for frame in phrases.audio(text) for byte in bytes(frame.data)}

    for voice in phrases.voices:
        await phrases.prepare(["Good day.", "Goodbye."], voice)
    assert await heard("Goodbye.") == {1}
    phrases.speak_as(second)
    assert phrases.ready("Goodbye.") and await heard("Goodbye.") == {2}
    assert await heard("Never prepared.") == {2}
    phrases.speak_as(Voice(voice="echo"))
    assert await heard("Goodbye.") == {2}, "a voice that the call doesn't have changes nothing"
    phrases.speak_as(first)
    assert await heard("Good day.") == {1}
    assert (one.spoken, other.spoken) == (["Good day.", "Goodbye."], ["Good day.", "Goodbye.", "Never prepared."])
