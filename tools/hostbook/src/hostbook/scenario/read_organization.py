"""Organization and customers of a scenario file."""

from __future__ import annotations

from decimal import Decimal

from common.money import minor_unit
from hostbook.scenario.case import Customer, Organization
from hostbook.scenario.fields import Fields, number, one_of, text, truth, whole
from hostbook.scenario.refusals import BadScenario, under
from invoicing.domain.settings import BillingSettings, LateFee, LateFeeMode, TaxSettings
from invoicing.domain.terms_check import money_amount
from metering.domain.values import ResetEstimate


def organization_of(value: object, path: str) -> Organization:
    fields = Fields(value, path)
    timezone, billing_day = fields.take("timezone", text), fields.take("billing_day", whole)
    currency, due_days = fields.take("currency", text), fields.take("due_days", whole, 15)
    rates = fields.take("tax", _tax, {})
    inclusive = fields.take("tax_inclusive", truth, False)
    late_fee = fields.maybe("late_fee", _late_fee)
    estimate = fields.take("reset_estimate", one_of(ResetEstimate), ResetEstimate.NONE)
    fields.done()
    with under(path):
        tax = TaxSettings(rates, inclusive)
        return Organization(BillingSettings(timezone, billing_day, currency, due_days, tax, late_fee), estimate)


def _tax(value: object, path: str) -> dict[str, Decimal]:
    fields = Fields(value, path)
    assert isinstance(value, dict)
    return {code: fields.take(code, number) for code in value}


def _late_fee(value: object, path: str) -> LateFee:
    fields = Fields(value, path)
    fee = LateFee(
        mode=fields.take("mode", one_of(LateFeeMode)),
        amount=fields.maybe("amount", number),
        percent=fields.maybe("percent", number),
        grace_days=fields.take("grace_days", whole, 0),
        cap=fields.maybe("cap", number),
    )
    fields.done()
    return fee


def customers_of(value: object, path: str, currency: str) -> tuple[Customer, ...]:
    if not isinstance(value, dict):
        raise BadScenario("Customers are not given by id.", field=path, remedy='an object such as {"A": {}}')
    return tuple(_customer(customer_id, one, f"{path}.{customer_id}", currency) for customer_id, one in value.items())


def _customer(customer_id: str, value: object, path: str, currency: str) -> Customer:
    fields = Fields(value, path)
    credit = fields.take("credit", number, Decimal(0))
    held = fields.take("hold", truth, False)
    fields.done()
    with under(path):
        money_amount("credit", credit, currency)
        return Customer(customer_id, credit.quantize(Decimal(1).scaleb(-minor_unit(currency))), held)
