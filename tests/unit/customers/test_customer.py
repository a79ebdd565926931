"""A customer's account: what it must hold, and the one standing that is shown (CM-04 to CM-32, X14)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from customers.domain.customer import BadCustomer, Customer, Standing

ID = UUID(int=1)


def customer(**fields: Any) -> Customer:
    known: dict[str, Any] = {"id": ID, "name": "Alpha", "contact_email": "ops@alpha.example"}
    return Customer(**known | fields)


@pytest.mark.parametrize(
    ("flags", "standing"),
    [
        ({}, Standing.ACTIVE),
        ({"in_default": True}, Standing.IN_DEFAULT),
        ({"in_default": True, "is_redirected": True}, Standing.POOL_REDIRECTED),
        ({"is_active": False, "in_default": True, "is_redirected": True}, Standing.INACTIVE),
    ],
)
def test_the_standing_is_the_first_flag_that_applies(flags: dict[str, bool], standing: Standing) -> None:
    assert customer(**flags).standing is standing


def test_invoices_go_to_the_billing_address_where_there_is_one() -> None:
    assert customer().invoice_email == "ops@alpha.example"
    assert customer(billing_email="invoices@alpha.example").invoice_email == "invoices@alpha.example"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\x07b"}, "name"),
        ({"company": "x" * 201}, "company"),
        ({"contact_email": "a b@c.example"}, "contact_email"),
        ({"contact_email": "a@localhost"}, "contact_email"),
        ({"billing_email": "a@b.example,c@d.example"}, "billing_email"),
        ({"phone": " "}, "phone"),
    ],
)
def test_an_impossible_field_is_refused_by_name(fields: dict[str, str], field: str) -> None:
    with pytest.raises(BadCustomer) as refusal:
        customer(**fields)
    assert refusal.value.field == field


def test_a_change_is_one_version_higher_and_checked_again() -> None:
    changed = customer().changed(name="Beta")
    assert (changed.name, changed.version) == ("Beta", 2)
    with pytest.raises(BadCustomer):
        customer().changed(name="")
