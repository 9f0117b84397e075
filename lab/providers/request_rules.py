"""OpenAI's rules for a chat request: what the provider refuses with a 400, in its own words."""

import re
from collections.abc import Iterator
from typing import Any, cast

from lab.providers.message_rules import message_faults
from lab.providers.refusals import Refusal, beyond, is_number, length, missing, named, one_of, wrong_type
from lab.providers.tool_schemas import schema_faults
from lab.providers.wording import words

_PARAMETERS = words(
    """model messages tools tool_choice parallel_tool_calls functions function_call temperature top_p n stream
    stream_options stop max_tokens max_completion_tokens presence_penalty frequency_penalty logit_bias logprobs
    top_logprobs user safety_identifier prompt_cache_key prompt_cache_retention seed response_format service_tier
    store metadata modalities audio prediction reasoning_effort verbosity web_search_options"""
)
_RANGES = {"temperature": (0, 2), "top_p": (0, 1), "presence_penalty": (-2, 2), "frequency_penalty": (-2, 2)}
_LENGTHS = ("max_tokens", "max_completion_tokens")
_ONLY_WITH_TOOLS = ("tool_choice", "parallel_tool_calls")
_REASONING = re.compile(r"^(?:o\d|gpt-5(?!-chat))")
"""Models that think before they answer: they take neither a temperature nor `max_tokens`."""
_MOST_TOOLS = 128
_FORMATS = ("text", "json_object", "json_schema")


def refusal(body: dict[str, Any]) -> Refusal | None:
    """The first rule that the request breaks; None for a request that OpenAI would answer."""
    return next(_broken(body), None)


def _broken(body: dict[str, Any]) -> Iterator[Refusal]:
    if not isinstance(body.get("model"), str) or not body["model"]:
        yield Refusal("you must provide a model parameter")
    if unknown := [name for name in body if name not in _PARAMETERS]:
        many = "s" if len(unknown) > 1 else ""
        yield Refusal(f"Unrecognized request argument{many} supplied: {', '.join(sorted(unknown))}")
    yield from _sampling(body)
    yield from _tools(body)
    yield from _format(body)
    yield from message_faults(body.get("messages"))


def _sampling(body: dict[str, Any]) -> Iterator[Refusal]:
    for name, (least, most) in _RANGES.items():
        value = body.get(name)
        if value is None:
            continue
        if not is_number(value):
            yield wrong_type(name, "a decimal", value)
        elif value > most:
            yield beyond(name, "decimal", "above_max", f"above maximum value. Expected a value <= {most}", value)
        elif value < least:
            yield beyond(name, "decimal", "below_min", f"below minimum value. Expected a value >= {least}", value)
    for name in _LENGTHS:
        value = body.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool):
            yield wrong_type(name, "an integer", value)
        elif value < 1:
            yield beyond(name, "integer", "below_min", "below minimum value. Expected a value >= 1", value)
    if all(body.get(name) is not None for name in _LENGTHS):
        yield Refusal("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
    if _REASONING.match(str(body.get("model"))):
        if body.get("max_tokens") is not None:
            message = (
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'"
            )
            yield Refusal(f"{message} instead.", "max_tokens", "unsupported_parameter")
        if body.get("reasoning_effort") != "none" and (heat := body.get("temperature")) not in (None, 1):
            message = f"Unsupported value: 'temperature' does not support {heat} with this model."
            yield Refusal(f"{message} Only the default (1) value is supported.", "temperature", "unsupported_value")
    if body.get("stream_options") is not None and not body.get("stream"):
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        yield Refusal(message, "stream_options")


def _tools(body: dict[str, Any]) -> Iterator[Refusal]:
    tools = body.get("tools")
    if tools is None:
        for name in _ONLY_WITH_TOOLS:
            if body.get(name) is not None:
                yield Refusal(f"Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified.", name)
        return
    if not isinstance(tools, list):
        yield wrong_type("tools", "an array of objects", tools)
        return
    names: list[str] = []
    listed = cast(list[Any], tools)
    yield from length("tools", listed, _MOST_TOOLS)
    for index, tool in enumerate(listed):
        at = f"tools[{index}]"
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(tool, dict) or tool.get("type") != "function":
            yield missing(f"{at}.type")
        elif not isinstance(function, dict):
            yield missing(f"{at}.function")
        else:
            yield from _function(at, cast(dict[str, Any], function))
            names.append(str(cast(dict[str, Any], function).get("name")))
    yield from _choice(body.get("tool_choice"), names)


def _format(body: dict[str, Any]) -> Iterator[Refusal]:
    wanted = body.get("response_format")
    if wanted is None:
        return
    if not isinstance(wanted, dict):
        yield wrong_type("response_format", "an object", wanted)
        return
    kind = cast(dict[str, Any], wanted).get("type")
    if kind not in _FORMATS:
        yield missing("response_format.type") if kind is None else one_of("response_format.type", kind, _FORMATS)
    if kind == "json_object" and "json" not in str(body.get("messages")).lower():
        message = (
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
        )
        yield Refusal(message, "messages")
    if kind == "json_schema":
        yield from _schema(cast(dict[str, Any], wanted).get("json_schema"))


def _schema(form: Any) -> Iterator[Refusal]:
    at = "response_format.json_schema"
    if not isinstance(form, dict):
        yield missing(at)
        return
    known = cast(dict[str, Any], form)
    for name in ("name", "schema"):
        if known.get(name) is None:
            yield missing(f"{at}.{name}")
            return
    yield from named(f"{at}.name", str(known["name"]))
    for fault in schema_faults({"parameters": known["schema"], "strict": known.get("strict")}):
        yield Refusal(f"Invalid schema for response_format '{known['name']}': {fault}", "response_format")


def _function(at: str, function: dict[str, Any]) -> Iterator[Refusal]:
    name = function.get("name")
    if not isinstance(name, str):
        yield missing(f"{at}.function.name")
        return
    yield from named(f"{at}.function.name", name)
    for fault in schema_faults(function):
        message = f"Invalid schema for function '{name}': {fault}"
        yield Refusal(message, f"{at}.function.parameters", "invalid_function_parameters")


def _choice(choice: Any, names: list[str]) -> Iterator[Refusal]:
    if isinstance(choice, str) and choice not in ("none", "auto", "required"):
        yield one_of("tool_choice", choice, ("none", "auto", "required"))
    if isinstance(choice, dict):
        name = (cast(dict[str, Any], choice).get("function") or {}).get("name")
        if name not in names:
            message = f"no function named '{name}' was specified in the 'tools' parameter."
            yield Refusal(f"Invalid value for 'tool_choice': {message}", "tool_choice")
