"""An organization's particulars."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from common.errors import RuleBroken
from identity.domain.host import Host, Mode
from identity.domain.texts import BadText, checked_email

GOOD: dict[str, Any] = {
    "name": "Panhandle Hosting",
    "slug": "panhandle",
    "timezone": "America/Chicago",
    "currency": "USD",
    "mode": Mode.LIVE,
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("name", "  "), ("name", "x" * 201), ("name", "a\x00b"), ("name", "\u202eevil")),
        *(("slug", "Admin"), ("timezone", "Mars/Base"), ("timezone", "../../etc/passwd"), ("currency", "XXX")),
        *(("billing_day", 0), ("billing_day", 29), ("due_days", -1), ("due_days", 366)),
        *(("default_rate_per_kwh", Decimal("-0.01")), ("clock_at", datetime(2025, 3, 1, tzinfo=UTC))),
    ],
)
def test_each_impossible_field_is_refused_by_its_name(field: str, value: object) -> None:
    with pytest.raises(RuleBroken) as refused:
        Host(id=uuid4(), **GOOD | {field: value})
    assert refused.value.field == field
    assert refused.value.remedy


def test_a_test_organization_needs_its_clock() -> None:
    with pytest.raises(RuleBroken, match="clock of its own"):
        Host(id=uuid4(), **GOOD | {"mode": Mode.TEST})


def test_a_change_counts_the_version_up_and_is_checked() -> None:
    host = Host(id=uuid4(), **GOOD)
    assert host.changed(due_days=30).version == 2
    with pytest.raises(RuleBroken):
        host.changed(billing_day=31)


def test_addresses_are_compared_in_lower_case() -> None:
    assert checked_email(" Ops@Alpha.Example ") == "ops@alpha.example"


@pytest.mark.parametrize("text", ["", "ops", "ops@", "@alpha.example", "a b@c.example", "a@b@c.example", "a@b.e\nx"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadText):
        checked_email(text)
