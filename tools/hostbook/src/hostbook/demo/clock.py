"""Moving an organization's test clock and waiting until everything before has settled."""

from __future__ import annotations

import time
from typing import Any

from hostbook.demo.api import Api


class NotSettled(Exception):
    """The clock or some service did not come to rest in time."""


def wait_settled(api: Api, organization_id: str, *, timeout_s: float = 180) -> dict[str, Any]:
    """The clock's answer once nothing is under way any more; says for whom it waited in vain."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer: dict[str, Any] = api.get(f"/v1/organizations/{organization_id}/test-clock")
        if answer["settled"]:
            return answer
        if time.monotonic() > deadline:
            raise NotSettled(f"After {timeout_s:.0f} s the organization still waits for {answer['waiting_for']}.")
        time.sleep(0.15)


def advance(api: Api, organization_id: str, to_at: str, *, timeout_s: float = 600) -> None:
    """Move the clock; what falls due on the way is done in order of its instant."""
    api.post(f"/v1/organizations/{organization_id}/test-clock/advance", {"to_at": to_at})
    wait_settled(api, organization_id, timeout_s=timeout_s)
