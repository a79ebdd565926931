"""Whether a mail's sender is genuine, by the word of the host's own mail server (Authentication-Results, RFC 8601)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from common.errors import RuleBroken

_PROPERTY = re.compile(r"\b(smtp\.mailfrom|header\.d|header\.i|header\.from)\s*=\s*(\S+)", re.IGNORECASE)
_RESULT = re.compile(r"^\s*(dmarc|dkim|spf)\s*=\s*([a-z]+)", re.IGNORECASE)
Result = tuple[str, str, Mapping[str, str]]
# Whose domain each method vouches for.
_VOUCHES = {"dmarc": ("header.from",), "dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",)}


class SenderUnproven(RuleBroken):
    """The mail server does not say that the sender is who the mail claims."""

    code = "sender_unproven"


def check_sender(sender: str, results: Sequence[str], authserv_id: str) -> None:
    """Refused unless the server of that name found DMARC, or an aligned DKIM or SPF, to pass.

    Its newest header counts alone: one further down came with the mail, and a sender can write what they like.
    """
    said = next((found for one in results if (found := _of_server(one, authserv_id)) is not None), [])
    domain = sender.rpartition("@")[2].lower()
    if not any(_vouches(method, properties, domain) for method, verdict, properties in said if verdict == "pass"):
        raise SenderUnproven(
            f"{authserv_id} does not say that {domain} sent this.",
            field="raw",
            remedy="mail whose DMARC, DKIM or SPF passes for the sender's own domain",
        )


def _of_server(header: str, authserv_id: str) -> list[Result] | None:
    """Method, verdict and properties as the header has them; None where another server wrote it."""
    name, *parts = _bare(header).split(";")
    if (name.split() or [""])[0].lower() != authserv_id.lower():
        return None
    found = list[Result]()
    for part in parts:
        result = _RESULT.match(part)
        if result:
            properties = {str(m[1]).lower(): str(m[2]).lower() for m in _PROPERTY.finditer(part)}
            found.append((str(result[1]).lower(), str(result[2]).lower(), properties))
    return found


def _bare(header: str) -> str:
    """Without comments and what stands in quotes: both may hold words of the sender's."""
    kept, depth, is_quoted, is_escaped = list[str](), 0, False, False
    for c in header:
        if is_escaped or c == "\\":
            is_escaped = not is_escaped
        elif c == '"' and not depth:
            is_quoted = not is_quoted
        elif c in "()" and not is_quoted:
            depth = max(0, depth + (1 if c == "(" else -1))
        elif not (depth or is_quoted):
            kept.append(c)
    return "".join(kept)


def _vouches(method: str, properties: Mapping[str, str], domain: str) -> bool:
    """For the very domain, or one above it with at least two labels."""
    named = [properties[name].rpartition("@")[2].strip(".") for name in _VOUCHES[method] if name in properties]
    return any(one == domain or ("." in one and domain.endswith(f".{one}")) for one in named)
