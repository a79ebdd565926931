"""A hosted contract over a whole month: read, closed day by day, billed on the first, exact to the cent."""

from collections.abc import Callable
from decimal import Decimal

from support.polls import steady
from support.world import World


def test_a_metered_month_is_billed_exactly(open_world: Callable[..., World]) -> None:
    world = open_world()
    world.customer("alpha")
    for name in ("rig-1", "rig-2"):
        world.unit(name, "alpha")
    world.pdu("P1", ["rig-1", "rig-2"])
    world.contract("C1", "alpha", ["rig-1", "rig-2"], "2025-03-01", rate_per_kwh="0.0725")
    world.heard()
    # March has 743 hours in Chicago: 3.480 kW and 3.391 kW over them.
    kwh = Decimal("3.480") * 743 + Decimal("3.391") * 743
    due = f"{(kwh * Decimal('0.0725')).quantize(Decimal('0.01'))}"
    world.poll("P1", steady(world.instant("2025-03-01"), world.instant("2025-04-01", 6), [3480, 3391]))
    world.heard(["125 MeterReadingRecorded"])

    world.advance(to=world.instant("2025-03-31", 23), expecting=["30 UsageDayClosed", "60 UsageMeasured"])
    world.advance(
        to=world.instant("2025-04-01", 2),
        expecting=[
            "1 UsageDayClosed", "2 UsageMeasured", f"InvoiceIssued alpha {due}",
            "BillingRunFinished 2025-03 1 issued 0 held 0 skipped",
        ],
    )  # fmt: skip

    world.assert_priced("2025-03")
    invoice = world.invoice("alpha", "2025-03")
    assert (invoice["total"], invoice["lines"][0]["kwh"]) == (due, f"{kwh:.3f}")
    assert (invoice["issued_on"], invoice["due_on"]) == ("2025-04-01", "2025-04-16")
    assert (invoice["unbilled_hours"], invoice["variance_percent"]) == ({}, "0.0000")
    number = invoice["number"]
    assert number is not None
    assert any(number in subject for subject in world.letters())
