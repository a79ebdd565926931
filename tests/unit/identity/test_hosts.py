"""An organization's particulars."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from common.errors import RuleBroken
from identity.domain.host import Host, Mode
from identity.domain.issuing_entity import IssuingEntity
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
        *(("name", "<b>Panhandle"), ("name", "P\u0430nhandle"), ("name", "\u0391lpha")),
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


@pytest.mark.parametrize(
    "text", ["", "ops", "ops@", "@alpha.example", "a b@c.example", "a@b@c.example", "a@b.e\nx", "a@\u0430.example"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadText):
        checked_email(text)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slogan": "x" * 151}, "slogan"),
        ({"slogan": ""}, "slogan"),
        ({"team_name": "a\u0000b"}, "team_name"),
        ({"primary_colour": "red"}, "primary_colour"),
        ({"accent_colour": "#12345G"}, "accent_colour"),
        ({"locale": "english"}, "locale"),
        ({"billing_email": "nobody"}, "billing_email"),
        ({"four_eyes": ("everything",)}, "four_eyes"),
    ],
)
def test_a_face_that_cannot_be_shown_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    """B4: slogans of at most 150 characters, two colours, a team name."""
    with pytest.raises(RuleBroken) as refused:
        Host(id=uuid4(), **GOOD | changes)
    assert refused.value.field == field


def test_a_face_and_four_eyes_as_people_choose_them() -> None:
    face: dict[str, Any] = {"slogan": "x" * 150, "primary_colour": "#1a2b3c", "locale": "pt-BR", "team_name": "Team"}
    chosen = Host(id=uuid4(), **GOOD | face | {"four_eyes": ("credit",)})
    assert chosen.changed(slogan=None).slogan is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"legal_name": " "}, "legal_name"),
        ({"address": ()}, "address"),
        ({"address": ("x" * 121,)}, "address"),
        ({"country": "USA"}, "country"),
        ({"tax_ids": {"us_ein": "\u202e"}}, "tax_ids.us_ein"),
        ({"tax_ids": {str(n): "1" for n in range(9)}}, "tax_ids"),
    ],
)
def test_an_impossible_issuing_entity_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    fine: dict[str, Any] = {"legal_name": "Alpha LLC", "address": ("1 Road",), "country": "US", "tax_ids": {}}
    assert IssuingEntity(uuid4(), **fine).version == 1
    with pytest.raises(RuleBroken) as refused:
        IssuingEntity(uuid4(), **fine | changes)
    assert refused.value.field == field
