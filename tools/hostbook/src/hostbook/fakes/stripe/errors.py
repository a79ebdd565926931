"""Refusals in the vendor's JSON shape, and the texts and codes of declines."""

from __future__ import annotations

from typing import Any

_OWN_CODE = {"expired_card", "incorrect_cvc", "processing_error", "authentication_required"}
_ADVICE = {
    "insufficient_funds": "try_again_later",
    "processing_error": "try_again_later",
    "card_velocity_exceeded": "try_again_later",
    "expired_card": "confirm_card_data",
    "incorrect_cvc": "confirm_card_data",
    "lost_card": "do_not_try_again",
    "stolen_card": "do_not_try_again",
    "do_not_try_again": "do_not_try_again",
}
_TEXT = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


class Refusal(Exception):
    """An answer other than 200. `keeps`: its effects are committed and its answer belongs to the idempotency key."""

    def __init__(self, status: int, kind: str, message: str, *, keeps: bool = False, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        self.keeps = keeps
        self.error = {"type": kind, "message": message} | {k: v for k, v in fields.items() if v is not None}


def invalid(message: str, *, param: str | None = None, code: str | None = None, **fields: Any) -> Refusal:
    """400: what was asked cannot be; nothing happened and the key may be used again."""
    return Refusal(400, "invalid_request_error", message, param=param, code=code, **fields)


def missing(kind: str, key: str, param: str = "id") -> Refusal:
    """404 in the vendor's words."""
    name = kind.replace("_", " ")
    return Refusal(404, "invalid_request_error", f"No such {name}: '{key}'", code="resource_missing", param=param)


def decline_fields(reason: str) -> dict[str, str | None]:
    """`code`, `decline_code`, `advice_code` and message of a decline, as in the vendor's table."""
    code = reason if reason in _OWN_CODE else "card_declined"
    text = _TEXT.get(reason, "Your card was declined.")
    return {"code": code, "decline_code": reason, "advice_code": _ADVICE.get(reason), "message": text}


def declined(reason: str, **fields: Any) -> Refusal:
    """402: the bank said no. The attempt happened, so it is kept."""
    parts = decline_fields(reason)
    message = parts.pop("message") or ""
    return Refusal(402, "card_error", message, keeps=True, **parts, **fields)
