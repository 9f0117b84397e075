"""Converts the session's usage of speech and language models to the domain's `Usage`."""

from livekit.agents import AgentSession
from livekit.agents.metrics import LLMModelUsage, STTModelUsage, TTSModelUsage

from shared.domain.call import Usage


def used(session: AgentSession) -> tuple[Usage, ...]:
    """One entry for each kind, provider and model that has served the call so far."""
    entries: list[Usage] = []
    for model in session.usage.model_usage:
        match model:
            case LLMModelUsage():
                entries.append(
                    Usage(
                        kind="llm",
                        provider=model.provider,
                        model=model.model,
                        input_tokens=model.input_tokens,
                        cached_tokens=model.input_cached_tokens,
                        output_tokens=model.output_tokens,
                    )
                )
            case TTSModelUsage():
                entries.append(
                    Usage(
                        kind="tts",
                        provider=model.provider,
                        model=model.model,
                        characters=model.characters_count,
                        audio_seconds=model.audio_duration,
                    )
                )
            case STTModelUsage():
                entries.append(
                    Usage(kind="stt", provider=model.provider, model=model.model, audio_seconds=model.audio_duration)
                )
            case _:
                pass
    return tuple(entries)
