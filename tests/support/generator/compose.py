"""One random case, whole."""

from __future__ import annotations

from random import Random
from typing import Any

from support.generator import fleet, hands, registers, steps, terms
from support.generator.chance import decimal, happens
from support.generator.timeline import Timeline, margin, timeline
from support.reference.days import NEVER, local_day
from support.reference.numbers import minor
from support.reference.reckon import Book, reckon

KINDS = ("methods", "methods", "methods", "methods", "infinity", "fixed", "om", "prepaid")
Row = dict[str, Any]


def scenario(seed: int, level: int | None = None) -> dict[str, Any]:
    """The case of a seed; without a level, the levels take turns. `expect` is for the caller."""
    return worked(seed, level)[0]


def worked(seed: int, level: int | None = None) -> tuple[Row, Row]:
    """The case of a seed, and what the reference makes of it."""
    chosen = level or 1 + seed % 5
    if chosen == 5:
        case = registers.scenario(seed)
        return case, reckon(case)
    rng = Random(seed * 4 + chosen)
    line = timeline(rng, chosen)
    names = "ABC"[: rng.choice((1, 1, 2) if chosen < 3 else (1, 2, 3))]
    contracts = _contracts(rng, chosen, line, names)
    machines = _machines(rng, chosen, line, contracts)
    found: Row = {
        "scenario": f"generated-{seed}",
        "about": f"Generated, level {chosen}.",
        "rules": ["1", "2", "3", "4", "5", "6", "7"],
        "organization": terms.organization(rng, chosen, line),
        "customers": {name: {} for name in names},
        "contracts": contracts,
        "units": machines.units,
        "channels": machines.channels,
        "reads": machines.reads,
        "telemetry": machines.telemetry,
        "hashprice": terms.hashprice(rng, line),
        "charges": terms.charges(rng, line, contracts),
    }
    found["pool_revenue"] = _pool(rng, line, contracts)
    if chosen > 2:
        _disorder(rng, found)
    _customers(rng, chosen, found)
    plan = {
        "reads": machines.reads,
        "monthly": any(one["plan"] == "usage" for one in contracts) or happens(rng, 30),
        "cycles": rng.randint(1, 5) if any(one["plan"] == "prepaid_31d" for one in contracts) else 0,
    }
    found["steps"] = steps.steps(rng, chosen, line, plan)
    book = Book(found)
    found["steps"] = _with_payments(rng, book, found["steps"])
    return found, book.result()


def _disorder(rng: Random, found: Row) -> None:
    """Lists in which the order means nothing, out of order; an outlet's channel that feeds another unit."""
    rng.shuffle(found["hashprice"])
    for unit in found["units"]:
        rng.shuffle(unit["assignments"])
    for channel in found["channels"]:
        if channel["id"] != channel["outlet"] and happens(rng, 20):
            channel["unit"] = rng.choice(found["units"])["id"]


def _contracts(rng: Random, level: int, line: Timeline, names: str) -> list[Row]:
    found = []
    for number in range(1, rng.choice((1, 1, 2) if level == 1 else (1, 2, 3, 4)) + 1):
        kind = rng.choice(KINDS if level > 1 or number == 1 else KINDS[:4])
        row = {"id": f"C{number}", "customer": rng.choice(names)}
        row |= terms.contract(rng, level, line, kind)
        if level > 1 and happens(rng, 15):
            row["currency"] = rng.choice(terms.CURRENCIES)
        found.append(row)
    return found


def _machines(rng: Random, level: int, line: Timeline, contracts: list[Row]) -> fleet.Fleet:
    machines = fleet.Fleet()
    takers = [one for one in contracts if one["type"] in ("hosted", "lease")]
    if not takers:
        return machines
    count = rng.choice((1, 1, 2) if level == 1 else (1, 2, 3, 5))
    for _ in range(count):
        holder = rng.choice(takers)
        wish = fleet.Wish(level, max(8, rng.choice((12, 40, 90)) // count), happens(rng, 85), happens(rng, 75))
        start, end = line.start - margin(rng), line.end + margin(rng)
        if holder["plan"] == "prepaid_31d":
            start, end = hands.span_of(line, holder)[0], line.end + 40 * 86400
            end = max(end, start + 86400)
        unit = fleet.add_unit(rng, machines, wish, (start, end))
        unit["assignments"] = hands.assign(rng, level, line, holder, takers)
        _operational(rng, line, unit, contracts)
    return machines


def _operational(rng: Random, line: Timeline, unit: Row, contracts: list[Row]) -> None:
    """Units of a prepaid contract run from its start, or from a later day: a batch of its own."""
    plans = {one["id"]: one for one in contracts}
    prepaid = [one for one in unit["assignments"] if plans[one["contract"]]["plan"] == "prepaid_31d"]
    if prepaid:
        start = hands.span_of(line, plans[prepaid[0]["contract"]])[0]
        later = rng.choice((0, 0, 0, 86400 * 9, 86400 * 2, -86400))
        unit["operational_on"] = local_day(start + later + 7200, line.zone).isoformat()


def _pool(rng: Random, line: Timeline, contracts: list[Row]) -> list[Row]:
    found = []
    for one in contracts:
        if one["type"] == "infinity" and one["connector_fee"]["basis"] == "pool_revenue":
            start, end = hands.span_of(line, one)
            found += terms.pool(rng, line, one["id"], (start, min(end, NEVER)))
    return found


def _customers(rng: Random, level: int, found: Row) -> None:
    places = minor(found["organization"]["currency"])
    for name in found["customers"]:
        top = rng.choice((0, 0, 6_000, 600_000)) * 10**places // 100
        customer: Row = {"credit": decimal(rng, top // 2, top, places)}
        if level > 1 and happens(rng, 10):
            customer["hold"] = True
        found["customers"][name] = customer


def _with_payments(rng: Random, book: Book, plan: list[Row]) -> list[Row]:
    """Takes the steps, and pays some of the invoices that are there by then."""
    done = []
    for step in plan:
        book.take(step)
        done.append(step)
        unpaid = [n for n, one in enumerate(book.invoices) if one.status == "issued"]
        if unpaid and happens(rng, 25):
            done.append({"pay": rng.choice(unpaid)})
            book.take(done[-1])
    return done
