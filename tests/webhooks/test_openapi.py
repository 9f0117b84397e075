"""The document that the app describes itself by, and what it answers to all that the document allows, and more."""

import re
import uuid
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telnyx_world import CarrierApi, signature_of
from webhooks_world import TOKENS, Process, Webhooks, token_for

EXAMPLES = 40
"""Of bodies that an operation allows, and of such as it doesn't."""
HELD = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
NOT_READY = ("GET /health/ready", "not_a_server_error")
"""It is its use to say so."""


async def test_given_the_document_when_read_then_each_operation_says_what_it_takes_and_answers(
    webhooks: Webhooks,
) -> None:
    document = (await webhooks.client.get("/openapi.json")).json()
    telnyx = document["paths"]["/telnyx"]["post"]
    assert set(telnyx["responses"]) == {"200", "400", "401", "408", "413", "503"}
    told = telnyx["requestBody"]["content"]["application/json"]["schema"]["properties"]["data"]
    assert set(told["required"]) == {"event_type", "id"}
    assert telnyx["security"] == [{"TelnyxSignature": []}]
    assert document["components"]["securitySchemes"]["TelnyxSignature"]["name"] == "telnyx-signature-ed25519"
    line = document["paths"]["/lines/{name}.wav"]["get"]
    assert set(line["responses"]) == {"200", "4XX"}
    assert "audio/wav" in line["responses"]["200"]["content"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                content = answer.get("content", {})
                assert content, f"{method} {path} {status} says nothing of what it answers"
                assert all("schema" in each for kind, each in content.items() if "json" in kind)


async def test_given_the_document_when_its_references_are_followed_then_each_leads_somewhere(
    webhooks: Webhooks,
) -> None:
    answer = await webhooks.client.get("/openapi.json")
    document = answer.json()
    for reference in set(re.findall(r'"\$ref":\s*"([^"]+)"', answer.text)):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            assert step in place, reference
            place = place[step]


def test_given_what_the_document_allows_or_forbids_when_it_is_sent_then_the_answer_is_one_that_it_names(
    shared_process: Process, api: CarrierApi
) -> None:
    schemathesis: Any = pytest.importorskip("schemathesis", reason="needs schemathesis")
    import requests
    from schemathesis import checks

    class Signed(requests.auth.AuthBase):
        """As whoever sends it would, over the body as it is sent."""

        def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
            told = request.body or b""
            body = told.encode() if isinstance(told, str) else told
            if isinstance(body, bytes):
                request.headers.update(signature_of(body) | {"Authorization": token_for(body)})
            if request.path_url == "/consent":
                bearer = TOKENS.sign_consent(str(uuid.uuid4()), datetime.now(UTC))
                request.headers["Authorization"] = f"Bearer {bearer}"
            return request

    document = schemathesis.openapi.from_url(f"{shared_process.ready['url']}/openapi.json")
    checks.load_all_checks()
    held = {name: checks.CHECKS.get_one(name) for name in HELD}
    answered: Counter[tuple[str, int]] = Counter()

    def hold(operation: Any, mode: Any) -> None:
        held_here = [held[name] for name in HELD if (operation.label, name) != NOT_READY]

        @settings(
            max_examples=EXAMPLES if operation.body else 10,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), signed=st.sampled_from((True, True, True, False)))
        def each(case: Any, signed: bool) -> None:
            answer = case.call(auth=Signed() if signed else None, timeout=20)
            answered[operation.label, answer.status_code] += 1
            case.validate_response(answer, checks=held_here)

        each()

    for found in document.get_all_operations():
        operation = found.ok()
        hold(operation, schemathesis.GenerationMode.POSITIVE)
        if operation.body:
            # of anything else the document forbids nothing
            hold(operation, schemathesis.GenerationMode.NEGATIVE)
    for label in ("POST /telnyx", "POST /livekit", "POST /consent"):
        assert all(answered[label, status] for status in (200, 400, 401)), answered
    assert answered["GET /lines/{name}.wav", 404]
