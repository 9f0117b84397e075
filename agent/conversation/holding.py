"""Lets a reply that is late begin with the holding sentence."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from typing import TypeVar

from livekit import rtc

from shared.tasks import cancelled

T = TypeVar("T")


class Holding:
    """The replies of one call that are on their way: none of their words, or of their sound, is there yet."""

    def __init__(self) -> None:
        self._late: set[asyncio.Future[None]] = set()

    @property
    def waits(self) -> bool:
        """Whether a reply is on its way."""
        return bool(self._late)

    def begin(self) -> bool:
        """Those that wait begin with the holding sentence. False: no reply is on its way."""
        waiting = [each for each in self._late if not each.done()]
        for each in waiting:
            each.set_result(None)
        return bool(waiting)

    async def before(self, pieces: AsyncIterable[T], sentence: Callable[[], AsyncIterable[T]]) -> AsyncIterator[T]:
        """`pieces`; `sentence` before them where `begin` is called while there is none."""
        iterator = aiter(pieces)
        late: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._late.add(late)
        piece = asyncio.ensure_future(anext(iterator, None))
        try:
            await asyncio.wait({piece, late}, return_when=asyncio.FIRST_COMPLETED)
            self._late.discard(late)
            if not piece.done():
                async for each in sentence():
                    yield each
            if (found := await piece) is None:
                return
            yield found
            async for each in iterator:
                yield each
        finally:
            self._late.discard(late)
            await cancelled(piece)
            if isinstance(iterator, AsyncGenerator):
                await iterator.aclose()


async def spoken_by(
    text: AsyncIterable[str],
    sentence: str,
    audio: Callable[[str], AsyncIterable[rtc.AudioFrame]],
    synthesised: Callable[[AsyncIterable[str]], AsyncIterable[rtc.AudioFrame]],
) -> AsyncIterator[rtc.AudioFrame]:
    """Speech of a segment: prepared audio where it is the holding sentence, else what the synthesiser makes of it."""
    iterator = aiter(text)
    first = await anext(iterator, None)
    if first is None:
        return
    if first.strip() == sentence:
        async for frame in audio(sentence):
            yield frame
        return

    async def whole() -> AsyncIterator[str]:
        yield first
        async for more in iterator:
            yield more

    async for frame in synthesised(whole()):
        yield frame
