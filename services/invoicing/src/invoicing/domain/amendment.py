"""From which instant two versions of a contract's terms price differently: what came before stays as it was billed."""

from __future__ import annotations

from datetime import datetime

from invoicing.domain.terms import AMENDABLE, ContractTerms

_WHOLE = ("contract_id", "customer_id", "type", "currency", "timezone", "first_on", "plan", "sites", "prepaid")


def first_difference(old: ContractTerms, new: ContractTerms) -> datetime | None:
    """The first instant that the change may have repriced; none where nothing that prices is different.

    A new number alone reprices nothing. Rates, amended terms, days of rest, the end and a later or earlier start are
    followed to their instant; any other change counts from the start.
    """
    found = (_rates(old, new), _amended(old, new), _rests(old, new), _ends(old, new))
    edges = [edge for edge in found if edge is not None]
    if any(getattr(old, name) != getattr(new, name) for name in _WHOLE):
        edges.append(min(old.start_at, new.start_at))
    return min(edges) if edges else None


def _rates(old: ContractTerms, new: ContractTerms) -> datetime | None:
    if old.rates == new.rates:
        return None
    instants = sorted({old.start_at, new.start_at, *(r.from_at for r in (*old.rates, *new.rates))})
    if not (old.rates and new.rates):
        return instants[0]
    return next((at for at in instants if old.rate_at(at) != new.rate_at(at)), None)


def _amended(old: ContractTerms, new: ContractTerms) -> datetime | None:
    begin = min(old.start_at, new.start_at)
    instants = sorted({begin, *(one.until_at for one in (*old.former, *new.former))})
    return next((at for at in instants if _agreed(old, at) != _agreed(new, at)), None)


def _agreed(terms: ContractTerms, at: datetime) -> tuple[object, ...]:
    held = next((one for one in terms.former if at < one.until_at), terms)
    return tuple(getattr(held, name) for name in AMENDABLE)


def _rests(old: ContractTerms, new: ContractTerms) -> datetime | None:
    """The first instant that is a day of rest in one of the two alone."""
    edges = sorted({at for rest in (*old.rests, *new.rests) for at in rest if at is not None})
    return next((at for at in edges if old.rests_at(at) != new.rests_at(at)), None)


def _ends(old: ContractTerms, new: ContractTerms) -> datetime | None:
    if old.last_on == new.last_on:
        return None
    return min(end for end in (old.end_at, new.end_at) if end is not None)
