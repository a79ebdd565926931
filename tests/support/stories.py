"""The short story: an organization opens three days before the first of April, so that a bill is near."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from support.polls import steady
from support.world import World

OPENS = "2025-03-29T05:00:00Z"
"""The start of 29 March in Chicago."""
FIRST, BILLING_DAY = "2025-03-29", "2025-04-01"


def hosted(world: World, customer: str, *watts: int, until: datetime | None = None, **terms: Any) -> list[str]:
    """A customer whose machines draw so many watts each, on a metered contract from 29 March, with their polls.

    The customer `alpha` gets the units `alpha-1`..., the PDU `P-alpha` and the contract `C-alpha`.
    """
    units = [f"{customer}-{n}" for n in range(1, len(watts) + 1)]
    world.customer(customer)
    for unit in units:
        world.unit(unit, customer)
    world.pdu(f"P-{customer}", units)
    world.contract(f"C-{customer}", customer, units, FIRST, **terms)
    end_at = until if until is not None else world.instant(BILLING_DAY, 6)
    world.poll(f"P-{customer}", steady(world.instant(FIRST), end_at, watts))
    return units


def bill(world: World, *brings: str, units: int = 1, run: str = "1 issued 0 held 0 skipped") -> None:
    """On to the billing run of 1 April; `brings` is what comes beside three days' usage of the units and the run."""
    usage = ["3 UsageDayClosed", f"{3 * units} UsageMeasured"]
    world.advance(to=world.instant(BILLING_DAY, 2), expecting=[*usage, f"BillingRunFinished 2025-03 {run}", *brings])


def due(world: World, customer: str) -> str:
    """What the scenario command makes of March for the customer."""
    return next(str(one["amount_due"]) for one in world.priced("2025-03") if one["customer"] == customer)
