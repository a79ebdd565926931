"""Reads that come after the invoice: the difference is posted on the next one (rule 7.3)."""

from collections.abc import Callable
from typing import Any

from support.polls import steady, text
from support.stories import FIRST, OPENS, bill
from support.world import World, reads_of_polls


def test_a_late_read_is_made_good_on_the_next_invoice(open_world: Callable[..., World]) -> None:
    world = open_world(clock_at=OPENS)
    world.customer("alpha")
    world.unit("rig", "alpha")
    world.pdu("P1", ["rig"])
    world.contract("C1", "alpha", ["rig"], FIRST)
    polls = steady(world.instant(FIRST), world.instant("2025-05-01", 6), [3480])
    silent_from = text(world.instant("2025-03-30", 12))
    early = [poll for poll in polls if poll["polled_at"] <= silent_from]
    world.poll("P1", early)
    world.heard()

    (march,) = world.priced("2025-03")
    assert march["unbilled_hours"] == {"rig": "36"}
    bill(world, f"InvoiceIssued alpha {march['amount_due']}")
    world.assert_priced("2025-03")

    late = polls[len(early) :]
    world.poll("P1", late, note=False)
    world.heard([f"{len(late)} MeterReadingRecorded", "2 UsageMeasured"])
    steps: list[dict[str, Any]] = [
        {"invoice": "2025-03"},
        {"reads": reads_of_polls("P1", late)},
        {"invoice": "2025-04"},
    ]
    april = world.priced(steps=steps)[1]
    world.advance(
        to=world.instant("2025-05-01", 2),
        expecting=[
            "30 UsageDayClosed", "30 UsageMeasured", f"InvoiceOverdue alpha {march['amount_due']}",
            "ReminderSent alpha first_reminder", "ReminderSent alpha second_reminder",
            "ReminderSent alpha final_reminder", f"InvoiceIssued alpha {april['amount_due']}",
            "BillingRunFinished 2025-04 1 issued 0 held 0 skipped",
        ],
    )  # fmt: skip
    world.assert_priced(steps=steps)
    assert [line["kind"] for line in world.invoice("alpha", "2025-04")["lines"]] == ["energy", "adjustment"]
