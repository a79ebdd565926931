"""Small billing cases, written as scenario files, and what the domain code makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from common.clock import instant_text
from hostbook.scenario.outcome import outcome
from hostbook.scenario.reading import case_of
from hostbook.scenario.world import computed

Json = dict[str, Any]


def organization(timezone: str = "UTC", billing_day: int = 1, **more: Any) -> Json:
    return {
        "timezone": timezone,
        "billing_day": billing_day,
        "currency": "USD",
        "due_days": 15,
        "tax": {},
        **more,
    }


def hosted(contract_id: str = "C1", customer: str = "A", **more: Any) -> Json:
    return {
        "id": contract_id,
        "customer": customer,
        "type": "hosted",
        "start": "2024-01-01",
        "end": None,
        "plan": "usage",
        "rate_per_kwh": "0.075",
        "billing_methods": ["metered"],
        **more,
    }


def fixed(monthly: str, contract_id: str = "C1", **more: Any) -> Json:
    return hosted(contract_id, billing_methods=[], rate_per_kwh=None, fixed_monthly_per_unit=monthly, **more)


def unit(unit_id: str, *assignments: tuple[str, str, str | None], **more: Any) -> Json:
    spans = assignments or (("C1", "2024-01-01T00:00:00Z", None),)
    return {
        "id": unit_id,
        "rated_w": 3500,
        "rated_ths": "200",
        "efficiency_jth": "17.5",
        "assignments": [{"contract": c, "from": a, "to": b} for c, a, b in spans],
        **more,
    }


def channel(name: str, unit_id: str, **more: Any) -> Json:
    return {"id": name, "outlet": name, "unit": unit_id, "modulus_kwh": "1000000", "tick_kwh": "0.001", **more}


def steady(from_at: datetime, to_at: datetime, *, power_kw: Fraction = Fraction(3), count: int = 1) -> list[list[str]]:
    """Reads of a register that rises evenly from 1000 kWh: the first, the last, and `count` - 1 between them."""
    out = []
    for n in range(count + 1):
        at = from_at + (to_at - from_at) * n / count
        hours = Fraction(int((at - from_at).total_seconds()), 3600)
        out.append([instant_text(at), str(to_register(1000 + power_kw * hours))])
    return out


def to_register(number: Fraction) -> str:
    """To the register's three decimals."""
    return f"{int(number * 1000) // 1000}.{int(number * 1000) % 1000:03}"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def case(organization: Json, contracts: Iterable[Json], units: Iterable[Json], **more: Any) -> Json:
    contracts = list(contracts)
    customers = {contract["customer"]: {"credit": "0.00"} for contract in contracts}
    return {
        "scenario": "case",
        "about": "a peer's known bug",
        "rules": [],
        "organization": organization,
        "customers": customers,
        "contracts": contracts,
        "units": list(units),
        **more,
    }


def billed(document: Json, *steps: Json) -> list[Json]:
    """The invoices after the steps, in the shape of a scenario's `expect`."""
    return result(document, *steps)["invoices"]  # type: ignore[no-any-return]


def result(document: Json, *steps: Json) -> Json:
    whole = deepcopy(document)
    whole["steps"] = [*whole.get("steps", []), *steps]
    return outcome(computed(case_of(whole)))


def month(name: str) -> Json:
    return {"invoice": name}
