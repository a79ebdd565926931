"""Lines that need no evidence of machines: fixed amounts, O&M sites, infinity with its connector fee (rules 5)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from support.reference.case import Contract, Json
from support.reference.counted import Evidence
from support.reference.days import Instant, Period, day, days_covered, days_in, end_of, first_instant, hours, instant
from support.reference.evidence import cuts
from support.reference.lines import Line, NoPrice, Reckoning
from support.reference.numbers import half_up, minor, text

SATOSHI = 8


def fixed_units(contract: Contract, evidence: Evidence, within: Period, zone: str) -> Reckoning:
    """A fixed monthly amount per unit by days, one line for the contract."""
    covered = [
        days_covered(max(start, within.start), min(end, within.end), within, zone)
        for unit in evidence.units
        for start, end in unit.windows(contract)
        if start < within.end and end > within.start
    ]
    if not covered:
        return Reckoning()
    exact = contract.number("fixed_monthly_per_unit") * sum(covered, Fraction(0)) / days_in(within, zone)
    return Reckoning(lines=[_fixed(contract, exact)])


def _fixed(contract: Contract, exact: Fraction) -> Line:
    return Line(contract.id, "fixed", half_up(exact, minor(contract.currency)), "fixed")


def sites(contract: Contract, within: Period, zone: str) -> Reckoning:
    """A monthly fee per site for the site's span, else the contract's."""
    done = Reckoning()
    for site in contract.terms.get("sites") or []:
        start, end = max(contract.start, within.start), min(contract.end, within.end)
        if site.get("from"):
            start = max(start, first_instant(day(site["from"]), zone))
        if site.get("to"):
            end = min(end, end_of(day(site["to"]), zone))
        if start < end:
            share = days_covered(start, end, within, zone) / days_in(within, zone)
            done.lines.append(_fixed(contract, Fraction(site["monthly"]) * share))
    return done


def infinity(contract: Contract, evidence: Evidence, pool: Sequence[Json], within: Period) -> Reckoning:
    """Energy of the spec by rate, then the connector fee."""
    start, end = max(contract.start, within.start), min(contract.end, within.end)
    lines = _spec_energy(contract, start, end)
    done = Reckoning(lines=lines)
    terms = contract.terms.get("connector_fee")
    if terms is None:
        return done
    percent = Fraction(terms["percent"]) / 100
    basis = terms.get("basis") or "expected_revenue"
    if basis == "energy_charge":
        exact = percent * sum((line.amount for line in lines), Fraction(0))
    elif basis == "pool_revenue":
        exact, done.payouts = _pool_fee(contract, pool, percent, within)
    else:
        exact = percent * _expected(contract, evidence, start, end)
    amount = half_up(exact, minor(contract.currency))
    done.lines.append(Line(contract.id, "connector_fee", amount, "connector_fee"))
    return done


def _spec_energy(contract: Contract, start: Instant, end: Instant) -> list[Line]:
    spec = contract.terms["spec"]
    kw = contract.number("quantity") * Fraction(spec["ths"]) * Fraction(spec["jth"]) / 1000
    spent: dict[Fraction, Fraction] = {}
    inside = [since for since, _ in contract.rate_changes() if start < since < end]
    for opens, closes in cuts([start, *inside, end]):
        rate = contract.rate(opens)
        spent[rate] = spent.get(rate, Fraction(0)) + kw * hours(opens, closes)
    lines = []
    for rate, exact in spent.items():
        kwh = half_up(exact, 3)
        amount = half_up(kwh * rate, minor(contract.currency))
        lines.append(Line(contract.id, "energy", amount, "energy", method="spec", kwh=kwh, rate=rate))
    return lines


def _expected(contract: Contract, evidence: Evidence, start: Instant, end: Instant) -> Fraction:
    price = evidence.mean_price([(start, end)])
    if price is None:
        raise NoPrice(contract.id)
    petahash = contract.number("quantity") * Fraction(contract.terms["spec"]["ths"]) / 1000
    return price * petahash * hours(start, end) / 24


def _pool_fee(
    contract: Contract, pool: Sequence[Json], percent: Fraction, within: Period
) -> tuple[Fraction, list[dict[str, str]]]:
    """Records that end in the period: fee in satoshis per record, payout = gross - fee."""
    exact, payouts = Fraction(0), []
    for record in pool:
        if record["contract"] == contract.id and within.start < instant(record["to"]) <= within.end:
            gross = Fraction(record["btc"])
            fee = half_up(gross * percent, SATOSHI)
            exact += fee * Fraction(record["price"])
            shown = {"gross_btc": gross, "fee_btc": fee, "net_btc": gross - fee}
            payouts.append({name: text(number, SATOSHI) for name, number in shown.items()})
    return exact, payouts
