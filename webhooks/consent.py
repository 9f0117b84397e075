"""A caller's consent from outside of the conversation: a browser's button, a telephone's key."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, model_validator
from structlog.contextvars import bind_contextvars

from shared.calls.consent import record_consent
from shared.domain.language.consent import ConsentAnswer, answer_of_digits
from shared.services import Services
from webhooks.answers import refusals
from webhooks.body import described, parsed, read_body
from webhooks.signatures import SignatureError


class ConsentMessage(BaseModel):
    """Either `answer` or `digits`. Sending the same `key` with the same answer again changes nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answer: Literal["granted", "refused", "withdrawn"] | None = None
    digits: Annotated[str, Field(pattern=r"^[0-9*#]{0,8}$")] | None = None
    """1 grants, 2 refuses, 9 withdraws; others are no answer."""
    utterance: Annotated[str, Field(max_length=500)] = ""
    """The caller's words, where there are any."""
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    """The question, in the words that the caller read or heard."""
    policy_version: Annotated[str, Field(min_length=1, max_length=64)]
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,3}$")]
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]

    @model_validator(mode="after")
    def _one_answer(self) -> "ConsentMessage":
        if (self.answer is None) == (self.digits is None):
            raise ValueError("exactly one of answer and digits is wanted")
        return self

    @property
    def means(self) -> ConsentAnswer:
        return ConsentAnswer(self.answer.upper()) if self.answer else answer_of_digits(self.digits or "")


class Kept(BaseModel):
    call_id: str
    answer: ConsentAnswer


def router(services: Services) -> APIRouter:
    tokens = services.tokens
    routes = APIRouter(tags=["consent"])
    bearer = HTTPBearer(description="The call's token for consent", auto_error=False)

    @routes.post("/consent", responses=refusals(400, 401, 408, 413, 429, 503), openapi_extra=described(ConsentMessage))
    async def consent(
        request: Request, token: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)] = None
    ) -> Kept:
        """Stored as a proof before the answer goes out. A no stops the recording and has it erased."""
        body = await read_body(request)
        presented = token.credentials if token else ""
        call_id = tokens.verify_consent(presented, services.clock.now())
        if call_id is None:
            raise SignatureError("the token is missing, too old or for something else")
        bind_contextvars(call_id=call_id)
        message = parsed(ConsentMessage, body, "an answer of consent")
        await record_consent(
            services.consents,
            services.clock,
            call_id=call_id,
            # with its answer: a yes and a no under one key are two answers, and neither may be lost
            key=f"told:{message.key}:{message.means.value}",
            answer=message.means,
            policy_version=message.policy_version,
            text=message.text,
            language=message.language,
            utterance=message.utterance or message.digits or "",
        )
        return Kept(call_id=call_id, answer=message.means)

    return routes
