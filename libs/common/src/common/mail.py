"""Mail over SMTP, for services that write to people. The Message-ID is derived from the cause, so a repeat is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage

import aiosmtplib

from common.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one address; `cause` names what it is about and makes it recognisable when sent again."""

    cause: str
    to: str
    subject: str
    text: str
    attachments: Sequence[Attachment] = ()
    headers: Sequence[tuple[str, str]] = ()


class MailRefused(Unavailable):
    """The server will never take this mail: it refused the address or the content for good (5xx)."""


class Mailer:
    """Sends through one SMTP server as one sender."""

    def __init__(self, host: str, port: int, sender: str) -> None:
        self._host, self._port, self._sender = host, port, sender

    async def send(self, mail: Mail) -> None:
        """Hand a mail over to the server; raises Unavailable when it does not take it now, MailRefused when never."""
        message = EmailMessage()
        own = {"From": self._sender, "To": mail.to, "Subject": mail.subject}
        own["Message-ID"] = f"<{mail.cause}@{self._sender.rpartition('@')[2]}>"
        for name, value in (*own.items(), *mail.headers):
            message[name] = value
        message.set_content(mail.text)
        for part in mail.attachments:
            main, _, sub = part.media_type.partition("/")
            message.add_attachment(part.content, maintype=main, subtype=sub, filename=part.name)
        try:
            await aiosmtplib.send(message, hostname=self._host, port=self._port, timeout=20)
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPDataError, aiosmtplib.SMTPNotSupported) as error:
            refusal = getattr(error, "recipients", [error])[0]
            is_final = getattr(refusal, "code", 550) >= 500
            raise (MailRefused if is_final else Unavailable)(f"The mail server answered {refusal}.") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unavailable(f"The mail server did not take a message: {type(error).__name__}.") from error
