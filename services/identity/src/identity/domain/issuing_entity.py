"""A legal person that an organization bills as: one host may sell hosting by one company and machines by another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from common.errors import RuleBroken
from identity.domain.texts import plain_name

_COUNTRY = re.compile(r"[A-Z]{2}")
_MOST_LINES, _MOST_TAX_IDS = 6, 8


class BadEntity(RuleBroken):
    """A field of the issuing entity cannot be so."""

    code = "bad_issuing_entity"


@dataclass(frozen=True, slots=True)
class IssuingEntity:
    """`address` in lines as printed, `country` by ISO 3166, `tax_ids` by kind (`us_ein`, `eu_vat`)."""

    id: UUID
    legal_name: str
    address: tuple[str, ...]
    country: str
    tax_ids: Mapping[str, str]
    is_default: bool = False
    version: int = 1

    def __post_init__(self) -> None:
        plain_name(self.legal_name, "legal_name", 200)
        if not 1 <= len(self.address) <= _MOST_LINES:
            raise BadEntity("The address has no lines, or too many.", field="address", remedy=f"1 to {_MOST_LINES}")
        for line in self.address:
            plain_name(line, "address", 120)
        if not _COUNTRY.fullmatch(self.country):
            raise BadEntity(f"{self.country!r} is no country.", field="country", remedy="two letters, such as US")
        if len(self.tax_ids) > _MOST_TAX_IDS:
            raise BadEntity("Too many tax ids.", field="tax_ids", remedy=f"at most {_MOST_TAX_IDS}")
        for kind, number in self.tax_ids.items():
            plain_name(kind, "tax_ids", 30)
            plain_name(number, f"tax_ids.{kind}", 40)
