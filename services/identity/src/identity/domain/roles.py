"""Permissions, and the roles that are sets of them. Every route of every service names one of these permissions."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from common.errors import Forbidden, RuleBroken

CREATE_ORGANIZATIONS, OWNERS_ALONE = "organizations.create", "organization.transfer"


def _named(*lines: str) -> frozenset[str]:
    return frozenset(name for line in lines for name in line.split())


HOST_PERMISSIONS = _named(
    "organization.read organization.write test_clock.advance members.read members.write api_keys.read api_keys.write",
    "customers.read customers.write sites.read sites.write units.read units.write",
    "contracts.read contracts.write contracts.activate",
    "meters.read meters.write readings.write hashprice.write usage.read metering_settings.write alerts.read",
    "invoices.read invoices.write invoices.release invoices.cancel billing_settings.write",
    "credit.read credit.write charges.write ledger.read",
    "payments.read payments.write payment_methods.read payment_methods.write",
    "guard.read guard.write quotes.read quotes.write catalogue.write",
    "organization.transfer roles.read roles.write sso.read sso.write issuing_entities.read issuing_entities.write",
    "audit.read approvals.read approvals.ask approvals.decide portal_views.read portal_views.write",
    "invoices.write_off payments.refund rates.override redirects.read redirects.write",
    "customers.merge agreements.read agreements.write agreements.sign activity.read alert_preferences.write",
    "tickets.read tickets.write tickets.manage announcements.read announcements.write",
    "webhooks.read webhooks.write",
    "members.reset_factors",
)
# A person's own sessions, password and second factors: for whoever signed in, whatever their role; never for a key.
ACCOUNT = frozenset({"account.read", "account.write"})
PERMISSIONS = HOST_PERMISSIONS | ACCOUNT | {CREATE_ORGANIZATIONS}
# What a stolen browser should not be able to do: the person shows again who they are, minutes before.
DANGEROUS = _named(
    "organization.transfer roles.write sso.write api_keys.write members.write portal_views.write approvals.decide",
    "members.reset_factors",
    "invoices.cancel invoices.write_off payments.refund rates.override redirects.write webhooks.write",
)
# What an organization may put under four eyes, in its words.
FOUR_EYES = {
    "credit": "credit.write", "write_off": "invoices.write_off", "redirect": "redirects.write",
    "rate_override": "rates.override", "refund": "payments.refund",
}  # fmt: skip
# What there is to do in the platform itself, which books no business.
PLATFORM_PERMISSIONS = frozenset(
    {CREATE_ORGANIZATIONS, "organization.read", "members.read", "api_keys.read", "api_keys.write"}
)
_READS = frozenset(p for p in HOST_PERMISSIONS if p.endswith(".read"))
_BUSINESS_READS = _READS - {
    "members.read", "api_keys.read", "roles.read", "sso.read", "audit.read", "approvals.read", "portal_views.read",
    "webhooks.read",
}  # fmt: skip
_OWNERS = frozenset({"organization.transfer", "organization.write", "sso.write"})
_PORTAL = _named(
    "organization.read customers.read contracts.read usage.read alerts.read invoices.read credit.read payments.read",
    "payment_methods.read quotes.read portal_views.read agreements.read activity.read tickets.read announcements.read",
    "redirects.read",
)
_OF_MONEY = _named("invoices.read credit.read payments.read payment_methods.read quotes.read")


class BadRole(RuleBroken):
    """No role or permission of that name, or not one for this person."""

    code = "bad_role"


class Role(StrEnum):
    """What a member may do; `custom` is a role of the organization's own making.

    The last four are a customer's own people, seen through the portal.
    """

    PLATFORM = "platform"
    OWNER = "owner"
    ADMIN = "admin"
    FINANCE = "finance"
    SALES = "sales"
    OPERATIONS = "operations"
    SUPPORT = "support"
    AUDITOR = "auditor"
    DEVELOPER = "developer"
    COLLECTOR = "collector"
    CUSTOM = "custom"
    CUSTOMER_OWNER = "customer_owner"
    CUSTOMER_BILLING = "customer_billing"
    CUSTOMER_TECHNICAL = "customer_technical"
    CUSTOMER_VIEWER = "customer_viewer"


PORTAL_ROLES = frozenset(role for role in Role if role.startswith("customer_"))

_SETS: dict[Role, frozenset[str]] = {
    Role.PLATFORM: PERMISSIONS,
    Role.OWNER: HOST_PERMISSIONS,
    Role.ADMIN: HOST_PERMISSIONS - _OWNERS,
    Role.FINANCE: _BUSINESS_READS
    | {
        "customers.write", "invoices.write", "invoices.release", "invoices.cancel", "billing_settings.write",
        "credit.write", "charges.write", "payments.write", "payment_methods.write", "guard.write",
        "invoices.write_off", "payments.refund", "redirects.write", "issuing_entities.write", "approvals.read",
        "approvals.ask", "approvals.decide", "portal_views.read", "portal_views.write", "tickets.write",
    },
    Role.SALES: _BUSINESS_READS - {"ledger.read"}
    | {
        "customers.write", "contracts.write", "contracts.activate", "quotes.write", "catalogue.write", "rates.override",
        "approvals.read", "approvals.ask", "agreements.write", "announcements.write", "tickets.write",
    },
    Role.OPERATIONS: _BUSINESS_READS - {"ledger.read", "payments.read", "payment_methods.read", "credit.read"}
    | {
        "sites.write", "units.write", "contracts.write", "meters.write", "readings.write", "hashprice.write",
        "metering_settings.write", "test_clock.advance", "announcements.write", "tickets.write",
    },
    Role.SUPPORT: _BUSINESS_READS - {"ledger.read"}
    | {
        "customers.write", "portal_views.read", "portal_views.write", "agreements.write", "announcements.write",
        "tickets.write", "tickets.manage", "alert_preferences.write",
    },
    Role.AUDITOR: _READS,
    Role.DEVELOPER: _BUSINESS_READS
    | {"api_keys.read", "api_keys.write", "test_clock.advance", "webhooks.read", "webhooks.write"},
    Role.COLLECTOR: frozenset({"meters.read", "readings.write"}),
    Role.CUSTOM: frozenset(),
    Role.CUSTOMER_OWNER: _PORTAL
    | {
        "members.read", "members.write", "payment_methods.write", "agreements.sign", "alert_preferences.write",
        "tickets.write", "webhooks.read", "webhooks.write",
    },
    Role.CUSTOMER_BILLING: _PORTAL | {"payment_methods.write", "tickets.write"},
    Role.CUSTOMER_TECHNICAL: _PORTAL - _OF_MONEY | {"alert_preferences.write", "tickets.write"},
    Role.CUSTOMER_VIEWER: _PORTAL - {"payment_methods.read"},
}  # fmt: skip


def permissions_of(role: Role) -> frozenset[str]:
    return _SETS[role]


def known_permissions(names: Iterable[str]) -> frozenset[str]:
    """The permissions of those names; refused when one does not exist."""
    asked = frozenset(names)
    unknown = sorted(asked - PERMISSIONS)
    if unknown:
        raise BadRole(
            f"There is no permission {', '.join(unknown)}.", field="permissions", remedy="names as documented"
        )
    if not asked:
        raise BadRole("A key without a permission opens nothing.", field="permissions", remedy="at least one")
    return asked


def check_grant(granter: frozenset[str], asked: frozenset[str]) -> None:
    """Nobody hands on a permission that they do not hold."""
    beyond = sorted(asked - granter)
    if beyond:
        raise Forbidden(
            f"You cannot grant what you may not do yourself: {', '.join(beyond[:5])}.",
            remedy="a role or permissions within your own",
        )


def check_key_role(role: Role) -> None:
    """A program works for the host: no role of a customer's people, nor one that is not a set in code."""
    if role in PORTAL_ROLES or role in (Role.PLATFORM, Role.CUSTOM):
        raise BadRole(f"A key cannot have the role {role}.", field="role", remedy="a host's role, or permissions")


def check_custom(permissions: frozenset[str]) -> None:
    """A role of the organization's own: within what its work knows, and never what an owner alone may do."""
    beyond = sorted(permissions & _OWNERS)
    if beyond or not permissions <= HOST_PERMISSIONS:
        raise BadRole(
            f"No role but owner holds {', '.join(beyond or sorted(permissions - HOST_PERMISSIONS))}.",
            field="permissions",
            remedy="leave these out",
        )


def check_appointment(role: Role, *, for_customer: bool, is_custom: bool = False) -> None:
    """Which role fits whom: portal roles for a customer's people alone; the one owner comes by transfer."""
    if role is Role.PLATFORM:
        raise BadRole(
            "The platform's role comes from the bootstrap command alone.", field="role", remedy="another role"
        )
    if for_customer != (role in PORTAL_ROLES):
        raise BadRole(
            f"{role} does not fit.", field="role", remedy="customer_... roles with a customer_id, the others without"
        )
    if is_custom != (role is Role.CUSTOM):
        raise BadRole("A custom role is named by its id.", field="role_id", remedy="role custom with its role_id")
    if role is Role.OWNER:
        raise Forbidden(
            "An organization has one owner.", field="role", remedy="add an admin, then transfer the ownership to them"
        )
