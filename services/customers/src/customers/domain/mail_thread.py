"""Tickets by mail: which message belongs to which ticket, and what of it was newly written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr

from common.errors import RuleBroken
from customers.domain.words import BadText, checked_email, checked_line

_MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")
_NUMBER = re.compile(r"\[(T-\d{5,})\]")
_QUOTED = re.compile(r"^(>|On .{10,200} wrote:$|-{2,} ?Original Message)")


class BadMail(RuleBroken):
    """A raw message that no ticket can be made of."""

    code = "bad_mail"


@dataclass(frozen=True, slots=True)
class InboundMail:
    """A mail as it concerns a ticket; `answers_to` are the Message-IDs that it refers to, the nearest first.

    `results` are its Authentication-Results, the newest first: each server writes its own above what was there.
    """

    message_id: str
    sender: str
    subject: str
    text: str
    answers_to: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...]
    results: tuple[str, ...] = ()

    @property
    def ticket_number(self) -> str | None:
        """The number in the subject, which survives programs that drop the reference headers."""
        found = _NUMBER.search(self.subject)
        return found.group(1) if found else None

    @property
    def title(self) -> str:
        """A ticket's title made of the subject, without prefixes and what a title may not hold."""
        bare = re.sub(r"^((re|fwd?|aw|wg)\s*:\s*)+", "", self.subject.strip(), flags=re.IGNORECASE)
        plain = "".join(c for c in bare if c.isprintable() and c not in "<>").strip()[:200]
        try:
            return checked_line(plain, "title", 200)
        except BadText:
            return "(no subject)"


def subject_of(number: str, title: str) -> str:
    """The subject of every mail of a ticket: it carries the number."""
    return f"[{number}] {title}"


def read_mail(raw: bytes) -> InboundMail:
    """A raw RFC 5322 message, as a mail server hands it over."""
    try:
        mail, is_automatic = _parsed(raw)
    except Exception as error:  # strangers' headers break the parser in ways of their own
        raise BadMail("The message cannot be read.", field="raw", remedy="a whole RFC 5322 message") from error
    if not mail.message_id:
        raise BadMail("The message has no Message-ID.", field="raw", remedy="one Message-ID header")
    checked_email(mail.sender, "raw")
    if is_automatic:
        raise BadMail("The message was sent by a machine.", field="raw", remedy="a person's mail; answers would loop")
    return mail


def _parsed(raw: bytes) -> tuple[InboundMail, bool]:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    senders = message.get_all("From", [])
    own = _MESSAGE_ID.findall(str(message.get("Message-ID", "")))
    referred = [*_MESSAGE_ID.findall(str(message.get("In-Reply-To", "")))]
    referred += reversed(_MESSAGE_ID.findall(str(message.get("References", ""))))
    mail = InboundMail(
        message_id=own[0] if len(own) == 1 else "",
        sender=parseaddr(str(senders[0]))[1].lower() if len(senders) == 1 else "",
        subject=str(message.get("Subject", ""))[:500],
        text=_text(message),
        answers_to=tuple(dict.fromkeys(referred))[:50],
        files=tuple(_files(message)),
        results=tuple(str(one) for one in message.get_all("Authentication-Results", [])),
    )
    automatic = str(message.get("Auto-Submitted", "no")).lower() != "no"
    return mail, automatic or str(message.get("Precedence", "")).lower() in ("bulk", "junk", "list")


def newly_written(text: str) -> str:
    """What stands above the quoted message."""
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if _QUOTED.match(line):
            break
        kept.append("".join(c for c in line if c.isprintable() or c == "\t"))
    return "\n".join(kept).strip()


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    text = newly_written(body.get_content()) if body is not None else ""
    return text[:50_000] or "(no text)"


def _files(message: EmailMessage) -> Iterator[tuple[str, bytes]]:
    for part in message.iter_attachments():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            name = "".join(c for c in part.get_filename() or "file" if c.isprintable() and c not in "<>/\\")
            yield name[:200] or "file", content
