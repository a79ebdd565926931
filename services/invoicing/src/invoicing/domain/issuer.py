"""The legal person that an invoice comes from, as it stood when the invoice was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from invoicing.domain.terms import ContractTerms


@dataclass(frozen=True, slots=True)
class Issuer:
    """`address` in lines as printed; `tax_ids` by kind (`us_ein`, `eu_vat`)."""

    entity_id: str
    legal_name: str
    address: tuple[str, ...]
    country: str
    tax_ids: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Issuers:
    """Those of an organization by id, and the one that invoices come from where nothing names another."""

    by_id: Mapping[str, Issuer] = field(default_factory=dict)
    default_id: str | None = None

    def of(self, contracts: Iterable[ContractTerms], of_customer: UUID | None) -> Issuer | None:
        """The issuer of an invoice: what one of its contracts names, else its customer, else the default, if any."""
        named = [one.issuing_entity_id for one in contracts]
        chosen = (str(one) for one in (*named, of_customer, self.default_id) if one is not None)
        return self.by_id.get(next(chosen, ""))
