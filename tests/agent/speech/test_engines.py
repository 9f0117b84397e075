"""The engines of one call: those of the settings, and of nodes that have their own."""

from pathlib import Path

from speech_settings import speech_settings

from agent.businesses.business import business_of
from agent.speech.engines import open_engines, voices_for
from shared.config import needed
from shared.domain.template import Voice


async def test_given_nodes_with_a_model_or_a_voice_of_their_own_then_each_gets_its_own_and_the_others_the_calls(
    tmp_path: Path,
) -> None:
    speech = needed(
        speech_settings(
            tmp_path, "postgresql://u@127.0.0.1:1/d", "redis://127.0.0.1:1", "http://127.0.0.1:1", 1.0
        ).speech
    )
    church, nova = business_of("church").template, Voice(voice="nova", tts_model="tts-1-hd")
    changes = {"care": {"voice": nova, "model": "gpt-3.5-turbo"}, "messages": {"voice": church.voice}}
    nodes = {name: node.model_copy(update=changes.get(name, {})) for name, node in church.nodes.items()}
    template = church.model_copy(update={"nodes": nodes})
    assert template.voices == (church.voice, nova)
    async with open_engines(speech) as engines, voices_for(speech, template, engines) as voices:
        own = voices.of_node(template, "care")
        assert (own["llm"].model, own["tts"].model) == ("gpt-3.5-turbo", "tts-1-hd")
        assert own["tts"] is not voices.mouth and voices.preparing_others.keys() == {nova}
        assert voices.of_node(template, "front_desk") == voices.of_node(template, "messages") == {}
        later = business_of("sales").template.model_copy(update={"voice": Voice(voice="echo")})
        assert voices.of_node(later, later.start) == {}, "a template that isn't prepared"
        voices.add(later)
        mouth = voices.of_node(later, later.start)["tts"]
        voices.add(later)
        assert voices.of_node(later, later.start)["tts"] is mouth is voices.mouths[later.voice], "made once"
