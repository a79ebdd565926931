"""The story of the recorded month, stage by stage, through the public API only."""

from __future__ import annotations

from datetime import date

from hostbook.client.invoices import every_invoice, release_invoice
from hostbook.client.payment_methods import add_payment_method
from hostbook.client.payments import add_payment
from hostbook.client.shapes import NewPayment
from hostbook.demo import evidence, setup
from hostbook.demo.api import Api
from hostbook.demo.clock import advance, wait_settled
from hostbook.demo.days import Deed, live_through
from hostbook.demo.recorded import RecordedMonth
from hostbook.demo.stages import Stages
from hostbook.demo.world import World

BILLED_AT = "2025-04-01T17:00:00Z"
LAST_DAY = date(2025, 5, 12)
GOOD_CARD, DECLINING_CARD = "pm_card_visa", "pm_card_chargeCustomerFail"
PAYS_BY_CARD, CARD_FAILS, PAYS_BY_WIRE, PAYS_LATE = "alpha", "bravo", "charlie", "delta"


def play(api: Api, month: RecordedMonth, stages: Stages) -> World:
    """Everything from the first customer to the cleared default; answers what was made."""
    site = month.site
    with stages.stage("organization with a test clock"):
        world = setup.open_organization(api, site)
        stages.note(f"{world.organization['slug']}, clock at {setup.CLOCK_AT}")
    with stages.stage("customers, site, machines"):
        setup.add_customers(api, world, site)
        setup.add_units(api, world, site)
        stages.note(f"{len(world.customers)} customers, {len(world.units)} units")
    with stages.stage("PDUs and channels"):
        setup.add_meters(api, world, site)
        stages.note(f"{len(world.pdus)} PDUs, {len(site['channels'])} channels")
    with stages.stage("contracts"):
        setup.sign_contracts(api, world, site)
        evidence.add_hashprice(api, site)
        stages.note(f"{len(world.contracts)} contracts active")
    with stages.stage("saved cards"):
        save_cards(api, world)
        stages.note(f"{PAYS_BY_CARD}: a good one; {CARD_FAILS}: one that declines")
    with stages.stage("a month of polls"):
        evidence.send_polls(api, world, month, stages)
    with stages.stage("a month of telemetry"):
        evidence.send_scans(api, world, month, stages)
        wait_settled(api, world.id)
    with stages.stage("the clock to 1 April, billing run"):
        advance(api, world.id, BILLED_AT)
    with stages.stage("day by day into May"):
        live_through(api, world, stages, (date(2025, 4, 1), LAST_DAY), deeds())
    return world


def save_cards(api: Api, world: World) -> None:
    """Auto-pay with a good card, and with one that every charge is declined on (CB-82)."""
    for key, token in ((PAYS_BY_CARD, GOOD_CARD), (CARD_FAILS, DECLINING_CARD)):
        add_payment_method(api, {"customer_id": world.customers[key], "token": token, "auto_pay": True})
    wait_settled(api, world.id)


def deeds() -> dict[date, list[Deed]]:
    """What people do on some days."""
    return {
        date(2025, 4, 10): [_wire(PAYS_BY_WIRE)],
        date(2025, 4, 19): [_wire(PAYS_LATE)],
        date(2025, 5, 6): [_wire(CARD_FAILS)],
        date(2025, 5, 8): [_release_held],
    }


def _wire(customer: str) -> Deed:
    def pay(api: Api, world: World) -> str:
        customer_id = world.customers[customer]
        owed = [i for i in every_invoice(api, customer_id=customer_id) if i["status"] in ("issued", "overdue")]
        invoice = owed[0]
        body: NewPayment = {
            "customer_id": customer_id,
            "invoice_id": invoice["id"],
            "amount": invoice["balance"],
            "currency": invoice["currency"],
            "method": "wire",
            "reference": f"wire for {invoice['number']}",
        }
        add_payment(api, body)
        return f"{customer} pays {invoice['balance']} {invoice['currency']} for {invoice['number']} by wire"

    return pay


def _release_held(api: Api, _: World) -> str:
    held = list(every_invoice(api, status=["held"]))
    for invoice in held:
        release_invoice(api, invoice["id"])
    return f"{len(held)} held invoice{'s' if len(held) != 1 else ''} released"
