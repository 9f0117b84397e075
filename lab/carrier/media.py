"""Audio of one leg: listeners get what arrives, playbacks run one at a time."""

import asyncio
from collections.abc import Callable

from lab.base import sound
from lab.sip.leg import AudioPiece, Leg

_LEAD_SECONDS = 0.06
"""Audio queued ahead between two legs, so that a late packet or a busy event loop causes no gap."""
_MOST_SECONDS = 0.2
"""Audio of a burst beyond this is dropped; it would delay the rest of the call."""
_AHEAD_SECONDS = 0.2
"""Audio of a playback queued ahead."""
_PIECE_SECONDS = 0.1
_LOOK_SECONDS = 0.02

Listener = Callable[[AudioPiece], None]


class Media:
    """`listen` must run as a task for as long as the leg."""

    def __init__(self, leg: Leg) -> None:
        self.listeners: list[Listener] = []
        self.turn = asyncio.Lock()
        """Held during a playback, so that the next one waits."""
        self.speaking = False
        self._leg = leg

    async def listen(self) -> None:
        async for piece in self._leg.audio():
            for listener in tuple(self.listeners):
                listener(piece)

    async def play(self, samples: sound.Samples, rate: int) -> bool:
        """Returns when all is sent; False if the leg ended before. Cancelling it silences the leg at once."""
        leg = self._leg
        if leg.ending:
            return False
        data = sound.to_pcm(sound.resample(samples, rate, leg.rate))
        piece = round(_PIECE_SECONDS * leg.rate) * 2
        self.speaking = True
        try:
            while data and not leg.ending:
                while data and leg.unspoken_seconds < _AHEAD_SECONDS:
                    taken = leg.speak(data[:piece])
                    data = data[taken:]
                    if not taken:
                        break
                await asyncio.sleep(_LOOK_SECONDS)
            while leg.unspoken_seconds > 0 and not leg.ending:  # noqa: ASYNC110 (the stack has no event for it)
                await asyncio.sleep(_LOOK_SECONDS)
            # the packet that the stack is sending
            await asyncio.sleep(_LOOK_SECONDS)
        except asyncio.CancelledError:
            leg.hush()
            raise
        finally:
            self.speaking = False
        return not leg.ending

    def carry(self) -> Listener:
        """A listener for another leg's media that sends its audio to this leg."""
        leg, resampler, rates = self._leg, sound.Resampler(1, 1), (0, 0)

        def carry(piece: AudioPiece) -> None:
            nonlocal resampler, rates
            if not leg.connected.is_set() or self.speaking:
                return
            if rates != (piece.rate, leg.rate):
                rates = piece.rate, leg.rate
                resampler = sound.Resampler(*rates)
            lead = leg.unspoken_seconds
            if lead > _MOST_SECONDS:
                return
            if lead == 0:
                leg.speak(bytes(round(_LEAD_SECONDS * leg.rate) * 2))
            same = piece.rate == leg.rate
            leg.speak(piece.pcm if same else sound.to_pcm(resampler.push(sound.from_pcm(piece.pcm))))

        return carry
