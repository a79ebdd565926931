"""One-time links and challenges: what for, and for how long. Only their hash is kept."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class Purpose(StrEnum):
    """What using the link does."""

    INVITATION = "invitation"
    SIGN_IN = "sign_in"
    RESET = "reset"
    EMAIL = "email"
    PASSKEY_NEW = "passkey_new"
    PASSKEY_SHOWN = "passkey_shown"
    SSO = "sso"


LIFETIME = {
    Purpose.INVITATION: timedelta(days=7),
    Purpose.SIGN_IN: timedelta(minutes=10),
    Purpose.RESET: timedelta(minutes=10),
    Purpose.EMAIL: timedelta(minutes=10),
    Purpose.PASSKEY_NEW: timedelta(minutes=5),
    Purpose.PASSKEY_SHOWN: timedelta(minutes=5),
    Purpose.SSO: timedelta(minutes=10),
}
