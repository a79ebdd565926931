"""What is written to people: short, in plain words, with a link that needs a click on our own page."""

from __future__ import annotations

from dataclasses import dataclass

from identity.domain.host import Host


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one address."""

    to: str
    subject: str
    text: str


def invitation(to: str, host: Host, link: str) -> Letter:
    text = f"You are invited to {_name(host)}. This link opens the door for you, once, for seven days:\n\n{link}\n"
    return Letter(to, f"Your invitation to {_name(host)}", text + _aside(host))


def sign_in_link(to: str, host: Host, link: str) -> Letter:
    text = f"This link signs you in to {_name(host)}, once, for ten minutes:\n\n{link}\n"
    return Letter(to, f"Sign in to {_name(host)}", text + _aside(host))


def reset_link(to: str, host: Host, link: str) -> Letter:
    text = f"This link lets you choose a new password at {_name(host)}, once, for ten minutes:\n\n{link}\n"
    return Letter(to, f"A new password for {_name(host)}", text + _aside(host))


def new_address(to: str, host: Host, link: str) -> Letter:
    text = f"This link makes this your address at {_name(host)}, once, for ten minutes:\n\n{link}\n"
    return Letter(to, f"Your address at {_name(host)}", text + _aside(host))


def factors_reset(to: str, host: Host) -> Letter:
    text = (
        f"At {_name(host)} an administrator has removed your second factors, authenticator and passkeys, and ended"
        " your sessions. When you sign in next, set up a new one before anything else.\n\n"
        "If you did not ask for this, tell another administrator at once.\n"
    )
    return Letter(to, f"Your second factors at {_name(host)} were reset", text)


def access_changed(to: str, host: Host, what: str) -> Letter:
    text = f"At {_name(host)} {what}.\n\nIf that was not you, sign in, end all sessions, and tell your administrator.\n"
    return Letter(to, f"A change to your access at {_name(host)}", text)


def _name(host: Host) -> str:
    return host.team_name or host.name


def _aside(host: Host) -> str:
    slogan = f"\n{host.slogan}" if host.slogan else ""
    return f"\nIf you did not expect this, leave it: nothing happens.\n\n{_name(host)}{slogan}\n"
