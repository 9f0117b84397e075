"""OpenAI's rules for a chat request: what the lab refuses as the provider does, and what it lets pass."""

from typing import Any

from lab.providers.request_rules import refusal

TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "book_table",
        "parameters": {
            "type": "object",
            "properties": {
                "guests": {"type": "integer"},
                "name": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
                "dishes": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["guests"],
        },
    },
}
USER = {"role": "user", "content": "A table for two."}


def calling(*ids: str, **more: Any) -> dict[str, Any]:
    calls = [{"id": each, "type": "function", "function": {"name": "book_table", "arguments": "{}"}} for each in ids]
    return {"role": "assistant", "content": None, "tool_calls": calls, **more}


def answer(to: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": to, "content": "{}"}


def body(*messages: Any, **more: Any) -> dict[str, Any]:
    return {"model": "gpt-4o-mini", "messages": list(messages) or [USER], **more}


def tool(name: str = "book_table", **function: Any) -> list[Any]:
    return [{"type": "function", "function": {**TOOL["function"], "name": name, **function}}]


def schema(**properties: Any) -> list[Any]:
    return tool(parameters={"type": "object", "properties": properties})


ALLOWED = {
    "a plain question": body(),
    "tools and their settings": body(
        *(USER, calling("a"), answer("a"), {"role": "assistant", "content": "Done."}, USER),
        tools=[TOOL],
        tool_choice="auto",
        parallel_tool_calls=False,
        temperature=0.2,
        max_completion_tokens=200,
        stream=True,
        stream_options={"include_usage": True},
    ),
    "two calls, answered in any order": body(USER, calling("a", "b"), answer("b"), answer("a"), USER, tools=[TOOL]),
    "a history of tools that are no longer offered": body(USER, calling("a"), answer("a")),
    "arguments that are no JSON": body(
        USER,
        {
            "role": "assistant",
            "tool_calls": [{"id": "a", "type": "function", "function": {"name": "x", "arguments": '{"a'}}],
        },
        answer("a"),
    ),
    "empty words of an assistant": body(USER, {"role": "assistant", "content": ""}, USER),
    "parts of text": body({"role": "user", "content": [{"type": "text", "text": "Hello?"}]}),
    "a tool without arguments": body(tools=[{"type": "function", "function": {"name": "end_call"}}]),
    "a tool with an empty object": body(tools=tool(parameters={"type": "object", "properties": {}})),
    "a thinking model without a temperature": body(model="gpt-5-mini", max_completion_tokens=90),
}
REFUSED = [
    (body(model=None), "you must provide a model parameter", None, None),
    ({"model": "a"}, "Missing required parameter: 'messages'.", "messages", "missing_required_parameter"),
    (body() | {"messages": []}, "Invalid 'messages': empty array.", "messages", "empty_array"),
    (body(temprature=1), "Unrecognized request argument supplied: temprature", None, None),
    (
        body(temperature=3),
        "decimal above maximum value. Expected a value <= 2",
        "temperature",
        "decimal_above_max_value",
    ),
    (body(temperature="hot"), "Invalid type for 'temperature': expected a decimal", "temperature", "invalid_type"),
    (body(max_completion_tokens=0), "integer below minimum value", "max_completion_tokens", "integer_below_min_value"),
    (body(max_tokens=9, max_completion_tokens=9), "at the same time is not supported", None, None),
    (body(model="o3-mini", max_tokens=9), "Use 'max_completion_tokens' instead", "max_tokens", "unsupported_parameter"),
    (body(model="gpt-5", temperature=0), "Only the default (1) value", "temperature", "unsupported_value"),
    (body(stream_options={}), "only allowed when 'stream' is enabled", "stream_options", None),
    (body(parallel_tool_calls=False), "only allowed when 'tools' are specified", "parallel_tool_calls", None),
    (body(tool_choice="auto"), "only allowed when 'tools' are specified", "tool_choice", None),
    (body(tools=[]), "Invalid 'tools': empty array.", "tools", "empty_array"),
    (
        body(tools=[TOOL], tool_choice="any"),
        "Supported values are: 'none', 'auto', and",
        "tool_choice",
        "invalid_value",
    ),
    (
        body(tools=[TOOL], tool_choice={"type": "function", "function": {"name": "other"}}),
        "no function named 'other' was specified in the 'tools' parameter",
        *("tool_choice", None),
    ),
    (body(tools=[{"function": {}}]), "tools[0].type", "tools[0].type", "missing_required_parameter"),
    (body(tools=tool("book table")), "does not match pattern", "tools[0].function.name", "invalid_value"),
    (body(tools=tool("x" * 65)), "maximum length 64", "tools[0].function.name", "string_above_max_length"),
    *(
        (body(tools=tools), complaint, "tools[0].function.parameters", "invalid_function_parameters")
        for tools, complaint in (
            (tool(parameters={"type": "string"}), "schema must be a JSON Schema of 'type: \"object\"', got"),
            (tool(parameters={"type": "object"}), "In context=(), object schema missing properties."),
            (schema(guests={"type": "number of people"}), "In context=('properties', 'guests')"),
            (schema(dishes={"type": "array"}), "In context=('properties', 'dishes'), array schema missing items."),
            (tool(strict=True), "'additionalProperties' is required to be supplied and to be false."),
        )
    ),
    (body("Hello"), "Invalid type for 'messages[0]': expected an object", "messages[0]", "invalid_type"),
    (body({"content": "a"}), "messages[0].role", "messages[0].role", "missing_required_parameter"),
    (body({"role": "caller", "content": "a"}), "Invalid value: 'caller'.", "messages[0].role", "invalid_value"),
    (body({"role": "user"}), "expected a string, got null.", "messages.[0].content", None),
    (body(USER, {"role": "assistant"}), "expected a string, got null.", "messages.[1].content", None),
    (body(USER, {"role": "assistant", "content": None, "tool_calls": []}), "got null", "messages.[1].content", None),
    (
        body(USER, {"role": "assistant", "content": "a", "tool_calls": []}),
        "Invalid 'messages[1].tool_calls': empty array.",
        *("messages[1].tool_calls", "empty_array"),
    ),
    (body({"role": "user", "content": []}), "empty array", "messages[0].content", "empty_array"),
    (
        body({"role": "user", "content": 1}),
        "a string or array of objects, but got an integer",
        "messages[0].content",
        "invalid_type",
    ),
    (
        body(USER, {"role": "tool", "content": "{}"}),
        "tool_call_id",
        "messages[1].tool_call_id",
        "missing_required_parameter",
    ),
    (
        body(USER, calling("c" * 41), answer("c" * 41)),
        "maximum length 40",
        *("messages[1].tool_calls[0].id", "string_above_max_length"),
    ),
    (
        body(USER, answer("a")),
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        *("messages.[1].role", None),
    ),
    (
        body(USER, calling("a"), answer("a"), USER, answer("a")),
        "must be a response to a preceeding message",
        *("messages.[4].role", None),
    ),
    (
        body(USER, calling("a"), answer("b")),
        "'tool_call_id' of 'b' not found in 'tool_calls' of previous message.",
        *("messages.[2].tool_call_id", None),
    ),
    (
        body(USER, calling("a"), answer("a"), answer("a")),
        "Duplicate value for 'tool_call_id' of 'a', in messages[2] and messages[3].",
        *("messages.[3].tool_call_id", None),
    ),
    (
        body(USER, calling("a", "b"), answer("a"), USER),
        "The following tool_call_ids did not have response messages: b",
        *("messages.[3].role", None),
    ),
    (body(USER, calling("a")), "must be followed by tool messages responding to each", "messages.[2].role", None),
]


def test_given_a_request_that_openai_answers_then_it_passes() -> None:
    refused = {name: found for name, sent in ALLOWED.items() if (found := refusal(sent)) is not None}
    assert refused == {}


def test_given_a_request_that_openai_refuses_then_its_words_its_parameter_and_its_code() -> None:
    wrong: list[Any] = []
    for sent, complaint, param, code in REFUSED:
        found = refusal(sent)
        if found is None or complaint not in found.message or (found.param, found.code) != (param, code):
            wrong.append((complaint, found))
    assert wrong == []
