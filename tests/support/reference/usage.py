"""Lines of a contract that bills by method: energy, failover, overage (rules 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from support.reference.case import Contract, Unit
from support.reference.counted import Counted, Evidence
from support.reference.days import Instant
from support.reference.evidence import cuts
from support.reference.lines import Line, Reckoning
from support.reference.numbers import half_up, minor, settle

QUARTER = 900
Stretch = tuple[Unit, Counted]


def usage(contract: Contract, evidence: Evidence, start: Instant, end: Instant) -> Reckoning:
    """Energy by method and rate, failover and overage of a contract within a span of its life."""
    stretches = [(unit, one) for unit in evidence.units for one in evidence.counted(unit, contract, start, end)]
    done = Reckoning()
    for method in contract.methods:
        done.lines += _energy(contract, method, _rates(contract, start, end), stretches)
    _fail_over(contract, evidence, stretches, done)
    done.lines += _overage(contract, stretches)
    for _, one in stretches:
        if one.method is not None and one.metered_kw is not None:
            done.billed_kwh += one.kwh
            done.metered_kwh += one.metered_kw * one.hours
    return done


def _rates(contract: Contract, start: Instant, end: Instant) -> list[Fraction]:
    """Rates in force within a span, by the first instant of each (rule 4.4)."""
    moments = [start, *(since for since, _ in contract.rate_changes() if start < since < end)]
    return list(dict.fromkeys(contract.rate(moment) for moment in moments))


def _energy(contract: Contract, method: str, rates: list[Fraction], stretches: Sequence[Stretch]) -> list[Line]:
    lines = []
    for rate in rates:
        mine = [(u, one) for u, one in stretches if one.method == method and contract.rate(one.start) == rate]
        if mine:
            by_unit: dict[str, Fraction] = defaultdict(Fraction)
            for unit, one in mine:
                by_unit[unit.id] += one.kwh
            estimated = any(one.estimated for _, one in mine)
            lines.append(_line(contract, ("energy", method), by_unit, rate, estimated))
    return lines


def _line(
    contract: Contract, kind: tuple[str, str], by_unit: dict[str, Fraction], rate: Fraction, estimated: bool = False
) -> Line:
    """Quantity to 0.001 kWh, amount from it, the units' parts of the quantity (rules 1.2 and 1.3)."""
    kwh = half_up(sum(by_unit.values(), Fraction(0)), 3)
    return Line(
        contract=contract.id,
        kind=kind[0],
        method=kind[1],
        amount=half_up(kwh * rate, minor(contract.currency)),
        code="energy",
        kwh=kwh,
        rate=rate,
        estimated=estimated,
        units=dict(zip(by_unit, settle(list(by_unit.values()), 3), strict=True)),
    )


def _fail_over(contract: Contract, evidence: Evidence, stretches: Sequence[Stretch], done: Reckoning) -> None:
    """Time without any method: failover where the contract has it, else unbilled hours (rules 4.2 and 4.3)."""
    lost: dict[str, list[Counted]] = defaultdict(list)
    for unit, one in stretches:
        if one.method is None:
            lost[unit.id].append(one)
    units = {unit.id: unit for unit in evidence.units}
    terms = contract.terms.get("failover") if contract.terms["type"] in ("hosted", "lease") else None
    if terms is not None and terms["mode"] == "fixed_rate":
        if lost:
            kwh = {name: units[name].rated_kw * _spent(spans) for name, spans in lost.items()}
            done.lines.append(_line(contract, ("failover", "fixed_rate"), kwh, Fraction(terms["rate_per_kwh"])))
        return
    products = []
    for name, spans in lost.items():
        spent = _spent(spans)
        price = evidence.mean_price([(one.start, one.end) for one in spans]) if terms is not None else None
        if price is None:
            done.unbilled[name] = spent
        else:
            share = Fraction(terms["percent"]) / 100 if terms is not None else Fraction(0)
            products.append(share * price * units[name].rated_ths / 1000 * spent / 24)
    if products:
        amount = half_up(sum(products, Fraction(0)), minor(contract.currency))
        done.lines.append(Line(contract.id, "failover", amount, "energy", method="market_hashprice"))


def _spent(spans: Sequence[Counted]) -> Fraction:
    return sum((one.hours for one in spans), Fraction(0))


def _overage(contract: Contract, stretches: Sequence[Stretch]) -> list[Line]:
    """Energy above the cap, quarter hour by quarter hour (rule 4.7)."""
    if contract.terms.get("power_cap_kw") is None or contract.terms.get("cap_overage_rate") is None:
        return []
    allowed = contract.number("power_cap_kw") / 4
    quarters = _by_quarter(stretches)
    over: dict[str, Fraction] = defaultdict(Fraction)
    methods = set()
    for parts in quarters.values():
        energy = sum((kwh for _, _, kwh in parts), Fraction(0))
        if energy > allowed:
            for unit, method, kwh in parts:
                over[unit] += (energy - allowed) * kwh / energy
                if kwh > 0:
                    methods.add(method)
    if half_up(sum(over.values(), Fraction(0)), 3) == 0:
        return []
    first = next(method for method in contract.methods if method in methods)
    named = {name: over[name] for name in dict.fromkeys(unit.id for unit, _ in stretches) if name in over}
    return [_line(contract, ("overage", first), named, contract.number("cap_overage_rate"))]


def _by_quarter(stretches: Sequence[Stretch]) -> dict[int, list[tuple[str, str, Fraction]]]:
    """Counted energy by UTC quarter hour: (unit, method, kWh)."""
    quarters: dict[int, list[tuple[str, str, Fraction]]] = defaultdict(list)
    for unit, one in stretches:
        if one.method is None:
            continue
        first, last = int(one.start // QUARTER), int(-(-one.end // QUARTER))
        inside = [n * QUARTER for n in range(first + 1, last)]
        for start, end in cuts([one.start, *inside, one.end]):
            kwh = one.kw * Fraction(end - start) / 3600
            quarters[int(start // QUARTER)].append((unit.id, one.method, kwh))
    return quarters
