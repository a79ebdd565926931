"""What makes a contract's terms impossible: each refusal names the rule and the field (issue 4 section 6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from common.clock import zone_of
from common.errors import RuleBroken
from common.money import minor_unit

if TYPE_CHECKING:
    from invoicing.domain.terms import ContractTerms

RATE_DECIMALS = 6
HIGHEST_RATE = Decimal(1_000_000)  # per kWh in any currency: above it, a decimal point is missing
MOST_QUANTITY = 10_000_000
LONGEST_EXPONENT = 60


class TermsRefused(RuleBroken):
    """Terms that no invoice could be made of."""

    code = "terms_refused"


def check(terms: ContractTerms) -> None:
    """Nothing, or the refusal of the first thing that is wrong."""
    minor_unit(terms.currency)
    zone_of(terms.timezone)
    days_in_order("end", terms.first_on, terms.last_on)
    _check_type(terms)
    _check_plan(terms)
    _check_rates(terms)
    _check_amounts(terms)
    _check_spec(terms)
    for index, site in enumerate(terms.sites):
        days_in_order(f"sites[{index}].to", site.from_on, site.to_on)
        monthly(f"sites[{index}].monthly", site.monthly)


def refuse(field: str, sentence: str, remedy: str) -> TermsRefused:
    return TermsRefused(sentence, field=field, remedy=remedy)


def days_in_order(field: str, first_on: date | None, last_on: date | None) -> None:
    """The last day is not before the first (rule 2.3)."""
    if first_on is not None and last_on is not None and last_on < first_on:
        raise refuse(field, f"It ends on {last_on}, before it starts on {first_on} (rule 2.3).", f"{first_on} or later")


def finite(
    field: str, number: Decimal, decimals: int, highest: Decimal, *, lowest: Decimal = Decimal(0), rule: str = "1"
) -> None:
    """A plain number inside its limits, those of `rule`; NaN, infinity and finer decimals are refused (rule 1)."""
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > LONGEST_EXPONENT:
        raise refuse(field, f"{number} is not a plain number (rule 1.1).", "digits, such as 0.0725")
    if (Fraction(number) * 10**decimals).denominator != 1:
        raise refuse(
            field, f"{number} has more than {decimals} decimals (rule {rule}).", f"at most {decimals} decimals"
        )
    if not lowest <= number <= highest:
        raise refuse(field, f"{number} is outside {lowest} to {highest} (rule {rule}).", f"{lowest} to {highest}")


def rate(field: str, number: Decimal) -> None:
    """A rate per kWh: not negative, at most six decimals (rule 1.4)."""
    finite(field, number, RATE_DECIMALS, HIGHEST_RATE, rule="1.4")


def monthly(field: str, price: Decimal) -> None:
    """A price per month; like a rate it may be finer than the currency, because only its prorated part is money."""
    finite(field, price, RATE_DECIMALS, Decimal(10) ** 15, rule="5")


def money_amount(field: str, amount: Decimal, currency: str, *, negative: bool = False) -> None:
    """An amount no finer than the currency's minor unit (rule 1.1)."""
    limit = Decimal(10) ** 18
    finite(field, amount, minor_unit(currency), limit, lowest=-limit if negative else Decimal(0), rule="1.1")


def percent(field: str, number: Decimal, highest: Decimal = Decimal(100), rule: str = "5") -> None:
    finite(field, number, 18, highest, rule=rule)


