"""Contracts, charges, pool records, hashprice and the organization."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from support.generator.chance import DAY, decimal, happens, instant_text, moment, rate
from support.generator.timeline import Timeline

METHODS = (
    ("metered",),
    ("hash",),
    ("calculated",),
    ("metered", "hash"),
    ("hash", "metered"),
    ("calculated", "metered"),
)
LONG_METHODS = (
    *METHODS,
    ("metered", "calculated", "hash"),
    ("hash", "calculated", "metered"),
    ("metered", "calculated"),
)
CURRENCIES = ("USD", "USD", "EUR", "CAD", "JPY", "KWD")
CODES = ("energy", "fixed", "connector_fee", "late_fee", "service", "repair", "freight")


def organization(rng: Random, level: int, line: Timeline) -> dict[str, Any]:
    """Zone, billing day, currency and the settings that are the host's."""
    found: dict[str, Any] = {"timezone": line.zone, "billing_day": line.billing_day}
    found |= {"currency": rng.choice(CURRENCIES), "due_days": rng.choice((0, 5, 10, 15, 15, 30, 45)), "tax": {}}
    if happens(rng, 45):
        chosen = [code for code in CODES if happens(rng, 50)]
        found["tax"] = {code: rng.choice(("8.25", "0.5", "20", "6.875", "100", "3.1", "0")) for code in chosen}
        found["tax_inclusive"] = happens(rng, 40)
    if level > 1 and happens(rng, 50):
        found["reset_estimate"] = rng.choice(("none", "mean", "mean"))
    if happens(rng, 40):
        found["late_fee"] = _late_fee(rng)
    return found


def _late_fee(rng: Random) -> dict[str, Any]:
    mode = rng.choice(("flat", "monthly_percent", "daily_interest"))
    found: dict[str, Any] = {"mode": mode, "grace_days": rng.choice((0, 0, 3, 5, 20))}
    if mode == "flat":
        found["amount"] = rng.choice(("25", "40", "7"))
    else:
        found["percent"] = rng.choice(("1.5", "18", "3.25"))
    if happens(rng, 50):
        found["cap"] = rng.choice(("10.00", "50", "3"))
    return found


def life(rng: Random, level: int, line: Timeline) -> dict[str, str | None]:
    """Start and last day: mostly around the periods, at times within one."""
    first, last = line.periods[0].first_on, line.periods[-1].ends_on
    days = (last - first).days
    start, end = first, None
    if level > 1 and happens(rng, 50):
        start = first - timedelta(days=rng.randint(0, 200))
    elif level > 1 and happens(rng, 40):
        start = first + timedelta(days=rng.randrange(days))
    if level > 1 and happens(rng, 40):
        end = max(start, first + timedelta(days=rng.randint(-1, days + 10)))
    return {"start": start.isoformat(), "end": end.isoformat() if end else None}


def rates(rng: Random, line: Timeline, first: str | None) -> list[list[str]]:
    """Later rates at instants of any kind, some of which return."""
    found: list[list[str]] = []
    at = line.start - rng.choice((0, 40 * DAY))
    for _ in range(rng.choice((1, 1, 2, 3, 5))):
        at = moment(rng, at, max(line.end, at + DAY), rng.choice((1, 60, 300)))
        at = rng.choice((at, at, line.opens(line.on(at)) + DAY if at + DAY < line.end else at))
        known = [value for _, value in found] + ([first] if first else [])
        found.append([instant_text(at), rng.choice((rate(rng), rate(rng), rng.choice(known) if known else rate(rng)))])
        at = at + rng.choice((1, 140, 3 * DAY))
    return [row for n, row in enumerate(found) if row[0] not in [later[0] for later in found[n + 1 :]]]


def contract(rng: Random, level: int, line: Timeline, kind: str) -> dict[str, Any]:
    """A contract of one kind; customer and id are the caller's."""
    found: dict[str, Any] = {"type": "hosted", "plan": "usage", "rate_per_kwh": rate(rng), "billing_methods": []}
    found |= life(rng, level, line)
    if kind == "om":
        found |= {"type": "om", "rate_per_kwh": None, "sites": _sites(rng, level, line)}
    elif kind == "infinity":
        found |= _infinity(rng)
    elif kind == "fixed":
        found |= {"rate_per_kwh": None, "fixed_monthly_per_unit": decimal(rng, 9000, 39999, 2)}
    else:
        found |= _by_method(rng, level, kind)
    if kind not in ("om", "fixed") and happens(rng, 15 + 15 * level):
        found["rates"] = rates(rng, line, found["rate_per_kwh"])
        if level > 2 and happens(rng, 30):
            rng.shuffle(found["rates"])
    return found


