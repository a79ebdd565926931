"""Every refusal as RFC 9457 problem+json: what is wrong, which field, what would be right."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from opentelemetry import trace
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from common import telemetry
from common.db import is_transient
from common.errors import RuleBroken, Unavailable

MEDIA = "application/problem+json"
_REMEDIES = {
    "extra_forbidden": "leave this field out; it is not known here",
    "missing": "add this field",
    "json_invalid": "send well-formed JSON",
}
_SOON = {"Retry-After": "2"}
_OURS = "Something went wrong on our side; the trace id names it."


def problem(
    status: int, code: str, detail: str, *, errors: list[dict[str, Any]] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:  # fmt: skip
    """A problem+json answer; `code` is stable for programs, `detail` is for people."""
    body: dict[str, Any] = {"type": f"urn:hostbook:problem:{code}", "title": HTTPStatus(status).phrase}
    body |= {"status": status, "code": code, "detail": detail}
    if errors:
        body["errors"] = errors
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        body["trace_id"] = f"{span.trace_id:032x}"
    return JSONResponse(body, status, headers=headers, media_type=MEDIA)


async def _of_rule(_: Request, error: RuleBroken) -> JSONResponse:
    """The answer for a broken rule, with its field and remedy."""
    entry = {"field": error.field, "message": error.message, "remedy": error.remedy}
    errors = [{k: v for k, v in entry.items() if v}] if error.field or error.remedy else None
    return problem(error.status, error.code, error.message, errors=errors, headers=getattr(error, "headers", None))


async def _of_validation(_: Request, error: RequestValidationError) -> JSONResponse:
    errors = []
    for one in error.errors():
        loc = one["loc"][:2] if one["loc"][0] == "query" else one["loc"]
        where = [str(p) for p in loc[1:]]
        said = one["msg"].removeprefix("Value error, ")
        errors.append({"field": ".".join(where) or "body", "message": said, "remedy": _REMEDIES.get(one["type"], said)})
    names = ", ".join(e["field"] for e in errors[:5])
    return problem(422, "invalid_request", f"The request was not understood: {names}.", errors=errors)


async def _of_database(_: Request, error: DBAPIError) -> JSONResponse:
    state = str(getattr(error.orig, "sqlstate", "") or "")
    if is_transient(error):
        return problem(503, "unavailable", "The database does not answer; try again.", headers=_SOON)
    if state == "25006":
        return problem(403, "read_only", "This session may only look.")
    if state in ("23505", "23P01"):
        return problem(409, "conflict", "Something else already stands where this would go.")
    if state.startswith(("22", "23")):
        return problem(422, "invalid_value", "A value cannot be stored: it breaks a constraint of its field.")
    telemetry.log().exception("database error")
    return problem(500, "internal", _OURS)


async def _of_http(_: Request, error: HTTPException) -> JSONResponse:
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    return problem(error.status_code, code, str(error.detail), headers=dict(error.headers or {}))


async def _of_anything(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, Unavailable) or is_transient(error):
        said = str(error) if isinstance(error, Unavailable) else "A part of the system does not answer; try again."
        return problem(503, "unavailable", said, headers=_SOON)
    telemetry.log().error("unexpected error", error_type=type(error).__name__)
    return problem(500, "internal", _OURS)


def install(app: FastAPI) -> None:
    """Answer every kind of failure in this one form."""
    answers: dict[type[Exception], Any] = {
        RuleBroken: _of_rule, RequestValidationError: _of_validation, DBAPIError: _of_database,
        HTTPException: _of_http, Unavailable: _of_anything, Exception: _of_anything,
    }  # fmt: skip
    for kind, answer in answers.items():
        app.add_exception_handler(kind, answer)
