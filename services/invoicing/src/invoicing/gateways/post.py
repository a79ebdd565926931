"""Mail to customers: sent, refused for good, or to be tried again."""

from __future__ import annotations

from typing import Protocol

import aiosmtplib

from common.errors import Unavailable
from common.mail import Mail, Mailer


class Post(Protocol):
    """Where mail is handed over."""

    async def send(self, mail: Mail) -> str | None:
        """None when it was taken; why, when it never will be. What may pass is raised as `Unavailable`."""


class SmtpPost:
    """Over one SMTP server."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer

    async def send(self, mail: Mail) -> str | None:
        try:
            await self._mailer.send(mail)
        except Unavailable as error:
            reason = _final(error.__cause__)
            if reason is None:
                raise
            return reason
        return None


def _final(cause: BaseException | None) -> str | None:
    """A refusal that the server will repeat for ever: an address or a message that it never takes."""
    if isinstance(cause, aiosmtplib.SMTPRecipientsRefused):
        codes = [refused.code for refused in cause.recipients]
        return str(cause.recipients[0]) if codes and min(codes) >= 500 else None
    if isinstance(cause, aiosmtplib.SMTPResponseException) and cause.code >= 500:
        return str(cause)
    return None
