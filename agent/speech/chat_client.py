"""OpenAI's client, with chat requests that are sent as they are."""

from functools import cached_property
from typing import Any

import openai
from openai.resources.chat import AsyncChat, AsyncCompletions


class ChatClient(openai.AsyncClient):
    """Skips the library's conversion of messages and tools by their types.

    The framework makes them in the provider's form already. The conversion changes nothing then, and holds up all calls
    of the process for 4 ms at each request.
    """

    @cached_property
    def chat(self) -> AsyncChat:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _Chat(self)


class _Chat(AsyncChat):
    @cached_property
    def completions(self) -> AsyncCompletions:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _Completions(self._client)


class _Completions(AsyncCompletions):
    async def create(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, *, messages: Any, tools: Any = openai.omit, extra_body: Any = None, **more: Any
    ) -> Any:
        as_they_are = {"messages": messages, **({} if isinstance(tools, openai.Omit) else {"tools": tools})}
        return await super().create(messages=[], extra_body={**as_they_are, **(extra_body or {})}, **more)
