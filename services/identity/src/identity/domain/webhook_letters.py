"""What is written when a webhook was switched off."""

from __future__ import annotations

from identity.domain.host import Host
from identity.domain.letters import Letter
from identity.domain.webhook import Webhook, WhyDisabled

_WHY = {
    WhyDisabled.GONE: "it answered 410 Gone, which asks us to stop",
    WhyDisabled.FAILING: "it has taken nothing for three days, however often we tried",
}


def webhook_disabled(to: str, host: Host, webhook: Webhook, last: str) -> Letter:
    """`last` is how the last attempt ended."""
    name = host.team_name or host.name
    place = webhook.url.partition("?")[0]
    text = (
        f"A webhook of {name} was switched off: {_WHY[WhyDisabled(str(webhook.disabled_reason))]}.\n\n"
        f"  address: {place}\n  events: {', '.join(webhook.types)}\n  last attempt: {last}\n\n"
        "Nothing is sent to it until somebody switches it on again: once the receiver is well, send\n\n"
        f'  PATCH /v1/webhooks/{webhook.id} with {{"is_enabled": true}} and If-Match "{webhook.version}"\n\n'
        f"and ask for what it missed: GET /v1/webhooks/{webhook.id}/deliveries?state=failed lists it, "
        "POST .../replay sends it again.\n"
    )
    return Letter(to, f"A webhook of {name} was switched off", text)
