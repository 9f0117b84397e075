"""Converts the session's usage of speech and language models to the domain's `Usage`."""

from collections.abc import Iterable
from dataclasses import replace

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


def together(earlier: Iterable[Usage], more: Iterable[Usage]) -> tuple[Usage, ...]:
    """The usage of two agents of one call: one entry for each kind, provider and model."""
    total: dict[tuple[str, str, str], Usage] = {}
    for each in (*earlier, *more):
        model = (each.kind, each.provider, each.model)
        before = total.get(model)
        total[model] = each if before is None else _sum(before, each)
    return tuple(total.values())


def _sum(one: Usage, other: Usage) -> Usage:
    return replace(
        one,
        audio_seconds=one.audio_seconds + other.audio_seconds,
        characters=one.characters + other.characters,
        input_tokens=one.input_tokens + other.input_tokens,
        cached_tokens=one.cached_tokens + other.cached_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
    )
