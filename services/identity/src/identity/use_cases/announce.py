"""What other services learn of an organization: the whole of it, after each change."""

from __future__ import annotations

from typing import Any

from identity.domain.host import Host


def facts(host: Host) -> dict[str, Any]:
    rate = host.default_rate_per_kwh
    return {
        "organization_id": host.id,
        "version": host.version,
        "slug": host.slug,
        "name": host.name,
        "timezone": host.timezone,
        "currency": host.currency,
        "billing_day": host.billing_day,
        "due_days": host.due_days,
        "default_rate_per_kwh": None if rate is None else f"{rate.normalize():f}",
        "mode": host.mode.value,
        "clock_at": host.clock_at,
        "billing_email": host.billing_email,
        "locale": host.locale,
        "team_name": host.team_name,
        "slogan": host.slogan,
        "primary_colour": host.primary_colour,
        "accent_colour": host.accent_colour,
    }
