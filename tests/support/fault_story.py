"""A short month with several debts, played in phases, and everything countable that it leaves behind."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from hostbook.client.ledger import every_ledger
from hostbook.client.payments import every_payment
from hostbook.client.shapes import PaymentAnswer
from hostbook.client.usage import every_usage
from hostbook.engines.part import SERVICES
from support.facts import in_scenario_words
from support.polls import scans, steady, text
from support.stories import FIRST
from support.stripe_oracle import StripeOracle
from support.telling import FOLDED, UNTOLD, told
from support.world import World

GOOD, DECLINING = "pm_card_visa", "pm_card_chargeCustomerFail"
CUSTOMERS = {"alpha": 3480, "bravo": 3391, "charlie": 3500, "delta": 3312}
POLLS_A_CALL = 3
_HOUR = timedelta(hours=1)


def set_up(world: World) -> None:
    """Four customers with a machine each: one pays by card, two try to, one pays by wire."""
    units = [f"{name}-1" for name in CUSTOMERS]
    for name in CUSTOMERS:
        world.customer(name)
        world.unit(f"{name}-1", name)
    world.pdu("P1", units)
    failover = {"mode": "fixed_rate", "rate_per_kwh": "0.0850"}
    for name, unit in zip(CUSTOMERS, units, strict=True):
        world.contract(f"C-{name}", name, [unit], FIRST, billing_methods=["metered", "hash"], failover=failover)
    for name, token in (("alpha", GOOD), ("bravo", DECLINING), ("charlie", DECLINING)):
        world.save_card(name, token)
    world.settle()


def ingestion(world: World) -> None:
    """Hourly polls and telemetry up to noon of 2 April, a few a call; two machines lose their meter for a while."""
    polls = steady(world.instant(FIRST), world.instant("2025-04-02", 12), list(CUSTOMERS.values()), every=_HOUR)
    dark = (text(world.instant("2025-03-30", 6)), text(world.instant("2025-03-30", 18)))
    for n, poll in enumerate(polls):
        if dark[0] <= poll["polled_at"]:
            poll["energy_wh"][2:] = [None, None]
        if n % POLLS_A_CALL == 0:
            world.poll("P1", polls[n : n + POLLS_A_CALL])
    hashing = {"charlie-1": "199.5"}
    for row in scans(world.instant(FIRST), world.instant("2025-03-31", 12), hashing):
        world.scan([row])
    world.settle()


def days(world: World) -> None:
    """The last three days of March pass and are closed."""
    world.advance(to=world.instant("2025-03-31", 23))


def billing_run(world: World) -> None:
    """The first of April: everybody is billed, one card is charged, two decline."""
    world.advance(to=world.instant("2025-04-01", 2))


def auto_pay(world: World) -> None:
    """New cards revive what had failed, a wire comes, and the day of the next try goes by."""
    for name in ("bravo", "charlie"):
        world.save_card(name, GOOD)
    world.pay("delta", world.invoice("delta", "2025-03"))
    world.settle()
    world.advance(to=world.instant("2025-04-02", 9))


PHASES: dict[str, Callable[[World], None]] = {
    "ingestion": ingestion,
    "advance": days,
    "billing run": billing_run,
    "auto-pay": auto_pay,
}


def totals(world: World) -> dict[str, Any]:
    """What the story came to, without ids and numbers, so that two plays can be compared."""
    names = world.name_of
    invoices = world.invoices()
    with StripeOracle(world.stack) as oracle:
        oracle.wait_delivered(timeout_s=300)
        taken = {names[one["customer_id"]]: oracle.taken(one["id"]) for one in invoices}
    return {
        "invoices": {
            names[one["customer_id"]]: {
                **in_scenario_words(one, names),
                "status": one["status"],
                "open": one["balance"],
            }
            for one in invoices
        },
        "payments": sorted(_payment(one, names) for one in every_payment(world.api)),
        "ledger": _ledger(world),
        "taken by the processor": taken,
        "usage": _usage(world),
        "events": _events(world),
        "letters": sorted(set(world.letters())),
        **asyncio.run(_stored(world)),
    }


def _payment(payment: PaymentAnswer, names: dict[str, str]) -> tuple[str, ...]:
    tries = "/".join(one["status"] for one in payment["attempts"])
    return (names[payment["customer_id"]], payment["method"], payment["status"], payment["amount"], tries)


def _ledger(world: World) -> dict[str, Any]:
    """Balance by customer and account; every entry sums to zero."""
    balances: dict[str, Decimal] = defaultdict(Decimal)
    for name in CUSTOMERS:
        for entry in every_ledger(world.api, customer_id=world.ids[name]):
            assert sum(Decimal(posting["amount"]) for posting in entry["postings"]) == 0, entry
            for posting in entry["postings"]:
                balances[f"{name} {posting['account']}"] += Decimal(posting["amount"])
    return {account: f"{balance:.2f}" for account, balance in sorted(balances.items())}


def _usage(world: World) -> list[tuple[str, ...]]:
    found = []
    for name in CUSTOMERS:
        for row in every_usage(world.api, unit_id=world.ids[f"{name}-1"], from_on=FIRST, to_on="2025-04-01"):
            methods = " ".join(f"{one['method']} {one['energy_kwh']} {one['hours']}" for one in row["methods"])
            found.append((name, row["day"], methods, row["failover_hours"], row["unbilled_hours"]))
    return sorted(found)


def _events(world: World) -> dict[str, int]:
    """Facts by their words; one that was sent twice after a kill has one id and counts once."""
    facts = {heard.envelope.id: heard.event for heard in world.everything()}
    kept = (event for event in facts.values() if type(event).__name__ not in FOLDED | UNTOLD)
    return dict(sorted(Counter(told(event, world.name_of) for event in kept).items()))


async def _stored(world: World) -> dict[str, int]:
    """Evidence stored, and events that a service has set aside (none may be)."""
    found = {what: await _count(world, "metering", what) for what in ("polls", "telemetry")}
    for service in SERVICES:
        found[f"dead letters of {service}"] = await _count(world, service, "dead_letters")
    return found


async def _count(world: World, service: str, table: str) -> int:
    connection = await asyncpg.connect(world.stack.database_url(service, "superuser"))
    try:
        query = f"select count(*) from {table} where organization_id = $1"
        count: int = await connection.fetchval(query, UUID(world.id))
    finally:
        await connection.close()
    return count
