"""A contract ends on its day, its units are free again (CB-12)."""

from collections.abc import Callable

from support.stories import OPENS, due, hosted
from support.world import World


def test_a_contract_ends_on_its_day_and_its_unit_goes_to_the_next(open_world: Callable[..., World]) -> None:
    world = open_world(clock_at=OPENS)
    (unit,) = hosted(world, "alpha", 3480, end="2025-03-29")
    world.heard()
    world.advance(
        to=world.instant("2025-03-30", 2),
        expecting=["1 UsageDayClosed", "1 UsageMeasured", "ContractEnded C-alpha", f"UnitReleased {unit}"],
    )
    assert world.api.get(f"/v1/contracts/{world.ids['C-alpha']}")["state"] == "ended"

    world.contract("C2", "alpha", [unit], "2025-03-31", rate_per_kwh="0.09")
    world.heard(["ContractActivated C2", f"UnitAssigned {unit}"])
    amount = due(world, "alpha")
    world.advance(
        to=world.instant("2025-04-01", 2),
        expecting=[
            "2 UsageDayClosed", "1 UsageMeasured", f"InvoiceIssued alpha {amount}",
            "BillingRunFinished 2025-03 1 issued 0 held 0 skipped",
        ],
    )  # fmt: skip
    (march,) = world.assert_priced("2025-03")
    assert [line["contract"] for line in march["lines"]] == ["C-alpha", "C2"]
