"""A call's result: the fields that a template names, and what the model reads out of the transcript for them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from shared.domain.language.secrets import masked

FieldType = Literal["text", "number", "yes_no", "date", "choice"]
Value = str | float | int | bool | None
"""A date is `YYYY-MM-DD`. None: the call doesn't say."""

MOST_CHARACTERS = 2000
"""Of a text."""
MOST_FIELDS = 40


class ResultField(BaseModel):
    """One field of a call's result, as the template names it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    type: FieldType
    description: Annotated[str, Field(min_length=1, max_length=500)]
    """What the model is to look for."""
    choices: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = ()
    """Of a `choice`: its values."""

    @model_validator(mode="after")
    def _choices_where_they_belong(self) -> "ResultField":
        if self.type == "choice" and len(set(self.choices)) < max(2, len(self.choices)):
            raise ValueError(f"{self.name!r} needs two or more different choices")
        if self.type != "choice" and self.choices:
            raise ValueError(f"{self.name!r} is no choice, so it has no choices")
        return self


@dataclass(frozen=True)
class Talk:
    """What a result is read from."""

    transcript: tuple[tuple[str, str], ...]
    """(speaker, text), in order, as it was recorded: secrets are masked."""
    began_at: datetime
    """In the tenant's local time: a caller's "next Friday" counts from it."""


_JSON_TYPES: dict[FieldType, str] = {
    "text": "string",
    "number": "number",
    "yes_no": "boolean",
    "date": "string",
    "choice": "string",
}
_INSTRUCTIONS = """\
Fill in a form from the transcript of a telephone call. Take only what was said; do not guess or calculate. Where the
transcript doesn't say it, or leaves it open, the value is null. What is in square brackets was taken out: leave it so.
Where somebody corrects themselves, the correction counts. A date is written as YYYY-MM-DD."""
_MOST_TRANSCRIPT = 200_000
"""Characters: some four hours of talk. Of a longer one the end is read."""


def json_schema(fields: Sequence[ResultField]) -> dict[str, Any]:
    """The schema of the model's answer, strict in OpenAI's sense: every field is required, and may be null."""
    return {
        "type": "object",
        "properties": {field.name: _property(field) for field in fields},
        "required": [field.name for field in fields],
        "additionalProperties": False,
    }


def _property(field: ResultField) -> dict[str, Any]:
    described = {"type": [_JSON_TYPES[field.type], "null"], "description": field.description}
    if field.type == "choice":
        return described | {"enum": [*field.choices, None]}
    return described | ({"format": "date"} if field.type == "date" else {})


def messages(talk: Talk) -> list[dict[str, str]]:
    """The model's request: what to do, and the transcript."""
    spoken = "\n".join(f"{speaker}: {text}" for speaker, text in talk.transcript)
    began = f"The call began on {talk.began_at:%A, %Y-%m-%d at %H:%M}."
    return [
        {"role": "system", "content": f"{_INSTRUCTIONS}\n\n{began}"},
        {"role": "user", "content": f"Transcript:\n{spoken[-_MOST_TRANSCRIPT:]}"},
    ]


def values_of(fields: Sequence[ResultField], answer: str, talk: Talk) -> dict[str, Value]:
    """The model's answer as values, one for each field. A value of another type, or that the choices lack, is None.

    Raises ValueError for an answer that is no JSON object.
    """
    try:
        given: object = json.loads(answer)
    except json.JSONDecodeError as error:
        raise ValueError(f"the answer is no JSON: {error}") from error
    if not isinstance(given, dict):
        raise ValueError(f"the answer is no object but {type(given).__name__}")
    found = cast("Mapping[str, object]", given)
    said = _digits(" ".join(text for _, text in talk.transcript))
    return {field.name: _value(field, found.get(field.name), said) for field in fields}


def _value(field: ResultField, given: object, said: str) -> Value:
    kind, minimum = _KINDS[field.type]
    try:
        value = TypeAdapter(kind).validate_json(json.dumps(given), strict=True)
    except ValidationError:
        return None
    if isinstance(value, date):
        return value.isoformat()
    if field.type == "choice":
        return value if value in field.choices else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if not isinstance(value, str):
        return value
    text = value.strip()[:MOST_CHARACTERS]
    return _private(text, said) if len(text) >= minimum else None


_KINDS: dict[FieldType, tuple[Any, int]] = {
    "text": (str, 1),
    "number": (Annotated[float, Field(allow_inf_nan=False)], 0),
    "yes_no": (bool, 0),
    "date": (date, 0),
    "choice": (str, 1),
}


def _private(text: str, said: str) -> str:
    """Without a secret that the transcript lacks: what was masked there, a model may make up again."""
    return text if _digits(text) in said else masked(text).text


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
