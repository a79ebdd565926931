"""A customer's account: what it must hold, and the one standing that is shown (CM-04 to CM-32, X14)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from common.errors import RuleBroken
from customers.domain.customer import Customer, CustomerMergedAway, Standing

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
        ({"phone": "call me"}, "phone"),
        ({"name": "Alpha <b>"}, "name"),
        ({"name": "Alpha\u202eLLC"}, "name"),
        ({"name": "\u0410lpha"}, "name"),
        ({"contact_email": "\u043eps@alpha.example"}, "contact_email"),
        ({"notes": "a\x1bb"}, "notes"),
        ({"currency": "XBX"}, "currency"),
        ({"tags": tuple("abcdefghijklmnopqrstu")}, "tags"),
        ({"tags": ("vip", "VIP")}, "tags"),
        ({"team_name": "a\nb"}, "team_name"),
    ],
)
def test_an_impossible_field_is_refused_by_name(fields: dict[str, str], field: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        customer(**fields)
    assert refusal.value.field == field


def test_a_change_is_one_version_higher_and_checked_again() -> None:
    changed = customer().changed(name="Beta")
    assert (changed.name, changed.version) == ("Beta", 2)
    with pytest.raises(RuleBroken):
        customer().changed(name="")


def test_every_flag_is_a_badge_in_the_order_in_which_they_are_shown() -> None:
    """X14: the first is the standing, the others are kept and shown."""
    assert customer().badges == ("active",)
    many = customer(in_default=True, is_redirected=True, on_billing_hold=True, has_portal_access=False)
    assert many.badges == ("pool_redirected", "in_default", "billing_hold", "portal_closed")


def test_names_of_any_one_script_and_notes_of_several_lines_are_fine() -> None:
    for name in ("Альфа", "Æther & Co. (Nordic) AS", "阿尔法数字", "Ω Power", "Alpha Альфа"):
        assert customer(name=name).name == name
    assert customer(notes="a\n\tb < c").notes == "a\n\tb < c"


def test_an_account_that_was_merged_away_is_closed_and_stays_so() -> None:
    closed = customer().merged(UUID(int=2))
    assert (closed.standing, closed.badges) == (Standing.INACTIVE, ("inactive", "portal_closed", "merged"))
    with pytest.raises(CustomerMergedAway, match=str(UUID(int=2))):
        closed.changed(is_active=True)
