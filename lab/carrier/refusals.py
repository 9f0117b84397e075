"""Telnyx's errors, as its API answers them."""

from typing import Any


class Refusal(Exception):
    """A command is refused with one of Telnyx's errors and its HTTP status; it has no effect."""

    def __init__(self, status: int, code: str, title: str, detail: str, pointer: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.body: dict[str, Any] = {"errors": [{"code": code, "title": title, "detail": detail}]}
        if pointer:
            self.body["errors"][0]["source"] = {"pointer": f"/{pointer}"}


def unauthorized() -> Refusal:
    detail = "The required authentication headers were either invalid or not included in the request."
    return Refusal(401, "10009", "Authentication failed", detail)


def not_found() -> Refusal:
    return Refusal(404, "10005", "Resource not found", "The requested resource or URL could not be found.")


def invalid(field: str, problem: str) -> Refusal:
    return Refusal(422, "10015", "Bad Request", f"The '{field}' parameter {problem}.", field)


def enumerated(field: str, allowed: tuple[str, ...]) -> Refusal:
    detail = f"The value must be one of: {', '.join(allowed)}."
    return Refusal(422, "10032", "Invalid enumerated value", detail, field)


def impossible(detail: str) -> Refusal:
    """Telnyx documents no code for these cases."""
    return Refusal(422, "90033", "Unable to execute command", detail)
