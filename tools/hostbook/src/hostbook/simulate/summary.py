"""What came of it: polls made, taken and refused; energy that the registers counted against usage that was derived."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rich.console import Console
from rich.table import Table

from common.clock import instant_text, local_day
from common.money import exact_of
from hostbook.client.usage import every_usage
from hostbook.demo.api import Api
from hostbook.demo.clock import advance, wait_settled
from hostbook.simulate.create import Made
from hostbook.simulate.follow import Tally
from hostbook.simulate.plan import SitePlan
from hostbook.simulate.world import Span, by_unit

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Compared:
    """One unit's energy in kWh: what its register counted, and what usage says."""

    unit: str
    counted_kwh: Fraction
    usage_kwh: Fraction

    @property
    def difference_kwh(self) -> Fraction:
        return self.usage_kwh - self.counted_kwh


def compared(api: Api, plan: SitePlan, span: Span, made: Made) -> list[Compared]:
    """Every unit, once the platform has taken in all evidence and its test clock stands at the simulation's end."""
    wait_settled(api, made.organization_id)
    advance(api, made.organization_id, instant_text(span.ends_at))
    usage = _usage(api, plan, span, made)
    return [
        Compared(unit, Fraction(counted_wh, 1000), usage[made.units[unit]]) for unit, counted_wh in by_unit(plan, span)
    ]


def _usage(api: Api, plan: SitePlan, span: Span, made: Made) -> dict[str, Fraction]:
    """kWh by unit over the whole simulation, of every contract."""
    days: dict[str, Any] = {
        "from_on": local_day(span.begins_at, plan.timezone).isoformat(),
        "to_on": local_day(span.ends_at, plan.timezone).isoformat(),
    }
    found: dict[str, Fraction] = defaultdict(Fraction)
    for contract_id in made.contracts:
        for row in every_usage(api, contract_id=contract_id, **days):
            found[row["unit_id"]] += sum((exact_of(one["energy_kwh"]) for one in row["methods"]), Fraction(0))
    return found


def tell(console: Console, plan: SitePlan, tally: Tally, rows: list[Compared] | None) -> bool:
    """Prints it; answers whether all is well: nothing refused or left, no difference that no fault explains."""
    console.print(_figures(plan, tally, rows))
    different = [row for row in rows or [] if row.difference_kwh]
    if different:
        console.print(_differences(different))
        faulty = {fault.device for fault in plan.faults}
        unexplained = [row for row in different if row.unit.rpartition("-M")[0] not in faulty]
        console.print(f"{len(different)} units differ; {len(unexplained)} of them without a scripted fault.")
        different = unexplained
    return not different and not tally.refused and (rows is None or not tally.waiting)


def _figures(plan: SitePlan, tally: Tally, rows: list[Compared] | None) -> Table:
    table = Table(title="Simulation", title_justify="left", show_header=False)
    slots = plan.hours * 3600 // plan.poll_s + 2  # and one read at each end
    planned = slots * (len(plan.all_pdus()) + len(plan.all_meters()))
    for name, value in (
        ("PDUs x outlets", " + ".join(f"{group.count} x {group.outlets} {group.model}" for group in plan.pdus)),
        ("polls made, of those planned", f"{tally.polls:,} of {planned:,}"),
        ("miners read", f"{tally.scans:,}"),
        ("reads that failed", f"{tally.failed:,}"),
        ("polls and scans taken by the gateway", f"{tally.taken:,}"),
        ("refused", f"{tally.refused:,}"),
        ("left in the spool", f"{tally.waiting:,}"),
    ):
        table.add_row(name, value)
    if rows is not None:
        counted, usage = (sum((getattr(row, name) for row in rows), Fraction(0)) for name in _SUMS)
        table.add_row("energy that the registers counted", f"{float(counted):,.3f} kWh")
        table.add_row("usage (GET /v1/usage)", f"{float(usage):,.3f} kWh")
        table.add_row("difference", f"{float(usage - counted):,.3f} kWh")
    return table


_SUMS = ("counted_kwh", "usage_kwh")


def _differences(rows: list[Compared]) -> Table:
    table = Table(title="Largest differences, kWh", title_justify="left")
    for heading in ("unit", "registers", "usage", "difference"):
        table.add_column(heading, justify="left" if heading == "unit" else "right")
    for row in sorted(rows, key=lambda one: -abs(one.difference_kwh))[:_SHOWN]:
        figures = (row.counted_kwh, row.usage_kwh, row.difference_kwh)
        table.add_row(row.unit, *(f"{float(value):,.3f}" for value in figures))
    return table
