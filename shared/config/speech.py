"""Settings of the speech providers, and of the chains of those that take over when one fails."""

from pydantic import SecretStr, model_validator

from shared.config.group import Group, variable


class SpeechSettings(Group):
    deepgram_api_key: SecretStr = variable("DEEPGRAM_API_KEY")
    openai_api_key: SecretStr = variable("OPENAI_API_KEY")
    deepgram_base_url: str | None = variable("DEEPGRAM_BASE_URL", None)
    openai_base_url: str | None = variable("OPENAI_BASE_URL", None)
    llm_model: str = variable("PICKUP_LLM_MODEL", "gpt-4o-mini")
    stt_fallbacks: str = variable("PICKUP_STT_FALLBACKS", "openai/whisper-1")
    """What follows Deepgram's nova-3: `provider/model`, with commas between, or `none`. Providers: deepgram, openai."""
    llm_fallbacks: str = variable("PICKUP_LLM_FALLBACKS", "openai/gpt-4.1-mini,other")
    """What follows a node's model. Providers: openai; `other` is the model of OTHER_LLM_MODEL, where that is set."""
    tts_fallbacks: str = variable("PICKUP_TTS_FALLBACKS", "deepgram/aura-2")
    """What follows a template's voice. Providers: openai, deepgram."""
    other_llm_base_url: str | None = variable("OTHER_LLM_BASE_URL", None)
    """An OpenAI-compatible endpoint of another company: a provider, a gateway such as OpenRouter, or one's own."""
    other_llm_api_key: SecretStr | None = variable("OTHER_LLM_API_KEY", None)
    other_llm_model: str | None = variable("OTHER_LLM_MODEL", None)
    stt_silence_seconds: float = variable("PICKUP_STT_SILENCE_SECONDS", 4.0, gt=0)
    """A recogniser that has sent no words of speech for this long has failed."""
    llm_silence_seconds: float = variable("PICKUP_LLM_SILENCE_SECONDS", 2.5, gt=0)
    """A language model that has sent nothing for this long has failed."""
    tts_silence_seconds: float = variable("PICKUP_TTS_SILENCE_SECONDS", 1.5, gt=0)
    """A synthesiser that has sent nothing for this long has failed."""
    switch_seconds: float = variable("PICKUP_SWITCH_SECONDS", 1.5, gt=0)
    """A model or a recogniser that doesn't answer for this long has failed where a fallback can take its place."""

    @model_validator(mode="after")
    def _chains(self) -> "SpeechSettings":
        for kind, chain in (("stt", self.stt_fallbacks), ("llm", self.llm_fallbacks), ("tts", self.tts_fallbacks)):
            for name in chain_of(chain):
                provider, _, model = name.partition("/")
                if provider not in _PROVIDERS[kind] or bool(model) is (provider == "other"):
                    raise ValueError(f"{name!r} is no fallback of {kind}: name provider/model of {_PROVIDERS[kind]}")
        other = (self.other_llm_base_url, self.other_llm_api_key, self.other_llm_model)
        if any(other) and not all(other):
            raise ValueError("OTHER_LLM_BASE_URL, OTHER_LLM_API_KEY and OTHER_LLM_MODEL belong together")
        return self


_PROVIDERS = {"stt": ("deepgram", "openai"), "llm": ("openai", "other"), "tts": ("openai", "deepgram")}


def chain_of(fallbacks: str) -> tuple[str, ...]:
    """The `provider/model` names in a list of fallbacks; `none` is an empty one."""
    names = tuple(name.strip() for name in fallbacks.split(",") if name.strip())
    return () if names == ("none",) else names
