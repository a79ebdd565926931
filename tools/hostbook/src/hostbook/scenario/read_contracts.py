"""Contracts of a scenario file as the terms that invoicing keeps of them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from common.money import minor_unit
from contracts.domain.rates import checked_rate
from hostbook.scenario.case import Contract
from hostbook.scenario.fields import Fields, day, instant, number, one_of, row, text, truth, whole, words
from hostbook.scenario.refusals import BadScenario, under
from invoicing.domain.lines import LineMethod
from invoicing.domain.settings import BillingSettings
from invoicing.domain.terms import (
    ConnectorFee,
    ContractTerms,
    ContractType,
    CycleKind,
    Failover,
    FailoverMode,
    FeeBasis,
    Plan,
    PrepaidTerms,
    RateFrom,
    SiteFee,
    Spec,
    ZeroSpanCredit,
)
from invoicing.domain.terms_check import finite
from metering.domain.values import Method

LARGEST = Decimal(10) ** 15


def contracts_of(fields: Fields, settings: BillingSettings, customers: set[str]) -> dict[str, Contract]:
    """The contracts by id, in the order of the file."""
    result: dict[str, Contract] = {}
    for contract in fields.many("contracts", lambda value, path: _contract(value, path, settings, customers)):
        if contract.terms.contract_id in result:
            raise BadScenario(
                f"Contract {contract.terms.contract_id} is given twice.", field="contracts", remedy="one id each"
            )
        result[contract.terms.contract_id] = contract
    return result


def _contract(value: object, path: str, settings: BillingSettings, customers: set[str]) -> Contract:
    fields = Fields(value, path)
    customer = fields.take("customer", text)
    if customer not in customers:
        raise BadScenario(f"No customer {customer}.", field=fields.at("customer"), remedy="an id of customers")
    currency = fields.take("currency", text, settings.currency)
    with under(path):
        minor_unit(currency)
    efficiency = fields.maybe("efficiency_jth", _positive)
    first_on = fields.take("start", day)
    with under(path):
        terms = ContractTerms(
            contract_id=fields.take("id", text),
            customer_id=customer,
            type=fields.take("type", one_of(ContractType)),
            currency=currency,
            timezone=settings.timezone,
            first_on=first_on,
            last_on=fields.maybe("end", day),
            plan=fields.take("plan", one_of(Plan), Plan.USAGE),
            rates=_rates(fields, currency),
            methods=tuple(LineMethod(method.value) for method in fields.many("billing_methods", one_of(Method))),
            failover=fields.maybe("failover", _failover(currency)),
            fixed_monthly=fields.maybe("fixed_monthly_per_unit", _monthly(currency, settings.currency)),
            power_cap_kw=fields.maybe("power_cap_kw", number),
            overage_rate=fields.maybe("cap_overage_rate", _rate(currency)),
            spec=_spec(fields),
            connector_fee=fields.maybe("connector_fee", _connector_fee),
            sites=tuple(fields.many("sites", _site(_monthly(currency, settings.currency)))),
            prepaid=fields.maybe("prepaid", _prepaid),
        )
    fields.done()
    return Contract(terms, efficiency)


def _positive(value: object, path: str) -> Fraction:
    result = number(value, path)
    with under(path):
        finite("", result, 18, LARGEST)
    return Fraction(result)


def _rate(currency: str) -> Callable[[object, str], Decimal]:
    """A rate per kWh as contracts accepts it: six decimals, not negative, not absurd (rule 1.4)."""

    def read(value: object, path: str) -> Decimal:
        try:
            return checked_rate(number(value, path), currency, field=path)
        except BadScenario:
            raise
        except Exception as broken:
            raise BadScenario(str(broken), field=path, remedy=getattr(broken, "remedy", None)) from broken

    return read


def _monthly(currency: str, own: str) -> Callable[[object, str], Decimal]:
    """A price a month: as fine as the finer of the contract's and the organization's currency, at least two decimals.

    A price is not money yet: what is prorated of it is rounded to the currency (rule 2.5).
    """

    def read(value: object, path: str) -> Decimal:
        amount, decimals = number(value, path), max(minor_unit(currency), minor_unit(own), 2)
        if amount != amount.quantize(Decimal(1).scaleb(-decimals)) or amount < 0:
            raise BadScenario(
                f"{amount} is not an amount of {currency} (rule 1.1).", field=path, remedy=f"{decimals} decimals, 0 up"
            )
        return amount

    return read


def _rates(fields: Fields, currency: str) -> tuple[RateFrom, ...]:
    """The contract's own rate and its later changes, in order of time."""
    own = fields.maybe("rate_per_kwh", _rate(currency))
    changes = fields.many("rates", lambda value, path: _change(value, path, _rate(currency)))
    if own is None:
        if changes:
            raise BadScenario(
                "Rate changes without a first rate.", field=fields.at("rate_per_kwh"), remedy="the rate from the start"
            )
        return ()
    changes.sort(key=lambda change: change.from_at)
    return (RateFrom(changes[0].from_at if changes else instant("1970-01-01T00:00:00Z", ""), own), *changes)


def _change(value: object, path: str, rate: Callable[[object, str], Decimal]) -> RateFrom:
    from_at, changed = row(value, path, 2)
    return RateFrom(instant(from_at, f"{path}[0]"), rate(changed, f"{path}[1]"))


def _failover(currency: str) -> Callable[[object, str], Failover]:
    def read(value: object, path: str) -> Failover:
        fields = Fields(value, path)
        result = Failover(
            fields.take("mode", one_of(FailoverMode)),
            fields.maybe("percent", number),
            fields.maybe("rate_per_kwh", _rate(currency)),
        )
        fields.done()
        return result

    return read


def _spec(fields: Fields) -> Spec | None:
    given, quantity = fields.raw("spec", None), fields.maybe("quantity", whole)
    if given is None:
        if quantity is not None:
            raise BadScenario("A quantity without a spec.", field=fields.at("quantity"), remedy="a spec beside it")
        return None
    if quantity is None:
        raise BadScenario("A spec without its quantity.", field=fields.at("quantity"), remedy="a whole number")
    spec = Fields(given, fields.at("spec"))
    result = Spec(spec.take("ths", number), spec.take("jth", number), quantity, spec.take("model", words, ""))
    spec.done()
    return result


def _connector_fee(value: object, path: str) -> ConnectorFee:
    fields = Fields(value, path)
    fee = ConnectorFee(
        fields.take("percent", number), fields.take("basis", one_of(FeeBasis), FeeBasis.EXPECTED_REVENUE)
    )
    fields.done()
    return fee


def _site(monthly: Callable[[object, str], Decimal]) -> Callable[[object, str], SiteFee]:
    def read(value: object, path: str) -> SiteFee:
        fields = Fields(value, path)
        site = SiteFee(
            fields.take("id", text),
            fields.take("monthly", monthly),
            fields.maybe("from", day),
            fields.maybe("to", day),
        )
        fields.done()
        return site

    return read


def _prepaid(value: object, path: str) -> PrepaidTerms:
    fields = Fields(value, path)
    terms = PrepaidTerms(
        fields.take("cycle", one_of(CycleKind), CycleKind.FIXED_31D),
        fields.take("zero_span", one_of(ZeroSpanCredit), ZeroSpanCredit.WHOLE),
        fields.take("true_up_beyond_band", truth, False),
    )
    fields.done()
    return terms
