"""Short names of organizations, as they stand in addresses: lower-case letters, digits and hyphens."""

from __future__ import annotations

import re

from common.errors import RuleBroken

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]")
_HEX = re.compile(r"[0-9a-f]{32}")
# Names that our own addresses use, or that would let a page pose as ours.
_RESERVED = """
    about account accounts admin api app assets auth billing blog console customer customers dashboard demo docs
    download files help hooks host hostbook hosting internal invoice login logout mail me metrics new null
    organization organizations platform portal public root security settings sign-in sign-up signup static
    status support system test undefined v1 webhooks www
"""
RESERVED = frozenset(_RESERVED.split())


class BadSlug(RuleBroken):
    """Not a name that an address can carry."""

    code = "bad_slug"


def checked_slug(slug: str) -> str:
    """The slug itself, 3 to 63 characters; refused when malformed, reserved, or mistakable for an id."""
    if not _SLUG.fullmatch(slug):
        raise BadSlug(
            f"{slug!r} cannot be a short name.",
            field="slug",
            remedy="3 to 63 lower-case letters, digits and single hyphens, no hyphen at either end",
        )
    if _HEX.fullmatch(slug.replace("-", "")):
        raise BadSlug(f"{slug!r} reads like an id.", field="slug", remedy="a name that people can say")
    if slug in RESERVED:
        raise BadSlug(f"{slug!r} is reserved.", field="slug", remedy="another name")
    return slug
