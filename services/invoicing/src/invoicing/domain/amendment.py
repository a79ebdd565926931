"""From which instant two versions of a contract's terms price differently: what came before stays as it was billed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from invoicing.domain.terms import ContractTerms


def first_difference(old: ContractTerms, new: ContractTerms) -> datetime | None:
    """The first instant that the change may have repriced; none where nothing that prices is different.

    A new number alone reprices nothing. Rates, the end and a later or earlier start are followed to their instant;
    any other change counts from the start.
    """
    edges = [edge for edge in (_rates(old, new), _ends(old, new)) if edge is not None]
    same_otherwise = replace(old, rates=new.rates, last_on=new.last_on, number=new.number) == new
    if old.extras != new.extras or not same_otherwise:
        edges.append(min(old.start_at, new.start_at))
    return min(edges) if edges else None


def _rates(old: ContractTerms, new: ContractTerms) -> datetime | None:
    if old.rates == new.rates:
        return None
    instants = sorted({old.start_at, new.start_at, *(r.from_at for r in (*old.rates, *new.rates))})
    if not (old.rates and new.rates):
        return instants[0]
    return next((at for at in instants if old.rate_at(at) != new.rate_at(at)), None)


def _ends(old: ContractTerms, new: ContractTerms) -> datetime | None:
    if old.last_on == new.last_on:
        return None
    return min(end for end in (old.end_at, new.end_at) if end is not None)