def _by_method(rng: Random, level: int, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {"type": rng.choice(("hosted", "hosted", "lease"))}
    found["billing_methods"] = list(rng.choice(METHODS[:1] if level == 1 else LONG_METHODS))
    if level > 1 and happens(rng, 15):
        found["efficiency_jth"] = rng.choice(("15", "17.5", "21.333"))
    if kind == "prepaid":
        found["plan"] = "prepaid_31d"
        found["prepaid"] = {
            "cycle": rng.choice(("fixed_31d", "anchored_month")),
            "zero_span": rng.choice(("whole", "beyond_24")),
            "true_up_beyond_band": happens(rng, 35),
        }
        return found
    if happens(rng, 50):
        fixed = {"mode": "fixed_rate", "rate_per_kwh": rate(rng)}
        market = {"mode": "market_hashprice", "percent": rng.choice(("60", "75", "82.5", "33.333", "0", "100"))}
        found["failover"] = rng.choice((fixed, market))
    if happens(rng, 30):
        found["power_cap_kw"] = rng.choice(("3", "4.98", "6.33", "20", "35", "0.5"))
        if happens(rng, 80):
            found["cap_overage_rate"] = rng.choice(("0.5", "0.274", "0.547860", "0.02"))
    return found


def _sites(rng: Random, level: int, line: Timeline) -> list[dict[str, str]]:
    found = []
    for number in range(1, rng.randint(2, 4)):
        site = {"id": f"S{number}", "monthly": decimal(rng, 100_000, 600_000, 2)}
        days = (line.periods[-1].ends_on - line.periods[0].first_on).days
        if level > 1 and happens(rng, 40):
            site["from"] = _shift(line.periods[0].first_on, rng.randint(-10, days // 2))
        if level > 1 and happens(rng, 40):
            site["to"] = _shift(line.periods[0].first_on, rng.randint(days // 2, days + 10))
        found.append(site)
    return found


def _shift(on: date, days: int) -> str:
    return (on + timedelta(days=days)).isoformat()


def _infinity(rng: Random) -> dict[str, Any]:
    spec = {"model": "S21", "ths": rng.choice(("200", "234", "270.5")), "jth": rng.choice(("17.5", "13.5", "16"))}
    basis = rng.choice(("expected_revenue", "pool_revenue", "energy_charge"))
    fee = {"percent": rng.choice(("4", "5.5", "3.25", "0")), "basis": basis}
    return {"type": "infinity", "spec": spec, "quantity": rng.randint(1, 40), "connector_fee": fee}


def charges(rng: Random, line: Timeline, contracts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Services on days around the periods, some of contracts that have ended or are prepaid."""
    found: list[dict[str, Any]] = []
    first = line.periods[0].first_on
    days = (line.periods[-1].ends_on - first).days
    for _ in range(rng.choice((0, 0, 1, 2, 4))):
        code = rng.choice(("service", "repair", "freight", "energy", None))
        on = first + timedelta(days=rng.choice((0, days, -20, rng.randrange(days), rng.randrange(days))))
        row = {"contract": rng.choice(contracts)["id"], "on": on.isoformat(), "description": "Work"}
        row |= {
            "quantity": rng.choice(("1", "3.5", "0.25", "12", "0", "0.33333")),
            "unit_price": decimal(rng, 500, 40000, 2),
        }
        found.append(row if code is None and happens(rng, 50) else row | {"tax_code": code or "parts"})
    return found


def hashprice(rng: Random, line: Timeline) -> list[list[str]]:
    """Rows by the day, by the week or of odd lengths, with holes, at times none at all."""
    style = rng.choice((DAY, 7 * DAY, 7 * DAY, 0))
    found, at = [], line.start - 5 * DAY
    at -= at % DAY
    holes = rng.choice((0, 0, 20, 95))
    while at < line.end + DAY:
        length = style or rng.choice((3600, DAY, 9 * DAY + 61))
        if not happens(rng, holes):
            found.append([instant_text(at), instant_text(at + length), decimal(rng, 3500, 7000, rng.choice((2, 2, 4)))])
        at += length
    return found


def pool(rng: Random, line: Timeline, contract_id: str, span: tuple[int, int]) -> list[dict[str, str]]:
    """Gross income of a contract, record after record, some over an edge of a period."""
    found, at = [], max(span[0], line.start)
    end = min(span[1], line.end)
    edges = [one.end for one in line.periods if at < one.end <= end]
    while at < end:
        stop = min(
            [end, at + rng.choice((DAY, 9 * DAY, 31 * DAY, 7777)), *[e for e in edges if e > at and happens(rng, 50)]]
        )
        row = {"contract": contract_id, "from": instant_text(at), "to": instant_text(stop)}
        found.append(row | {"btc": decimal(rng, 1000, 9_000_000, 8), "price": decimal(rng, 4_000_000, 11_000_000, 2)})
        at = stop
    return found
