"""The insistent model: it calls tools as long as it is offered any, and says nothing where it is offered none."""

import json

from lab.providers.chat import ChatRequest, Reply, ToolCall, text_of


class Insistent:
    """Calls the tool that the caller names, else the first that needs no arguments."""

    def reply(self, request: ChatRequest) -> Reply:
        said = next((text_of(m) for m in reversed(request.messages) if m["role"] == "user"), "")
        free = sorted(name for name, schema in request.tools.items() if not schema.get("required"))
        named = [name for name in free if name.replace("_", " ") in said.lower()]
        return Reply(calls=tuple(ToolCall(name, json.dumps({})) for name in (named or free)[:1]))
