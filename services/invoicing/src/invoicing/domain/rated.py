"""What rating works on and what comes out of it: one contract in one period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from common.money import minor_unit
from invoicing.domain.lines import Line
from invoicing.domain.periods import Period
from invoicing.domain.site_facts import NO_FACTS, SiteFacts
from invoicing.domain.sums import Sums
from invoicing.domain.terms import ContractTerms
from invoicing.domain.usage import PricedSpan, UnitUsage


@dataclass(frozen=True, slots=True)
class PoolRecord:
    """Gross pool income as it was recorded, in satoshis, and the price of one bitcoin then (rule 5)."""

    from_at: datetime
    to_at: datetime
    satoshi: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class Payout:
    """What is left of a pool record after the connector fee, in satoshis."""

    contract_id: str
    gross_satoshi: int
    fee_satoshi: int

    @property
    def net_satoshi(self) -> int:
        return self.gross_satoshi - self.fee_satoshi


@dataclass(frozen=True, slots=True)
class CapNotice:
    """The power cap was exceeded: how often, the highest quarter hour's mean and when it began (rule 4.7)."""

    contract_id: str
    cap_kw: Decimal
    quarters: int
    peak_kw: Fraction
    peak_at: datetime
    above_kwh: Fraction


@dataclass(frozen=True, slots=True)
class Source:
    """Everything that prices one contract in one period.

    `usage` comes unit by unit in the contract's order of units, cut where the contract's rate changes; `hashprice` and
    `pool` are needed by infinity contracts only, `facts` by contracts with extras (market price, uptime, ...) only.
    """

    terms: ContractTerms
    period: Period
    usage: Sequence[UnitUsage] = ()
    hashprice: Sequence[PricedSpan] = ()
    pool: Sequence[PoolRecord] = ()
    facts: SiteFacts = NO_FACTS

    @property
    def billed(self) -> tuple[datetime, datetime] | None:
        """The span of the period in which the contract counts (rule 2.3); none, when it is not in force."""
        return self.terms.within(self.period.from_at, self.period.to_at)


@dataclass(frozen=True, slots=True)
class Rated:
    """The lines of one contract and what is printed beside them. Hours and kWh are exact."""

    source: Source
    billed: tuple[datetime, datetime] | None
    sums: Sums
    lines: tuple[Line, ...] = ()
    unbilled: dict[str, Fraction] = field(default_factory=dict)
    caps: tuple[CapNotice, ...] = ()
    payouts: tuple[Payout, ...] = ()

    @property
    def terms(self) -> ContractTerms:
        return self.source.terms

    @property
    def decimals(self) -> int:
        return minor_unit(self.source.terms.currency)

    @property
    def rates(self) -> list[Decimal]:
        """The rates of the billed span, each once, by their first instant in it (rule 4.4)."""
        assert self.billed is not None
        if len(self.terms.rates) == 1:
            return [self.terms.rates[0].rate]
        return list(dict.fromkeys(rate for _, _, rate in self.terms.rate_spans(*self.billed)))
