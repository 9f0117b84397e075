"""The use-cases of calls at the carrier on a process's services."""

from shared.calls.bridge import Bridge
from shared.domain.bridge import Voice
from shared.domain.carrier import LegNote, Play, Say
from shared.errors import ConfigError
from shared.recorded import recording_of
from shared.wiring import Services
from webhooks.lines import path_of


def bridge_of(services: Services) -> Bridge:
    """Raises `ConfigError` where the carrier is configured by half."""
    settings = services.settings
    if settings.sip_host is None or settings.public_url is None or settings.telnyx_api_key is None:
        raise ConfigError("for a carrier's calls set TELNYX_API_KEY, PICKUP_SIP_HOST and PICKUP_PUBLIC_URL too")
    return Bridge(
        stage=settings.stage,
        release=settings.release,
        secret=settings.livekit_secret,
        sip_host=settings.sip_host,
        directory=services.directory,
        calls=services.calls,
        records=services.records,
        sessions=services.sessions,
        alerts=services.alerts,
        workers=services.workers,
        requests=services.requests,
        voicemails=services.voicemails,
        carrier=services.carrier,
        clock=services.clock,
        say=voice(settings.public_url),
    )


def voice(public_url: str) -> Voice:
    """How a sentence is said to a caller at the carrier: the recording that it fetches from us, else its own voice."""

    def say(text: str, note: LegNote) -> Play | Say:
        recording = recording_of(text)
        if recording.exists():
            return Play(f"{public_url.rstrip('/')}{path_of(recording)}", note)
        return Say(text, note.language, note)

    return say
