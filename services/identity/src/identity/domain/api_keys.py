"""API keys: `hbk_live_<id>_<secret><checksum>`. The checksum tells a typing error from a wrong key without a query."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from identity.domain.host import Mode

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID, _SECRET, _CHECK = 10, 40, 6
_FORM = re.compile(rf"hbk_(live|test)_[0-9A-Za-z]{{{_ID}}}_[0-9A-Za-z]{{{_SECRET + _CHECK}}}")
SECRET_BYTES = 40  # 32 for the secret, 8 for its name


def new_key(mode: Mode, random: bytes) -> str:
    """A key made of SECRET_BYTES random bytes; it is shown once and only its hash is kept."""
    secret, name = random[:32], random[32:SECRET_BYTES]
    body = f"hbk_{mode}_{_sixty_two(name, _ID)}_{_sixty_two(secret, _SECRET + 4)[4:]}"
    return body + _checksum(body)


def is_well_formed(key: str) -> bool:
    """Whether this can be one of our keys at all."""
    return bool(_FORM.fullmatch(key)) and _checksum(key[:-_CHECK]) == key[-_CHECK:]


def shown_part(key: str) -> str:
    """What names the key in lists: everything before the secret."""
    return key.rpartition("_")[0]


def _checksum(body: str) -> str:
    return _sixty_two(zlib.crc32(body.encode()).to_bytes(4, "big"), _CHECK)


def _sixty_two(octets: bytes, width: int) -> str:
    number, text = int.from_bytes(octets, "big"), ""
    while number:
        number, digit = divmod(number, 62)
        text = _DIGITS[digit] + text
    return text.rjust(width, "0")[-width:]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as listed. `person_id` answers for it; without that person's membership the key ends too.

    `site_id` binds a collector's key to one site; `replaces_id` names the key that this one takes over from.
    """

    id: UUID
    name: str
    prefix: str
    permissions: frozenset[str]
    person_id: UUID
    role: str | None = None
    expires_on: date | None = None
    last_used_at: datetime | None = None
    site_id: UUID | None = None
    rate_per_minute: int | None = None
    replaces_id: UUID | None = None
    ends_at: datetime | None = None

    def is_over(self, now_at: datetime) -> bool:
        is_past = self.expires_on is not None and self.expires_on <= now_at.date()
        return is_past or (self.ends_at is not None and self.ends_at <= now_at)
