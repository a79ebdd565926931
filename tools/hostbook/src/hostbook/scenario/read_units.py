"""Units of a scenario file and who is billed for them, when (rule 4.5)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hostbook.scenario.case import Assignment, Contract, Unit
from hostbook.scenario.fields import Fields, day, instant, number, text
from hostbook.scenario.refusals import BadScenario, under
from invoicing.domain.terms_check import finite
from metering.domain.values import Rating

LARGEST = Decimal(10) ** 9
_MACHINES = ("hosted", "lease")


def units_of(fields: Fields, contracts: Mapping[str, Contract]) -> tuple[Unit, ...]:
    """The units in the order of the file; no two of a name."""
    units: dict[str, Unit] = {}
    for unit in fields.many("units", lambda value, path: _unit(value, path, contracts)):
        if unit.unit_id in units:
            raise BadScenario(f"Unit {unit.unit_id} is given twice.", field="units", remedy="one id each")
        units[unit.unit_id] = unit
    return tuple(units.values())


def _unit(value: object, path: str, contracts: Mapping[str, Contract]) -> Unit:
    fields = Fields(value, path)
    unit_id = fields.take("id", text)
    rating = Rating(
        fields.take("rated_w", _figure),
        fields.take("rated_ths", _figure, Fraction(0)),
        fields.maybe("efficiency_jth", _figure),
    )
    assignments = fields.many("assignments", lambda v, p: _assignment(v, p, contracts))
    operational_on = fields.maybe("operational_on", day)
    fields.done()
    _refuse_two_at_once(unit_id, assignments, contracts, fields.at("assignments"))
    return Unit(unit_id, rating, tuple(assignments), operational_on)


def _figure(value: object, path: str) -> Fraction:
    result = number(value, path)
    with under(path):
        finite("", result, 18, LARGEST, rule="3")
    return Fraction(result)


def _assignment(value: object, path: str, contracts: Mapping[str, Contract]) -> Assignment:
    fields = Fields(value, path)
    contract_id = fields.take("contract", text)
    if contract_id not in contracts:
        raise BadScenario(f"No contract {contract_id}.", field=fields.at("contract"), remedy="an id of contracts")
    kind = contracts[contract_id].terms.type
    if kind not in _MACHINES:
        raise BadScenario(
            f"A contract of type {kind.value} takes no units (rule 5).", field=fields.at("contract"), remedy="hosted"
        )
    from_at, to_at = fields.take("from", instant), fields.maybe("to", instant)
    if to_at is not None and to_at < from_at:
        raise BadScenario("The assignment ends before it begins.", field=fields.at("to"), remedy="a later instant")
    fields.done()
    return Assignment(contract_id, from_at, to_at)


def _refuse_two_at_once(
    unit_id: str, assignments: list[Assignment], contracts: Mapping[str, Contract], path: str
) -> None:
    """An assignment counts only within its contract; two at one instant are refused (rule 4.5)."""
    far = instant("2199-12-31T00:00:00Z", path)
    counted = []
    for assignment in assignments:
        span = contracts[assignment.contract_id].terms.within(assignment.from_at, assignment.to_at or far)
        if span is not None:
            counted.append((*span, assignment.contract_id))
    for earlier, later in pairwise(sorted(counted)):
        if later[0] < earlier[1]:
            raise BadScenario(
                f"Unit {unit_id} is on {earlier[2]} and {later[2]} at one instant (rule 4.5).",
                field=path,
                remedy="end the earlier assignment first",
            )
