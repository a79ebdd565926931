"""A lease billed by hash with failover, a hosted contract at the hashprice, and a unit that changes hands."""

from collections.abc import Callable

from support.polls import scans, steady
from support.stories import FIRST, OPENS, bill
from support.world import World


def test_a_lease_is_billed_by_hash_and_fails_over_where_telemetry_is_missing(open_world: Callable[..., World]) -> None:
    world = open_world(clock_at=OPENS)
    world.customer("delta")
    world.customer("echo", credit="5.00")
    world.unit("leased", None)
    world.unit("rig", "echo")
    world.pdu("P1", ["rig"])
    fixed = {"mode": "fixed_rate", "rate_per_kwh": "0.0850"}
    market = {"mode": "market_hashprice", "percent": "60"}
    lease = {"type": "lease", "end": "2025-12-31", "billing_methods": ["hash"], "failover": fixed}
    world.contract("L1", "delta", ["leased"], FIRST, rate_per_kwh="0.0815", **lease)
    world.contract("H1", "echo", ["rig"], FIRST, failover=market)
    days = ["2025-03-29", "2025-03-30", "2025-03-31", "2025-04-01"]
    prices = zip(days, days[1:], ("48.32", "44.88", "51.53"), strict=False)
    world.hashprice([(f"{a}T00:00:00Z", f"{b}T00:00:00Z", price) for a, b, price in prices])
    # Both go dark for a while: telemetry for half a day, the meter for good.
    world.scan(scans(world.instant(FIRST), world.instant("2025-03-30"), {"leased": "194.9"}))
    world.scan(scans(world.instant("2025-03-30", 12), world.instant("2025-04-01"), {"leased": "201.5"}))
    world.poll("P1", steady(world.instant(FIRST), world.instant("2025-03-31"), [3391]))
    world.heard()

    amounts = {one["customer"]: one for one in world.priced("2025-03")}
    kinds = {name: [line["kind"] for line in one["lines"]] for name, one in amounts.items()}
    assert kinds == {"delta": ["energy", "failover"], "echo": ["energy", "failover"]}
    assert amounts["echo"]["credit_applied"] == "5.00"
    issued = [f"InvoiceIssued {name} {one['amount_due']}" for name, one in amounts.items()]
    bill(world, *issued, "CreditChanged echo 0.00", units=2, run="2 issued 0 held 0 skipped")
    world.assert_priced("2025-03")


def test_a_unit_that_changes_hands_is_billed_to_each_for_its_own_span(open_world: Callable[..., World]) -> None:
    world = open_world(clock_at=OPENS)
    for name in ("alpha", "bravo"):
        world.customer(name)
        world.unit(f"{name}-1", name)
    world.unit("moving", "alpha")
    world.pdu("P1", ["alpha-1", "bravo-1", "moving"])
    world.contract("C1", "alpha", ["alpha-1", "moving"], FIRST, rate_per_kwh="0.0725")
    world.contract("C2", "bravo", ["bravo-1"], FIRST, rate_per_kwh="0.0790")
    world.poll("P1", steady(world.instant(FIRST), world.instant("2025-04-01", 6), [3480, 3391, 3500]))
    moved_at = world.instant("2025-03-30", 10)
    world.heard()
    world.hand_over("moving", ("C1", "C2"), "bravo", moved_at)
    world.heard(["UnitReleased moving", "UnitRegistered moving", "UnitAssigned moving"])

    expected = {one["customer"]: one["amount_due"] for one in world.priced("2025-03")}
    world.advance(
        to=world.instant("2025-04-01", 2),
        expecting=[
            "3 UsageDayClosed", "10 UsageMeasured", "BillingRunFinished 2025-03 2 issued 0 held 0 skipped",
            *(f"InvoiceIssued {name} {amount}" for name, amount in expected.items()),
        ],
    )  # fmt: skip
    world.assert_priced("2025-03")
    assert "moving" in world.priced("2025-03")[0]["lines"][0]["units"]
    assert "moving" in world.priced("2025-03")[1]["lines"][0]["units"]
