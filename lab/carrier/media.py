"""The sound of one leg: what comes is heard by all who listen, what is said is said in turn."""

import asyncio
from collections.abc import Callable

from lab.base import sound
from lab.sip.leg import Heard, Leg

_LEAD_SECONDS = 0.06
"""Between two legs: so much is held ahead, so that a packet that is late, or a busy event loop, isn't heard."""
_MOST_SECONDS = 0.2
"""What comes in a burst beyond this is dropped: it would be a delay for the rest of the call."""
_AHEAD_SECONDS = 0.2
"""Of what is said to a leg."""
_PIECE_SECONDS = 0.1
_LOOK_SECONDS = 0.02

Listener = Callable[[Heard], None]


class Media:
    """`listen` is to be a task that lasts as long as the leg."""

    def __init__(self, leg: Leg) -> None:
        self.listeners: list[Listener] = []
        self.turn = asyncio.Lock()
        """Held by whoever says something: what is asked for meanwhile comes after it."""
        self.speaking = False
        self._leg = leg

    async def listen(self) -> None:
        async for heard in self._leg.heard():
            for listener in tuple(self.listeners):
                listener(heard)

    async def say(self, samples: sound.Samples, rate: int) -> bool:
        """Until it has been sent; False when the leg ended before. Cancelled, it falls silent at once."""
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
            # the packet that the stack has in hand
            await asyncio.sleep(_LOOK_SECONDS)
        except asyncio.CancelledError:
            leg.hush()
            raise
        finally:
            self.speaking = False
        return not leg.ending

    def carry(self) -> Listener:
        """A listener on another leg's media that passes on to this one what it hears."""
        leg, resampler, rates = self._leg, sound.Resampler(1, 1), (0, 0)

        def carry(heard: Heard) -> None:
            nonlocal resampler, rates
            if not leg.connected.is_set() or self.speaking:
                return
            if rates != (heard.rate, leg.rate):
                rates = heard.rate, leg.rate
                resampler = sound.Resampler(*rates)
            lead = leg.unspoken_seconds
            if lead > _MOST_SECONDS:
                return
            if lead == 0:
                leg.speak(bytes(round(_LEAD_SECONDS * leg.rate) * 2))
            same = heard.rate == leg.rate
            leg.speak(heard.pcm if same else sound.to_pcm(resampler.push(sound.from_pcm(heard.pcm))))

        return carry
