"""What is kept sealed, and for which purpose: what was sealed for one opens for no other."""

from __future__ import annotations

from uuid import UUID

MAIL = "mail"
PROVIDER_SECRET = "sso"  # noqa: S105 - the name of a purpose
TOTP = "totp"


def webhook_secret(webhook_id: UUID) -> str:
    """A webhook's secret opens for that webhook alone."""
    return f"webhook {webhook_id}"
