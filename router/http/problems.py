"""Errors as HTTP tells them: problem details (RFC 9457) with the kinds and codes that the router's own errors have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from router.errors import (
    KIND_TAGS,
    CommandFailed,
    ErrorKind,
    IdempotencyConflict,
    InvalidCommand,
    Problem,
    QueueUnavailable,
    Rejected,
    RouterError,
)

Responses = dict[int | str, dict[str, Any]]
PROBLEM: Final = "application/problem+json"
TITLES: Final = {
    400: "not JSON", 401: "no token that is known", 403: "not allowed", 404: "not found", 405: "not this method",
    409: "conflict", 413: "too large", 422: "not valid", 429: "too many requests",
    500: "our mistake", 502: "the exchange refused", 503: "not now", 504: "no answer yet",
}  # fmt: skip
_RULES: Final = {"missing": "is required", "extra_forbidden": "is not a field of this command"}
_ASKED_WRONGLY: Final = (
    ErrorKind.INVALID,
    ErrorKind.UNSUPPORTED,
    ErrorKind.UNKNOWN_EXCHANGE,
    ErrorKind.UNKNOWN_ACCOUNT,
    ErrorKind.UNKNOWN_SYMBOL,
)
_SCHEMA: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "kind": {"type": "string", "enum": [str(kind) for kind in ErrorKind]},
        **{name: {"type": "string"} for name in ("code", "field", "value", "rule")},
        "retry_after_ms": {"type": "integer"},
    },
}


def told(*statuses: int) -> Responses:
    """The problems that a route may answer with, for OpenAPI."""
    everywhere = (401, 403, 413, 422, 429, 503)
    return {
        status: {"description": TITLES[status], "content": {PROBLEM: {"schema": _SCHEMA}}}
        for status in sorted({*everywhere, *statuses})
    }


def problem_response(status: int, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """A problem with its status; text is escaped, since what is quoted may be anything."""
    details = problem.model_dump(mode="json", exclude_none=True)
    document = {
        "type": f"urn:pointsman:{problem.kind}",
        "title": TITLES.get(status, "error"),
        "status": status,
        "detail": details.pop("message"),
        **details,
    }
    wait = {} if problem.retry_after_ms is None else {"Retry-After": str(max(1, -(-problem.retry_after_ms // 1_000)))}
    return Response(json.dumps(document), status, {**wait, **(headers or {})}, PROBLEM)


def status_of(error: RouterError) -> int:
    """The status for one of our errors; what ended badly is a state of its command, and only for reads an error."""
    match error:
        case InvalidCommand():
            return 422
        case CommandFailed() if error.problem.kind in _ASKED_WRONGLY:  # as only a worker could tell
            return 422
        case IdempotencyConflict():
            return 409
        case Rejected():
            return 502
        case _:
            return 503


def shown(error: RouterError) -> Problem:
    """Its problem, without what is nobody's business here."""
    if isinstance(error, QueueUnavailable):  # its text has the address of Redis
        text = "commands are not taken now; the same request with the same Idempotency-Key may be made again"
        return Problem(kind=ErrorKind.QUEUE, message=text, retry_after_ms=1_000)
    return error.problem


def handle(app: FastAPI) -> None:
    """Have every error answered as a problem."""
    app.add_exception_handler(RouterError, _ours)
    app.add_exception_handler(TimeoutError, _late)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _theirs)
    app.add_exception_handler(Exception, _unexpected)


async def _ours(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RouterError)  # noqa: S101 - for the type; it is registered for these only
    return problem_response(status_of(error), shown(error))


async def _late(_request: Request, error: Exception) -> Response:
    return problem_response(504, Problem(kind=ErrorKind.TIMEOUT, message=str(error)))


async def _invalid(_request: Request, error: Exception) -> Response:
    """FastAPI's complaint in our words, with our names of fields."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - the same
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return problem_response(400, Problem(kind=ErrorKind.INVALID, message="the body is not JSON", field="body"))
    where, *place = first["loc"]
    named = [str(part) for part in place if part not in KIND_TAGS] or [str(where)]
    rule = _RULES.get(first["type"], first["msg"].removeprefix("Value error, "))
    return problem_response(422, InvalidCommand.because(".".join(named), first.get("input"), rule).problem)


async def _theirs(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - the same
    kind = ErrorKind.RATE_LIMITED if error.status_code == 429 else ErrorKind.INVALID  # noqa: PLR2004 - HTTP's own number
    return problem_response(error.status_code, Problem(kind=kind, message=str(error.detail)), error.headers)


async def _unexpected(_request: Request, _error: Exception) -> Response:
    """The error itself goes on to the server's log."""
    text = "something is wrong here that nobody thought of; the server's log has more"
    return problem_response(500, Problem(kind=ErrorKind.INTERNAL, message=text))
