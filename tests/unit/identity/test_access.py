"""Four eyes, recovery codes, limits of keys, providers of sign-ins, custom roles: the rules alone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from common.errors import Conflict, Forbidden, RuleBroken
from identity.domain.approvals import Approval, ApprovalState, held_for_approval
from identity.domain.custom_role import CustomRole
from identity.domain.host import Host, Mode
from identity.domain.letters import new_address, reset_link, sign_in_link
from identity.domain.links import LIFETIME, Purpose
from identity.domain.portal_view import SEEN, PortalView
from identity.domain.rate_limits import full
from identity.domain.recovery_codes import BYTES, codes_of, normal
from identity.domain.roles import Role
from identity.domain.sso import SsoProvider

AT = datetime(2025, 3, 1, tzinfo=UTC)
ASKER, OTHER = uuid4(), uuid4()
ASKED = Approval(
    uuid4(), "credit.write", "POST", "/v1/credits", {"amount": "5"}, "0" * 64, "goodwill", ASKER, AT,
    AT + timedelta(days=3),
)  # fmt: skip


def test_one_person_asks_another_one_grants_and_only_the_first_may_go_on() -> None:
    granted = ASKED.decided(ApprovalState.GRANTED, OTHER, "fine", now_at=AT)
    assert granted.opens(ASKER, now_at=AT)
    assert not granted.opens(OTHER, now_at=AT)
    assert not granted.opens(ASKER, now_at=AT + timedelta(days=3))
    assert not ASKED.opens(ASKER, now_at=AT)
    assert not ASKED.decided(ApprovalState.REFUSED, OTHER, None, now_at=AT).opens(ASKER, now_at=AT)


def test_nobody_decides_on_their_own_wish_or_twice_or_too_late() -> None:
    with pytest.raises(Forbidden):
        ASKED.decided(ApprovalState.GRANTED, ASKER, None, now_at=AT)
    with pytest.raises(Conflict, match="granted already"):
        ASKED.decided(ApprovalState.GRANTED, OTHER, None, now_at=AT).decided(
            ApprovalState.REFUSED, OTHER, None, now_at=AT
        )
    with pytest.raises(Conflict, match="too long ago"):
        ASKED.decided(ApprovalState.GRANTED, OTHER, None, now_at=AT + timedelta(days=3))


def test_four_eyes_hold_only_what_the_caller_may_do_at_all() -> None:
    held = held_for_approval(["credit", "redirect"], frozenset({"credit.write", "invoices.read"}))
    assert held == {"credit.write": "approval"}


def test_recovery_codes_differ_and_open_however_they_are_typed() -> None:
    codes = codes_of(bytes(range(BYTES)))
    assert len(set(codes)) == 10
    assert all(len(code) == 29 for code in codes)
    assert normal(f" {codes[0].upper().replace('-', ' ')} ") == normal(codes[0])
    assert not set("".join(codes)) & set("il1o0")


def test_mailed_links_live_ten_minutes_and_say_so() -> None:
    """ASVS 6.5.5."""
    host = Host(uuid4(), "Panhandle", "panhandle", "UTC", "USD", Mode.LIVE)
    for purpose, letter in ((Purpose.SIGN_IN, sign_in_link), (Purpose.RESET, reset_link), (Purpose.EMAIL, new_address)):
        assert LIFETIME[purpose] == timedelta(minutes=10)
        assert "once, for ten minutes" in letter("a@alpha.example", host, "https://x/#y").text


def test_a_key_makes_a_minutes_worth_of_calls_at_once_and_then_as_many_as_time_brings() -> None:
    bucket, within = full(60, 0), True
    for _ in range(60):
        bucket, within = bucket.taken(0)
        assert within
    bucket, within = bucket.taken(999)
    assert not within
    assert bucket.wait_s == 1
    assert bucket.headers() == {"RateLimit-Policy": '"key";q=60;w=60', "RateLimit": '"key";r=0;t=1'}
    assert bucket.taken(1000)[1]
    assert full(60, 0).taken(3_600_000)[0].left == 59


PROVIDER: dict[str, Any] = {
    "issuer": "https://login.alpha.example", "client_id": "hostbook", "sealed_secret": b"x",
    "email_domains": ("alpha.example",), "default_role": Role.AUDITOR,
}  # fmt: skip


def test_a_provider_vouches_for_its_domains_alone() -> None:
    provider = SsoProvider(**PROVIDER)
    assert provider.vouches_for("ops@alpha.example")
    for address in ("ops@beta.example", "ops@sub.alpha.example", "ops@alpha.example.evil.example", "alpha.example"):
        assert not provider.vouches_for(address) or address == "alpha.example"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"issuer": "ftp://login.alpha.example"}, "issuer"),
        ({"issuer": "https://user@login.alpha.example"}, "issuer"),
        ({"issuer": "nonsense"}, "issuer"),
        ({"issuer": "https://["}, "issuer"),
        ({"issuer": "https://login.example:port"}, "issuer"),
        ({"email_domains": ()}, "email_domains"),
        ({"email_domains": ("alpha",)}, "email_domains"),
        ({"email_domains": ("*.example",)}, "email_domains"),
        ({"default_role": Role.ADMIN}, "default_role"),
        ({"default_role": Role.CUSTOMER_OWNER}, "default_role"),
        ({"client_id": ""}, "client_id"),
    ],
)
def test_an_impossible_provider_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        SsoProvider(**PROVIDER | changes)
    assert refused.value.field == field


def test_a_role_of_ones_own_has_a_name_that_is_not_taken_and_nothing_of_the_owners() -> None:
    assert CustomRole(uuid4(), "Billing clerk", frozenset({"invoices.read"})).version == 1
    for name, permissions in (("Finance", {"invoices.read"}), (" ", {"invoices.read"}), ("x", {"sso.write"})):
        with pytest.raises(RuleBroken):
            CustomRole(uuid4(), name, frozenset(permissions))


def test_who_looks_at_a_portal_reads_alone_sees_no_way_of_paying_and_says_why() -> None:
    assert all(permission.endswith(".read") for permission in SEEN)
    assert "payment_methods.read" not in SEEN
    assert "invoices.read" in SEEN
    with pytest.raises(RuleBroken):
        PortalView(uuid4(), uuid4(), uuid4(), "P", "\u202e", AT, AT)
