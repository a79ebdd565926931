"""The connector fee of infinity contracts on its three bases, and the payouts that are left (rule 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from common.errors import RuleBroken
from common.money import round_half_up
from invoicing.domain.exact import exact_sum
from invoicing.domain.lines import TAX_CONNECTOR_FEE, Factor, Line, LineKind, Product
from invoicing.domain.periods import hours_between
from invoicing.domain.rated import Payout, PoolRecord, Rated
from invoicing.domain.terms import ConnectorFee, FeeBasis
from invoicing.domain.usage import PricedSpan

SATOSHI = Fraction(1, 100_000_000)


class NoHashprice(RuleBroken):
    """A fee on expected revenue without any price in the billed span: the invoice waits for one."""

    code = "no_hashprice"


def connector_fee_line(rated: Rated) -> Rated:
    """The fee as one line; without a price, the refusal of this customer's invoice (`NoHashprice`)."""
    fee = rated.terms.connector_fee
    if fee is None or rated.billed is None:
        return rated
    payouts: tuple[Payout, ...] = ()
    if fee.basis is FeeBasis.EXPECTED_REVENUE:
        products = _of_expected_revenue(rated, fee, rated.billed)
    elif fee.basis is FeeBasis.ENERGY_CHARGE:
        products = _of_energy(rated, fee)
    else:
        records = _records(rated)
        payouts = tuple(_payout(rated, record, fee) for record in records)
        products = _of_pool(records, payouts)
    line = Line(
        kind=LineKind.CONNECTOR_FEE,
        contract_id=rated.terms.contract_id,
        amount=round_half_up(exact_sum([product.value for product in products]), rated.decimals),
        products=products,
        tax_code=TAX_CONNECTOR_FEE,
    )
    return replace(rated, lines=(*rated.lines, line), payouts=payouts)


def mean_price(rows: Sequence[PricedSpan], spans: Sequence[tuple[datetime, datetime]]) -> Fraction | None:
    """The hashprice averaged by time; time without a price is left out, no price at all gives none."""
    cut = [(max(r.from_at, from_at), min(r.to_at, to_at), r.price) for r in rows for from_at, to_at in spans]
    priced = [(hours_between(a, b), price) for a, b, price in cut if a < b]
    hours = exact_sum([time for time, _ in priced])
    return exact_sum([time * price for time, price in priced]) / hours if hours else None


def _percent(fee: ConnectorFee) -> Factor:
    return Factor("percent", Fraction(fee.percent) / 100, "", 8)


def _of_expected_revenue(rated: Rated, fee: ConnectorFee, billed: tuple[datetime, datetime]) -> tuple[Product, ...]:
    spec = rated.terms.spec
    assert spec is not None
    awake = rated.terms.awake(*billed)
    if not awake:
        return ()
    price = mean_price(rated.source.hashprice, awake)
    if price is None:
        raise NoHashprice(
            f"Contract {rated.terms.contract_id} has a connector fee on expected revenue, and no hashprice is known "
            f"for {rated.source.period.name}.",
            field="hashprice",
            remedy="record the hashprice of the period, then invoice the customer again",
        )
    factors = (
        _percent(fee),
        Factor("mean hashprice", price, "$/PH/s/day"),
        Factor("hashrate", Fraction(spec.quantity) * Fraction(spec.ths) / 1000, "PH/s"),
        Factor("time", exact_sum([hours_between(*part) for part in awake]) / 24, "days"),
    )
    return (Product("expected revenue", factors),)


def _of_energy(rated: Rated, fee: ConnectorFee) -> tuple[Product, ...]:
    charged = sum((Fraction(line.amount) for line in rated.lines if line.kind is LineKind.ENERGY), Fraction(0))
    return (Product("energy charge", (_percent(fee), Factor("energy amounts", charged, "", rated.decimals))),)


def _records(rated: Rated) -> list[PoolRecord]:
    """The records that end in the period; one that ends at its very end still belongs to it."""
    period = rated.source.period
    return [record for record in rated.source.pool if period.from_at < record.to_at <= period.to_at]


def _payout(rated: Rated, record: PoolRecord, fee: ConnectorFee) -> Payout:
    share = int(round_half_up(record.satoshi * Fraction(fee.percent) / 100, 0))
    return Payout(rated.terms.contract_id, record.satoshi, share)


def _of_pool(records: Sequence[PoolRecord], payouts: Sequence[Payout]) -> tuple[Product, ...]:
    return tuple(
        Product(
            f"pool income until {record.to_at:%Y-%m-%d}",
            (Factor("fee", payout.fee_satoshi * SATOSHI, "BTC", 8), Factor("price", Fraction(record.price), "", 8)),
        )
        for record, payout in zip(records, payouts, strict=True)
    )
