"""Codes of an authenticator app (TOTP, RFC 6238): thirty seconds, six digits, one step early or late."""

from __future__ import annotations

import hmac

import pyotp

_STEP_S, _SLACK = 30, 1


def new_secret() -> str:
    return pyotp.random_base32()


def address(secret: str, email: str, issuer: str) -> str:
    """What the app reads, as a picture or a link."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def step_of(secret: str, code: str, now_s: int) -> int | None:
    """The step that the code belongs to; none when it is not one of now. That it is new, the store sees to."""
    codes, now = pyotp.TOTP(secret), now_s // _STEP_S
    for step in range(now - _SLACK, now + _SLACK + 1):
        if hmac.compare_digest(codes.at(step * _STEP_S), code.strip()):
            return step
    return None
