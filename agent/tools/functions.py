"""A template's function as a tool: a read answers the model, a change is read back and sent on the caller's yes."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, cast

from pydantic import Field, create_model

from agent.tools.context import ToolContext
from agent.tools.execution import FAILED
from agent.tools.request import read_back
from agent.tools.tool import Arguments, NotWritten, Result, Tool, Writing, failed, refusal
from shared.domain.functions import Function, Parameter, Parameters, read_back_of
from shared.errors import OutcomeUnknown, PartnerError, StoreError
from shared.observe import report
from shared.ports import Receipt

_LOOK_UP_SECONDS = 3.0
"""For the tenant's list, before the request."""
_MISSING = "I'm sorry, that didn't work. Could you tell me again?"
_ITSELF = (
    "Reads it back and asks for a yes itself; the caller's yes sends it, without another call. Call it again only when "
    "the caller changes something."
)


def tool_of(function: Function) -> Tool:
    seconds = function.http.seconds + _LOOK_UP_SECONDS
    arguments = arguments_of(function)

    async def asks(context: ToolContext[Any], sent: Arguments) -> Result:
        try:
            answer = await context.call_function(context.tenant.tenant_id, function, _plain(sent))
        except PartnerError as error:
            return _refused(error, function, context)
        except StoreError as error:
            report(error, action="function", function=function.name, call_id=context.conversation.call_id)
            return failed("The tenant's servers can't be looked up.", FAILED)
        context.live.change(looked_up=True)
        return {"status": "done", "answer": answer}

    async def reads_back(context: ToolContext[Any], sent: Arguments) -> Result:
        fields = _plain(sent)
        return read_back(context, str(function.changes), fields, read_back_of(function, fields))

    async def changes(context: ToolContext[Any], effect_id: str, fields: dict[str, Any]) -> Receipt | NotWritten:
        try:
            await context.call_function(context.tenant.tenant_id, function, fields, effect_id)
        except PartnerError as error:
            if error.may_be_done:
                raise OutcomeUnknown(str(error), str(error.status or "")) from error
            report(error, action="function", function=function.name, call_id=context.conversation.call_id)
            return NotWritten(FAILED, failed=not error.to_mend)
        return Receipt.STORED

    if function.reads:
        return Tool(function.name, function.description, arguments, asks, seconds=seconds)
    described = f"{function.description.rstrip()} {_ITSELF}"
    writing = Writing(changes, function.done, repeatable=False)
    return Tool(function.name, described, arguments, reads_back, writing, as_owner=True, does=function.does)


def arguments_of(function: Function) -> type[Arguments]:
    """The function's JSON Schema as arguments that are checked and cleaned like those of any tool."""
    return arguments_between(function.name, function.parameters)


def arguments_between(name: str, parameters: Parameters) -> type[Arguments]:
    return _object(name, parameters.properties, parameters.required)


def _object(name: str, properties: Mapping[str, Parameter], required: Sequence[str]) -> type[Arguments]:
    fields: dict[str, Any] = {}
    for key, parameter in properties.items():
        kind: Any = Annotated[_kind(f"{name}_{key}", parameter), Field(description=parameter.description or None)]
        fields[key] = (kind, ...) if key in required else (kind | None, None)
    return create_model(name, __base__=Arguments, **fields)


def _kind(name: str, parameter: Parameter) -> Any:
    match parameter.type:
        case "string" | "integer" | "number" if parameter.enum:
            return cast(Any, Literal)[parameter.enum]
        case "string":
            shortest, longest = parameter.min_length, parameter.max_length
            return Annotated[str, Field(pattern=parameter.pattern, min_length=shortest, max_length=longest)]
        case "integer":
            return Annotated[int, Field(ge=parameter.minimum, le=parameter.maximum)]
        case "number":
            return Annotated[float, Field(ge=parameter.minimum, le=parameter.maximum, allow_inf_nan=False)]
        case "boolean":
            return bool
        case "array":
            assert parameter.items is not None
            kind = _kind(f"{name}_item", parameter.items)
            return Annotated[list[kind], Field(min_length=parameter.min_items, max_length=parameter.max_items)]
        case "object":
            return _object(name, parameter.properties, parameter.required)


def _plain(sent: Arguments) -> dict[str, Any]:
    return sent.model_dump(mode="json", exclude_none=True)


def _refused(error: PartnerError, function: Function, context: ToolContext[Any]) -> Result:
    """A final failure; where other arguments may do, a hint for the model."""
    report(error, action="function", function=function.name, call_id=context.conversation.call_id)
    if error.to_mend:
        raise refusal(f"{function.name} was refused: {error}.", say=_MISSING) from error
    return failed(f"{function.name}: {error}.", FAILED)
