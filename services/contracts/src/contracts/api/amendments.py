"""From an amendment's fields to the new terms that they make."""

from __future__ import annotations

from contracts.api.agreed_terms import as_written, clauses_of, escalators_of, serviced
from contracts.api.contract_schemas import AmendmentIn
from contracts.domain import amending
from contracts.domain.amending import AmendmentEmpty, NewTerms
from contracts.domain.contract import Contract
from contracts.domain.rates import rate_of

_WHEN = {"effective_at", "reason"}


def checked_amendment(body: AmendmentIn) -> None:
    """Refuses an amendment that changes nothing."""
    if all(getattr(body, name) is None for name in AmendmentIn.model_fields.keys() - _WHEN):
        raise AmendmentEmpty("Nothing would change.", field="rate_per_kwh", remedy="a new rate, or other new terms")


def amended(contract: Contract, body: AmendmentIn) -> Contract:
    """The contract with what the body changes."""
    currency = contract.currency
    with as_written():
        new = NewTerms(
            from_at=body.effective_at,
            rate_per_kwh=rate_of(body.rate_per_kwh, currency) if body.rate_per_kwh is not None else None,
            escalators=escalators_of(body.escalators or ()),
            auto_renew=body.auto_renew,
            renews_by=body.renews_by,
            notice_days=body.notice_days,
            max_extensions=body.max_extensions,
            sites=tuple(serviced(s, currency) for s in body.sites) if body.sites is not None else None,
            clauses=clauses_of(body.clauses) if body.clauses is not None else None,
        )
        return amending.amended(contract, new)
