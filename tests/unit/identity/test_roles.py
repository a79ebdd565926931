"""Roles as permission sets, and who may give them."""

from pathlib import Path

import pytest
import yaml

from common.errors import Forbidden
from hostbook.engines.layout import ROOT
from identity.domain.roles import (
    CREATE_ORGANIZATIONS,
    DANGEROUS,
    FOUR_EYES,
    HOST_PERMISSIONS,
    PERMISSIONS,
    PORTAL_ROLES,
    BadRole,
    Role,
    check_appointment,
    check_custom,
    check_grant,
    check_key_role,
    known_permissions,
    permissions_of,
)

# Changing what a role may do is a decision about access: it is made here too, by hand.
WRITES = {
    Role.FINANCE: "customers invoices billing_settings credit charges payments payment_methods guard"
    " redirects issuing_entities portal_views tickets",
    Role.SALES: "customers contracts quotes catalogue agreements announcements tickets",
    Role.OPERATIONS: "sites units contracts meters readings hashprice metering_settings announcements tickets",
    Role.SUPPORT: "customers portal_views agreements announcements tickets alert_preferences",
    Role.AUDITOR: "",
    Role.DEVELOPER: "api_keys webhooks",
    Role.COLLECTOR: "readings",
    Role.CUSTOMER_OWNER: "members payment_methods alert_preferences tickets webhooks",
    Role.CUSTOMER_BILLING: "payment_methods tickets",
    Role.CUSTOMER_TECHNICAL: "alert_preferences tickets",
    Role.CUSTOMER_VIEWER: "",
}


@pytest.mark.parametrize("role", WRITES)
def test_each_role_writes_what_its_work_needs_and_nothing_else(role: Role) -> None:
    written = {p.removesuffix(".write") for p in permissions_of(role) if p.endswith(".write")}
    assert written == set(WRITES[role].split())


@pytest.mark.parametrize("role", Role)
def test_only_the_platform_opens_organizations(role: Role) -> None:
    assert (CREATE_ORGANIZATIONS in permissions_of(role)) == (role is Role.PLATFORM)
    assert permissions_of(role) <= PERMISSIONS


def test_an_owner_may_do_everything_in_the_organization_and_an_admin_all_but_what_is_the_owners() -> None:
    """B8: administrators run members and sites; name, short name, billing and the ownership are not theirs."""
    assert permissions_of(Role.OWNER) == HOST_PERMISSIONS
    owners = {"organization.transfer", "organization.write", "sso.write"}
    assert HOST_PERMISSIONS - permissions_of(Role.ADMIN) == owners


def test_what_is_dangerous_or_under_four_eyes_is_a_permission_of_the_host() -> None:
    assert DANGEROUS <= HOST_PERMISSIONS
    assert set(FOUR_EYES.values()) <= HOST_PERMISSIONS
    assert not any(DANGEROUS & permissions_of(role) - {"members.write", "webhooks.write"} for role in PORTAL_ROLES)


def test_the_technical_people_of_a_customer_see_machines_and_no_money() -> None:
    seen = permissions_of(Role.CUSTOMER_TECHNICAL)
    assert {"usage.read", "contracts.read"} <= seen
    assert not any(p.startswith(("invoices", "credit", "payment", "quotes")) for p in seen)


@pytest.mark.parametrize("role", [Role.CUSTOMER_VIEWER, Role.PLATFORM, Role.CUSTOM])
def test_a_key_has_a_hosts_role_from_the_code(role: Role) -> None:
    with pytest.raises(BadRole):
        check_key_role(role)
    check_key_role(Role.COLLECTOR)


def test_a_custom_role_holds_nothing_that_is_the_owners_or_the_platforms() -> None:
    check_custom(frozenset({"invoices.read", "credit.write"}))
    for beyond in ("organization.transfer", CREATE_ORGANIZATIONS, "account.write"):
        with pytest.raises(BadRole, match=beyond.replace(".", r"\.")):
            check_custom(frozenset({"invoices.read", beyond}))


@pytest.mark.parametrize("role", sorted(PORTAL_ROLES))
def test_customers_people_never_see_the_hosts_own_books(role: Role) -> None:
    hidden = {"ledger.read", "guard.read", "api_keys.read", "meters.read", "units.read", "sites.read", "credit.write"}
    assert not permissions_of(role) & hidden


def test_every_permission_that_a_committed_api_asks_for_is_known() -> None:
    asked: set[str] = set()
    for file in Path(ROOT / "services").glob("*/openapi.json"):
        document = yaml.safe_load(file.read_text())
        asked |= {op["x-permission"] for path in document["paths"].values() for op in path.values()}
    assert "organization.read" in asked
    assert asked - PERMISSIONS <= {"public"}


def test_nobody_grants_beyond_their_own() -> None:
    with pytest.raises(Forbidden, match=r"approvals\.decide"):
        check_grant(permissions_of(Role.SALES), permissions_of(Role.FINANCE))
    check_grant(permissions_of(Role.ADMIN), permissions_of(Role.FINANCE))


def test_nobody_makes_a_second_owner() -> None:
    with pytest.raises(Forbidden, match="one owner"):
        check_appointment(Role.OWNER, for_customer=False)


@pytest.mark.parametrize(("role", "is_custom"), [(Role.CUSTOM, False), (Role.ADMIN, True)])
def test_a_custom_role_is_named_by_its_id(role: Role, is_custom: bool) -> None:
    with pytest.raises(BadRole):
        check_appointment(role, for_customer=False, is_custom=is_custom)


@pytest.mark.parametrize(("role", "for_customer"), [(Role.ADMIN, True), (Role.CUSTOMER_OWNER, False)])
def test_host_roles_and_portal_roles_do_not_mix(role: Role, for_customer: bool) -> None:
    with pytest.raises(BadRole):
        check_appointment(role, for_customer=for_customer)


def test_the_platforms_role_is_not_for_members() -> None:
    with pytest.raises(BadRole):
        check_appointment(Role.PLATFORM, for_customer=False)


def test_unknown_or_no_permissions_are_refused() -> None:
    with pytest.raises(BadRole, match=r"invoices\.everything"):
        known_permissions(["invoices.everything", "invoices.read"])
    with pytest.raises(BadRole):
        known_permissions([])
