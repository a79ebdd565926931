"""New terms for a contract in force, from an instant on: what was before stays as it was billed (rule 4.6).

Customer, type, plan, currency, start and the way of charging are never amended (rule 5): that is another contract.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from common.clock import instant_text, local_day
from common.errors import RuleBroken
from contracts.domain.activation import checked_active
from contracts.domain.contract import Contract, ContractType
from contracts.domain.escalators import Amendment, Escalator, EscalatorOutOfRange, PercentEscalator
from contracts.domain.extensions import Extensions
from contracts.domain.life import AmendmentOutsideContract, NotALease, with_rate
from contracts.domain.particulars import Clause, ExitFee
from contracts.domain.pricing import OmTerms, ServicedSite, checked_site_days
from contracts.domain.renewal import AutoRenewal, NoticeAlreadyGiven, RenewsBy
from contracts.domain.repricing import NewPrices, repriced


class AmendmentEmpty(RuleBroken):
    """An amendment that amends nothing."""

    code = "amendment_empty"


class SitesNotAmended(RuleBroken):
    """A change of sites that would rewrite days that are over."""

    code = "sites_not_amended"


@dataclass(frozen=True, slots=True)
class NewTerms:
    """What changes from an instant on; None stays as it is."""

    from_at: datetime
    rate_per_kwh: Decimal | None = None
    escalators: tuple[Escalator, ...] = ()
    auto_renew: bool | None = None
    renews_by: RenewsBy | None = None
    notice_days: int | None = None
    max_extensions: int | None = None
    sites: tuple[ServicedSite, ...] | None = None
    clauses: tuple[Clause, ...] | None = None
    prices: NewPrices = field(default_factory=NewPrices)
    exit_fee: ExitFee | None = None
    drops_exit_fee: bool = False
    issuing_entity_id: str | None = None
    drops_issuer: bool = False


def amended(contract: Contract, new: NewTerms) -> Contract:
    """The contract with the new terms."""
    _check_instant(checked_active(contract), new.from_at)
    day = local_day(new.from_at, contract.timezone)
    if new.rate_per_kwh is not None:
        contract = with_rate(contract, Amendment(new.from_at, new.rate_per_kwh))
    if new.escalators:
        contract = replace(contract, escalators=(*contract.escalators, *_later(new.escalators, day)))
    if new.max_extensions is not None:
        contract = _extendable(contract, new.max_extensions)
    if new.sites is not None:
        contract = replace(contract, pricing=_with_sites(contract, new.sites, day))
    if new.clauses is not None:
        contract = replace(contract, clauses=new.clauses)
    if new.issuing_entity_id is not None or new.drops_issuer:
        contract = replace(contract, issuing_entity_id=new.issuing_entity_id)
    contract = replace(contract, exit_fee=None) if new.drops_exit_fee else contract
    contract = repriced(contract, new.prices, new.from_at)
    if new.exit_fee is not None:
        contract = replace(contract, exit_fee=new.exit_fee)
    return _renewing(contract, new)


def _check_instant(contract: Contract, from_at: datetime) -> None:
    if from_at < contract.from_at or (contract.to_at is not None and from_at >= contract.to_at):
        until = "" if contract.to_at is None else f" and before {instant_text(contract.to_at)}"
        raise AmendmentOutsideContract(
            f"At {instant_text(from_at)} the contract does not count.",
            field="effective_at",
            remedy=f"from {instant_text(contract.from_at)} on{until}",
        )


def _later(escalators: Sequence[Escalator], day: date) -> Sequence[Escalator]:
    for one in escalators:
        first_on = one.first_on if isinstance(one, PercentEscalator) else one.values[0][0]
        if first_on <= day:
            raise EscalatorOutOfRange(
                f"The rate would change on {first_on}, not after the amendment.",
                field="escalators",
                remedy=f"after {day}",
            )
    return escalators


def _extendable(contract: Contract, limit: int) -> Contract:
    if contract.type is not ContractType.LEASE:
        raise NotALease("Only a lease is extended by hand.", field="max_extensions", remedy="leave it out")
    used = contract.extensions.used
    if limit < used:
        raise AmendmentOutsideContract(
            f"{used} extensions are used already.", field="max_extensions", remedy=f"{used} or more"
        )
    return replace(contract, extensions=Extensions(limit, used))


def _renewing(contract: Contract, new: NewTerms) -> Contract:
    if new.auto_renew is None and new.renews_by is None and new.notice_days is None:
        return contract
    if contract.notice_given_on is not None:
        raise NoticeAlreadyGiven(
            f"Notice was given on {contract.notice_given_on}.", field="auto_renew", remedy="withdraw the notice first"
        )
    before = contract.auto_renewal
    days = contract.notice_days if new.notice_days is None else new.notice_days
    by = new.renews_by or (before.renews_by if before is not None else RenewsBy.TERM)
    stays_on = before is not None if new.auto_renew is None else new.auto_renew
    return replace(contract, auto_renewal=AutoRenewal(days, by) if stays_on else None, notice_days=days)


def _with_sites(contract: Contract, sites: Sequence[ServicedSite], day: date) -> OmTerms:
    """Sites are added from a day on, and left from a day on; what was agreed for the days before stays."""
    if not isinstance(contract.pricing, OmTerms):
        raise SitesNotAmended("Only an O&M contract has sites.", field="sites", remedy="leave them out")
    named = {(site.site_id, site.from_on): site for site in checked_site_days(sites)}
    for old in contract.pricing.sites:
        new = named.pop((old.site_id, old.from_on), None)
        if new is None or replace(new, to_on=old.to_on) != old:
            raise SitesNotAmended(
                f"Site {old.site_id} is left out, or has another fee or first day.",
                field="sites",
                remedy="keep it as it is, with to_on where it ends; another fee is another entry, with from_on",
            )
        moved = new.to_on != old.to_on
        if moved and any(to_on is not None and to_on < day - timedelta(days=1) for to_on in (old.to_on, new.to_on)):
            raise SitesNotAmended(
                f"Site {old.site_id} would end otherwise before {day}.", field="sites.to_on", remedy=f"{day} or later"
            )
    for added in named.values():
        if added.from_on is None or added.from_on < day:
            raise SitesNotAmended(
                f"Site {added.site_id} would begin before the amendment.",
                field="sites.from_on",
                remedy=f"{day} or later",
            )
    return OmTerms(tuple(sites))
