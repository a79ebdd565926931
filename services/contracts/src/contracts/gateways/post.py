"""Mail to customers: sent, refused for good, or to be tried again."""

from __future__ import annotations

from typing import Protocol

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
            reason = _for_good(error.__cause__)
            if reason is None:
                raise
            return reason
        return None


def _for_good(cause: BaseException | None) -> str | None:
    """What the server will say again however often it is asked: a code of 500 or more."""
    refusals: list[object] = list(getattr(cause, "recipients", [])) or [cause]
    codes = [code for one in refusals if isinstance(code := getattr(one, "code", None), int)]
    return str(cause) if codes and min(codes) >= 500 else None
