"""The commands `playback_start` and `speak`. Several for one leg run one after another."""

from lab.carrier.leg import CallLeg
from lab.carrier.voice import Voice, VoiceError, tone

_BEEP_HZ, _BEEP_SECONDS = 1000, 0.3


async def play(leg: CallLeg, url: str, voice: Voice) -> None:
    """Plays a WAV file; sends `call.playback.started` and `.ended`."""
    fields = {"media_url": url, "overlay": False}
    async with leg.media.turn:
        try:
            samples, rate = await voice.fetch(url)
        except VoiceError as error:
            leg.send("call.playback.ended", **fields, status=error.status, status_detail=str(error))
            return
        leg.send("call.playback.started", **fields)
        completed = await leg.media.play(samples, rate)
        leg.send("call.playback.ended", **fields, status="completed" if completed else "call_hangup")


async def speak(leg: CallLeg, text: str, language: str, voice: Voice) -> None:
    """Speaks a text; sends `call.speak.started` and `.ended`."""
    async with leg.media.turn:
        leg.send("call.speak.started")
        try:
            completed = await leg.media.play(*await voice.speak(text, language))
        except VoiceError as error:
            leg.send("call.speak.ended", status="failed", status_detail=str(error))
            return
        leg.send("call.speak.ended", status="completed" if completed else "call_hangup")


async def beep(leg: CallLeg) -> None:
    """The beep before a recording."""
    async with leg.media.turn:
        await leg.media.play(*tone(_BEEP_HZ, _BEEP_SECONDS))
