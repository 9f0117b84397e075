"""The recorded sentences, as the carrier fetches them."""

import io
import wave

import numpy as np
from webhooks_world import Webhooks

from shared.domain.announcements import TECHNICAL_TROUBLE
from shared.house_audio import path_of, recording_of


async def test_given_a_sentence_when_it_is_fetched_then_it_is_sound_for_a_telephone(webhooks: Webhooks) -> None:
    answer = await webhooks.client.get(path_of(recording_of(TECHNICAL_TROUBLE)))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    assert "max-age" in answer.headers["cache-control"]
    with wave.open(io.BytesIO(answer.content)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8_000, 1, 2)
        assert 3 < sound.getnframes() / 8_000 < 20
        samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
    assert np.abs(samples).max() > 3_000, "something is heard"


async def test_given_a_name_of_no_sentence_when_it_is_fetched_then_there_is_none(webhooks: Webhooks) -> None:
    real = recording_of(TECHNICAL_TROUBLE).stem
    strange = ("nothing-here", "", "0", "..%2f..%2fpyproject", "%2e%2e%2frecorded", "..", "%00", "a" * 300, "*", "é")
    for name in (*strange, "%5c..%5cx", f"..%2frecordings%2f{real}", f"{real}.ogg"):
        answer = await webhooks.client.get(f"/lines/{name}.wav")
        assert answer.status_code == 404, name
    assert (await webhooks.client.get(f"/lines/{real}.ogg")).status_code == 404
