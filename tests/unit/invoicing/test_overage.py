"""The power cap: notice, overage line, its method and units (rule 4.7)."""

from decimal import Decimal
from fractions import Fraction

from invoicing.domain.lines import LineKind
from invoicing.domain.terms import ContractTerms
from invoicing.domain.usage import Quarter, UnitUsage
from support.billing import HASH, METERED, at, rated, terms, used


def capped(cap: str, rate: str | None = "0.5") -> ContractTerms:
    return terms(power_cap_kw=Decimal(cap), overage_rate=None if rate is None else Decimal(rate))


def unit(unit_id: str, *quarters: tuple[int, object, str]) -> UnitUsage:
    """Quarters as (minute, method, kWh) of 5 January."""
    return used(
        unit_id,
        100,
        quarters=tuple(Quarter(at(5, 0, minute), {method: Fraction(kwh)}) for minute, method, kwh in quarters),  # type: ignore[dict-item]
    )


def test_the_energy_above_the_cap_is_billed_in_addition() -> None:
    usage = unit("u1", (0, METERED, "9.278"), (15, METERED, "9.125"), (30, METERED, "9.235"), (45, METERED, "8.670"))
    line = rated(capped("35"), usage).lines[-1]
    assert (line.kind, str(line.kwh), str(line.amount), line.tax_code) == (LineKind.OVERAGE, "1.388", "0.69", "energy")


def test_a_quarter_at_the_cap_does_not_exceed_it() -> None:
    assert rated(capped("35"), unit("u1", (0, METERED, "8.75"))).caps == ()


def test_units_share_each_quarters_excess_by_their_energy_in_it() -> None:
    first = unit("u1", (0, METERED, "3"), (15, METERED, "1"))
    second = unit("u2", (0, METERED, "1"), (15, METERED, "4"))
    line = rated(capped("4"), first, second).lines[-1]
    assert str(line.kwh) == "7.000"
    assert {unit_id: str(kwh) for unit_id, kwh in line.units} == {"u1": "3.050", "u2": "3.950"}


def test_its_method_is_the_first_in_priority_that_contributed() -> None:
    mixed = rated(capped("4"), unit("u1", (0, HASH, "3")), unit("u2", (0, METERED, "1"))).lines[-1]
    only = rated(capped("4"), unit("u1", (0, HASH, "3")), unit("u2", (0, METERED, "0"))).lines[-1]
    assert (mixed.method, only.method) == (METERED, HASH)


def test_without_an_overage_rate_the_cap_is_a_notice_alone() -> None:
    result = rated(capped("35", None), unit("u1", (0, METERED, "9"), (15, METERED, "9.5")))
    assert [line.kind for line in result.lines] == [LineKind.ENERGY]
    (notice,) = result.caps
    assert (notice.quarters, notice.peak_kw, notice.peak_at) == (2, Fraction(38), at(5, 0, 15))


def test_nothing_is_billed_when_the_excess_rounds_to_nothing() -> None:
    result = rated(capped("35"), unit("u1", (0, METERED, "8.7504")))
    assert [line.kind for line in result.lines] == [LineKind.ENERGY]
    assert result.caps


def test_a_quarter_cut_by_days_is_put_together_again() -> None:
    first, second = unit("u1", (0, METERED, "5")), unit("u1", (0, METERED, "4"))
    assert str(rated(capped("35"), first, second).lines[-1].kwh) == "0.250"
