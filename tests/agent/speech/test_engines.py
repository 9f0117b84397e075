"""The engines of one call: those of the settings, and of nodes that have their own."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from speech_settings import speech_settings

from agent.businesses.business import business_of
from agent.conversation.prompt import system_prompt
from agent.speech.engines import Voices, open_engines, voices_for
from agent.speech.listening import Hearing
from agent.speech.providers import mouths_of
from shared.config import needed
from shared.domain.languages import recognised
from shared.domain.template import Voice
from shared.domain.tenant import house


def voices_of(voices: Voices, voice: Voice) -> list[str]:
    chain = mouths_of(voices.speech, voice, voices.engines.preparing, voices.trust).chain
    return [chain.links[0].name, *(link.engine.model for link in chain.links[1:])]


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


async def test_given_a_node_in_another_language_then_recogniser_voice_and_model_follow_it(tmp_path: Path) -> None:
    speech = needed(
        speech_settings(
            tmp_path, "postgresql://u@127.0.0.1:1/d", "redis://127.0.0.1:1", "http://127.0.0.1:1", 1.0
        ).speech
    )
    church = business_of("church").template
    spanish = {"language": "es-MX", "voice": Voice(voice="nova", tts_model="gpt-4o-mini-tts")}
    care = church.nodes["care"].model_copy(update=spanish)
    template = church.model_copy(update={"nodes": church.nodes | {"care": care}})
    async with open_engines(speech) as engines, voices_for(speech, template, engines) as voices:
        own, usual = voices.of_node(template, "care")["tts"].chain.links, voices.mouth.chain.links
        assert own[0].engine._opts.instructions == "Speak Spanish." and usual[0].engine._opts.instructions is None  # type: ignore[attr-defined]
        # the voice that takes over speaks Spanish too
        spoken = business_of("church").template.voice.model_copy(update={"language": "es-MX"})
        assert voices_of(voices, spoken) == ["openai/tts-1", "aura-2-celeste-es"]
        english = spoken.model_copy(update={"language": "en-US"})
        assert voices_of(voices, english) == ["openai/tts-1", "aura-2-thalia-en"]
        ears: list[Any] = [link.engine for link in voices.hearing.chain.links]
        for node, heard in (("care", ("es", ["Anne"], ["es"])), ("messages", ("en-US", ["Anne"], ["en"]))):
            voices.ears.attune(Hearing(recognised(template.language_in(node)), ("Anne",)))
            first, second = ears[0]._opts, ears[1].wrapped_stt._opts
            assert (first.language, first.keyterm, second.languages) == heard and second.prompt == "Anne"
    tenant, noon = house("UTC"), datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert "you speak Spanish" in system_prompt(template, "care", tenant, noon)
    assert "you speak" not in system_prompt(template, "messages", tenant, noon)
    abroad = template.model_copy(update={"language": "es"})
    assert "you speak Spanish" in system_prompt(abroad, "messages", tenant, noon)
