"""A language model with others behind it: when one fails, the next one answers the same request."""

import time
from collections.abc import Sequence
from typing import Any

from livekit.agents import APIConnectOptions, APIError, llm
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN
from livekit.agents.utils import is_given

from agent.speech.chain import Chain, Link, Trust, our_fault

GO_ON = (
    "You were cut off in the middle of this answer. The caller has heard what you said so far. Go on from exactly "
    "there, and repeat none of it."
)


class Minds(llm.LLM):
    """`silence_seconds`: of the last model; each before it has failed after `switch_seconds` without a word."""

    def __init__(
        self, links: Sequence[Link[llm.LLM]], trust: Trust, switch_seconds: float, silence_seconds: float
    ) -> None:
        super().__init__()
        self.chain = Chain[llm.LLM]("llm", links, trust)
        self.switch_seconds = switch_seconds
        self.silence_seconds = silence_seconds
        self.chain.on_metrics(self._on_metrics)

    @property
    def model(self) -> str:
        return self.chain.next.engine.model

    @property
    def provider(self) -> str:
        return self.chain.next.engine.provider

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        parallel_tool_calls: Any = NOT_GIVEN,
        tool_choice: Any = NOT_GIVEN,
        extra_kwargs: Any = NOT_GIVEN,
    ) -> llm.LLMStream:
        options = {
            "parallel_tool_calls": parallel_tool_calls,
            "tool_choice": tool_choice,
            "extra_kwargs": extra_kwargs,
        }
        # what isn't given is each link's own choice
        given = {name: value for name, value in options.items() if is_given(value)}
        return _Answer(self, chat_ctx, tools or [], conn_options, given)

    def prewarm(self, **more: Any) -> None:
        self.chain.links[0].engine.prewarm(**more)

    async def aclose(self) -> None:
        await self.chain.aclose()

    def _on_metrics(self, metrics: Any) -> None:
        self.emit("metrics_collected", metrics)


class _Answer(llm.LLMStream):
    def __init__(
        self,
        minds: Minds,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool],
        conn_options: APIConnectOptions,
        more: dict[str, Any],
    ) -> None:
        # the chain is tried once: its last link retries by itself
        once = APIConnectOptions(max_retry=0, timeout=conn_options.timeout)
        super().__init__(minds, chat_ctx=chat_ctx, tools=tools, conn_options=once)
        self._minds = minds
        self._more = more
        self._said = ""
        """Text that was passed on."""
        self._acts = False
        """Whether a tool call was passed on."""

    async def _run(self) -> None:
        chain = self._minds.chain
        order = chain.order()
        for link, target in zip(order, [*order[1:], None], strict=True):
            began = time.monotonic()
            try:
                await self._ask(link, last=target is None)
            except APIError as error:
                if our_fault(error):
                    raise
                chain.failed(link, target, error, began)
                if self._acts:
                    # the tool's result begins the next answer
                    return
                continue
            if self._said or self._acts or target is None:
                chain.served(link)
                return
            chain.failed(link, target, APIError("the answer is empty"), began)
        raise chain.all_failed()

    async def _ask(self, link: Link[llm.LLM], *, last: bool) -> None:
        minds = self._minds
        seconds = minds.silence_seconds if last else minds.switch_seconds
        # a provider that stumbles once is asked again only where nobody else can be
        retries = 1 if len(minds.chain.links) == 1 else 0
        options = APIConnectOptions(max_retry=retries, retry_interval=0.2, timeout=seconds)
        said = self._said
        repeated = Repeated(said)
        async with (
            minds.chain.trying(link, seconds * (retries + 1) + 0.2) as alive,
            link.engine.chat(
                chat_ctx=_going_on(self._chat_ctx, said), tools=self._tools, conn_options=options, **self._more
            ) as stream,
        ):
            async for chunk in stream:
                if _is_of_use(chunk):
                    alive()
                elif not self._said:
                    # blanks before the first word are no answer yet
                    continue
                self._pass_on(chunk, repeated)

    def _pass_on(self, chunk: llm.ChatChunk, repeated: "Repeated") -> None:
        if chunk.delta is None:
            self._event_ch.send_nowait(chunk)
            return
        text = repeated.without(chunk.delta.content or "")
        if chunk.delta.tool_calls:
            self._acts = True
        self._said += text
        if text != (chunk.delta.content or ""):
            chunk = chunk.model_copy(update={"delta": chunk.delta.model_copy(update={"content": text or None})})
        self._event_ch.send_nowait(chunk)

    async def _metrics_monitor_task(self, event_aiter: Any) -> None:
        """The stream of the link counts: this one only empties its queue."""
        async for _ in event_aiter:
            pass


def _is_of_use(chunk: llm.ChatChunk) -> bool:
    """Whether it has more than blanks: a model that goes on with those alone has failed."""
    return chunk.delta is None or bool(chunk.delta.tool_calls or (chunk.delta.content or "").strip())


class Repeated:
    """Takes the words that were said already off the beginning of an answer that goes on from them."""

    def __init__(self, said: str) -> None:
        self._said = said
        self._held = ""
        """The answer so far, while it may be a repetition."""
        self._over = not said

    def without(self, text: str) -> str:
        """What of `text` is new; nothing while the answer may still be repeating."""
        if self._over:
            return text
        self._held += text
        if self._said.startswith(self._held):
            return ""
        self._over = True
        if self._held.startswith(self._said):
            return self._held.removeprefix(self._said)
        # it says something else: that begins a sentence of its own
        return f" {self._held}" if self._said[-1] in ".!?" else self._held


def _going_on(context: llm.ChatContext, said: str) -> llm.ChatContext:
    if not said:
        return context
    going_on = context.copy()
    going_on.add_message(role="assistant", content=said)
    going_on.add_message(role="system", content=GO_ON)
    return going_on
