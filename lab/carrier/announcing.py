"""What a leg is told: `playback_start` and `speak`. Several at once are said one after another."""

from lab.carrier.leg import CallLeg
from lab.carrier.voice import Voice, VoiceError, tone

_BEEP_HZ, _BEEP_SECONDS = 1000, 0.3


async def play(leg: CallLeg, url: str, voice: Voice) -> None:
    """Tells `call.playback.started` and `.ended`."""
    told = {"media_url": url, "overlay": False}
    async with leg.media.turn:
        try:
            samples, rate = await voice.fetch(url)
        except VoiceError as error:
            leg.tell("call.playback.ended", **told, status=error.status, status_detail=str(error))
            return
        leg.tell("call.playback.started", **told)
        said = await leg.media.say(samples, rate)
        leg.tell("call.playback.ended", **told, status="completed" if said else "call_hangup")


async def speak(leg: CallLeg, text: str, language: str, voice: Voice) -> None:
    """Tells `call.speak.started` and `.ended`."""
    async with leg.media.turn:
        leg.tell("call.speak.started")
        try:
            said = await leg.media.say(*await voice.speak(text, language))
        except VoiceError as error:
            leg.tell("call.speak.ended", status="failed", status_detail=str(error))
            return
        leg.tell("call.speak.ended", status="completed" if said else "call_hangup")


async def beep(leg: CallLeg) -> None:
    """As before a recording."""
    async with leg.media.turn:
        await leg.media.say(*tone(_BEEP_HZ, _BEEP_SECONDS))
