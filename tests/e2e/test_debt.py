"""A declining card: tries, overdue, reminders, default, hashrate redirected, a held invoice; then the money comes.

CB-60, 62, 101 to 105, X14.
"""

from collections.abc import Callable

from support.stories import OPENS, bill, due, hosted
from support.world import World


def _usage(days: int) -> list[str]:
    return [f"{days} UsageDayClosed", f"{days} UsageMeasured"]


def test_a_debt_runs_its_whole_course(open_world: Callable[..., World]) -> None:
    world = open_world(clock_at=OPENS, due_days=10)
    hosted(world, "bravo", 3391, until=world.instant("2025-05-01", 6))
    world.save_card("bravo", "pm_card_chargeCustomerFail")
    world.heard()
    march, april = (one["amount_due"] for one in world.priced("2025-03", "2025-04"))
    assert due(world, "bravo") == march

    bill(world, f"InvoiceIssued bravo {march}", "PaymentFailed bravo attempt 1")
    for day, tries in (("2025-04-02", 2), ("2025-04-04", 3), ("2025-04-06", 4)):
        days = 1 if tries == 2 else 2
        world.advance(to=world.instant(day, 9), expecting=[*_usage(days), f"PaymentFailed bravo attempt {tries}"])
    world.advance(to=world.instant("2025-04-12", 1), expecting=[*_usage(6), f"InvoiceOverdue bravo {march}"])
    world.advance(to=world.instant("2025-04-12", 10), expecting=["ReminderSent bravo first_reminder"])
    world.advance(to=world.instant("2025-04-16", 10), expecting=[*_usage(4), "ReminderSent bravo second_reminder"])
    world.advance(to=world.instant("2025-04-21", 10), expecting=[*_usage(5), "ReminderSent bravo final_reminder"])
    world.advance(
        to=world.instant("2025-04-26", 10), expecting=[*_usage(5), "CustomerDefaulted bravo", "CustomerChanged bravo"]
    )
    standing = world.api.get("/v1/delinquency/" + world.ids["bravo"])
    assert standing["in_default"]
    assert standing["reason"].endswith("unpaid 15 days after the due date.")
    _redirect(world, march)

    world.advance(
        to=world.instant("2025-05-01", 2),
        expecting=[*_usage(5), f"InvoiceHeld bravo {april}", "BillingRunFinished 2025-04 0 issued 1 held 0 skipped"],
    )
    _late_payment(world, march, april)


def _shown(world: World) -> tuple[str, list[str]]:
    """The one status of the customer, and all that apply."""
    found = world.api.get("/v1/customers/" + world.ids["bravo"])
    return found["standing"], found["badges"]


def _redirect(world: World, march: str) -> None:
    assert _shown(world) == ("in_default", ["in_default"])
    order = {"customer_id": world.ids["bravo"], "contract_id": world.ids["C-bravo"], "reason": "15 days unpaid"}
    ordered = world.api.post("/v1/redirects", order | {"clause": "C-000001, clause 9.3"})
    assert ordered["owed"] == [{"amount": march, "currency": "USD"}]
    world.heard(["RedirectActivated bravo", "CustomerChanged bravo"])
    assert _shown(world) == ("pool_redirected", ["pool_redirected", "in_default"])


def _late_payment(world: World, march: str, april: str) -> None:
    world.pay("bravo", world.invoice("bravo", "2025-03"))
    settled = [f"PaymentSucceeded bravo {march}", "InvoiceSettled bravo"]
    changed = ["CustomerChanged bravo"] * 2
    world.heard([*settled, "RedirectRestored bravo", "DefaultCleared bravo", *changed])
    assert _shown(world) == ("active", ["active"])
    held = world.invoice("bravo", "2025-04")
    assert held["status"] == "held"
    world.api.post(f"/v1/invoices/{held['id']}/release")
    world.heard([f"InvoiceIssued bravo {april}", "PaymentFailed bravo attempt 1"])
    released = world.invoice("bravo", "2025-04")
    assert (released["status"], released["issued_on"], released["due_on"]) == ("issued", "2025-05-01", "2025-05-11")
    assert not world.api.get("/v1/delinquency/" + world.ids["bravo"])["in_default"]
