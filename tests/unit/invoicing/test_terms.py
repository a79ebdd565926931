"""Terms that no invoice could be made of are refused by rule and field (issue 4 section 6)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from common.errors import RuleBroken
from invoicing.domain.settings import BillingSettings
from invoicing.domain.terms import (
    ConnectorFee,
    ContractType,
    Failover,
    FailoverMode,
    Plan,
    PrepaidTerms,
    SiteFee,
    Spec,
)
from support.billing import HASH, METERED, SETTINGS, at, plain_terms, rates, terms

SPEC = Spec(Decimal(200), Decimal("17.5"), 5)
SITE = SiteFee("S1", Decimal(100))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"last_on": date(2023, 12, 31)}, "end"),
        ({"currency": "XXX"}, "currency"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"rates": ()}, "rate_per_kwh"),
        ({"rates": rates((at(1), "-0.05"))}, "rate_per_kwh"),
        ({"rates": rates((at(1), "0.0000001"))}, "rate_per_kwh"),
        ({"rates": rates((at(1), "NaN"))}, "rate_per_kwh"),
        ({"rates": rates((at(1), "1e400"))}, "rate_per_kwh"),
        ({"rates": rates((at(1), "0.1"), (at(9), "0.2"), (at(9), "0.3"))}, "rates[1][0]"),
        ({"rates": rates((at(1), "0.1"), (at(9), "-1"))}, "rates[0][1]"),
        ({"methods": (METERED, METERED)}, "billing_methods"),
        ({"methods": ()}, "billing_methods"),
        ({"fixed_monthly": Decimal(100)}, "billing_methods"),
        ({"methods": (), "fixed_monthly": Decimal(-1)}, "fixed_monthly_per_unit"),
        ({"failover": Failover(FailoverMode.MARKET_HASHPRICE)}, "failover.percent"),
        ({"failover": Failover(FailoverMode.MARKET_HASHPRICE, Decimal(-1))}, "failover.percent"),
        ({"failover": Failover(FailoverMode.FIXED_RATE)}, "failover.rate_per_kwh"),
        ({"failover": Failover(FailoverMode.FIXED_RATE, rate=Decimal(-1))}, "failover.rate_per_kwh"),
        ({"overage_rate": Decimal(1)}, "cap_overage_rate"),
        ({"power_cap_kw": Decimal(-1)}, "power_cap_kw"),
        ({"power_cap_kw": Decimal(1), "overage_rate": Decimal(-1)}, "cap_overage_rate"),
        ({"spec": SPEC}, "spec"),
        ({"sites": (SITE,)}, "sites"),
        ({"connector_fee": ConnectorFee(Decimal(5))}, "connector_fee"),
        ({"prepaid": PrepaidTerms()}, "prepaid"),
        ({"plan": Plan.PREPAID, "methods": (), "fixed_monthly": Decimal(5)}, "plan"),
    ],
)
def test_impossible_terms_of_hosting_name_their_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        terms(**changes)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "spec"),
        ({"spec": SPEC, "methods": (HASH,)}, "billing_methods"),
        ({"spec": SPEC, "failover": Failover(FailoverMode.FIXED_RATE, rate=Decimal(1))}, "failover"),
        ({"spec": SPEC, "plan": Plan.PREPAID}, "plan"),
        ({"spec": SPEC, "connector_fee": ConnectorFee(Decimal("100.1"))}, "connector_fee.percent"),
        ({"spec": Spec(Decimal(-1), Decimal(1), 1)}, "spec.ths"),
        ({"spec": Spec(Decimal(1), Decimal("Infinity"), 1)}, "spec.jth"),
        ({"spec": Spec(Decimal(1), Decimal(1), -1)}, "quantity"),
    ],
)
def test_impossible_infinity_contracts_name_their_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        plain_terms(type=ContractType.INFINITY, rates=rates((at(1), "0.07")), **changes)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("sites", "field"),
    [
        ((), "sites"),
        ((SiteFee("S1", Decimal(-1)),), "sites[0].monthly"),
        ((SITE, SiteFee("S2", Decimal(1), date(2025, 2, 1), date(2025, 1, 1))), "sites[1].to"),
    ],
)
def test_impossible_om_contracts_name_their_field(sites: tuple[SiteFee, ...], field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        plain_terms(type=ContractType.OM, sites=sites)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"timezone": "Nowhere"}, "timezone"),
        ({"billing_day": 31}, "billing_day"),
        ({"currency": "usd"}, "currency"),
        ({"due_days": -1}, "due_days"),
        ({"due_days": 10_000}, "due_days"),
    ],
)
def test_impossible_settings_name_their_field(changes: dict[str, Any], field: str) -> None:
    values: dict[str, Any] = {"timezone": "UTC", "billing_day": 1, "currency": "USD"}
    with pytest.raises(RuleBroken) as refused:
        BillingSettings(**(values | changes))
    assert refused.value.field == field
    assert SETTINGS.due_days == 15


def test_the_rate_in_force_is_the_latest_change_at_or_before_the_instant() -> None:
    contract = terms(rates=rates((at(1), "0.1"), (at(9), "0.2"), (at(19), "0.3")))
    instants: list[datetime] = [at(1).replace(year=2024), at(8, 23, 59), at(9), at(19), at(31)]
    assert [str(contract.rate_at(instant)) for instant in instants] == ["0.1", "0.1", "0.2", "0.3", "0.3"]


def test_the_last_day_counts_whole_in_the_contracts_zone() -> None:
    contract = terms(timezone="America/Chicago", first_on=date(2025, 3, 9), last_on=date(2025, 3, 9))
    end_at = contract.end_at
    assert end_at is not None
    assert (end_at - contract.start_at).total_seconds() == 23 * 3600