def _check_type(terms: ContractTerms) -> None:
    kind, machines = terms.type.value, terms.type.value in ("hosted", "lease")
    if (terms.spec is not None) != (kind == "infinity"):
        raise refuse("spec", f"A spec belongs to infinity contracts and only to them, not to {kind} (rule 5).", "spec")
    if bool(terms.sites) != (kind == "om"):
        raise refuse("sites", f"Sites belong to O&M contracts and only to them, not to {kind} (rule 5).", "sites")
    if terms.connector_fee is not None and kind != "infinity":
        raise refuse("connector_fee", f"A {kind} contract has no connector fee (rule 5).", "leave it out")
    if machines:
        if bool(terms.methods) == (terms.fixed_monthly is not None):
            raise refuse(
                "billing_methods",
                "A hosted or lease contract bills either by methods or a fixed monthly amount (rule 5).",
                "methods in order of priority, or fixed_monthly_per_unit, not both",
            )
        return
    if terms.methods or terms.fixed_monthly is not None:
        raise refuse("billing_methods", f"A {kind} contract has no units to measure (rule 5).", "an empty list")
    if terms.failover is not None:
        raise refuse("failover", f"A {kind} contract has no failover protection (rules 4.2, 5).", "leave it out")


def _check_plan(terms: ContractTerms) -> None:
    if terms.plan.value == "prepaid_31d":
        if not terms.methods:
            raise refuse(
                "plan", "The prepaid plan needs a hosted or lease contract with billing methods (rule 6).", "usage"
            )
    elif terms.prepaid is not None:
        raise refuse("prepaid", "Prepaid settings belong to the plan prepaid_31d (rule 6).", "leave it out")
    if len(set(terms.methods)) != len(terms.methods):
        raise refuse("billing_methods", "A method is listed twice (rule 4.1).", "each method once")
    if any(method.value not in ("metered", "hash", "calculated") for method in terms.methods):
        raise refuse("billing_methods", "Not a billing method (rule 3).", "metered, hash or calculated")


def _check_rates(terms: ContractTerms) -> None:
    needs = bool(terms.methods) or terms.spec is not None
    if needs and not terms.rates:
        raise refuse("rate_per_kwh", "A contract that bills energy needs a rate (rule 5).", "such as 0.0725")
    for index, change in enumerate(terms.rates):
        rate("rate_per_kwh" if index == 0 else f"rates[{index - 1}][1]", change.rate)
        if index > 1 and change.from_at <= terms.rates[index - 1].from_at:
            raise refuse(
                f"rates[{index - 1}][0]", "Two rates begin at one instant, or out of order (rule 4.6).", "one each"
            )


def _check_amounts(terms: ContractTerms) -> None:
    if terms.fixed_monthly is not None:
        monthly("fixed_monthly_per_unit", terms.fixed_monthly)
    if terms.power_cap_kw is not None:
        finite("power_cap_kw", terms.power_cap_kw, 18, Decimal(10) ** 9, rule="4.7")
    if terms.overage_rate is not None:
        rate("cap_overage_rate", terms.overage_rate)
        if terms.power_cap_kw is None:
            raise refuse("cap_overage_rate", "An overage rate needs a power cap (rule 4.7).", "power_cap_kw")
    if terms.connector_fee is not None:
        percent("connector_fee.percent", terms.connector_fee.percent)
    if terms.failover is not None:
        _check_failover(terms)


def _check_failover(terms: ContractTerms) -> None:
    failover = terms.failover
    assert failover is not None
    if failover.mode.value == "market_hashprice":
        if failover.percent is None or failover.rate is not None:
            raise refuse("failover.percent", "Failover by hashprice has a percent and no rate (rule 4.2).", "percent")
        percent("failover.percent", failover.percent, Decimal(1000), rule="4.2")
    else:
        if failover.rate is None or failover.percent is not None:
            raise refuse("failover.rate_per_kwh", "Failover by fixed rate has a rate only (rule 4.2).", "rate_per_kwh")
        rate("failover.rate_per_kwh", failover.rate)


def _check_spec(terms: ContractTerms) -> None:
    if terms.spec is None:
        return
    finite("spec.ths", terms.spec.ths, 18, Decimal(10) ** 9, rule="5")
    finite("spec.jth", terms.spec.jth, 18, Decimal(10) ** 6, rule="5")
    if not 0 <= terms.spec.quantity <= MOST_QUANTITY:
        raise refuse("quantity", f"{terms.spec.quantity} machines are not possible (rule 5).", f"0 to {MOST_QUANTITY}")
