"""Moving an organization's test clock and waiting until everything before has settled."""

from __future__ import annotations

import time

from hostbook.client.organizations import advance_organization_test_clock, read_organization_test_clock
from hostbook.client.shapes import ClockAnswer
from hostbook.demo.api import Api

SHORTEST_S, LONGEST_S = 0.1, 0.3


class NotSettled(Exception):
    """The clock or some service did not come to rest in time."""


def wait_settled(api: Api, organization_id: str, *, timeout_s: float = 180) -> ClockAnswer:
    """The clock's answer once nothing is under way any more; says for whom it waited in vain."""
    deadline, pause_s = time.monotonic() + timeout_s, SHORTEST_S
    while True:
        answer = read_organization_test_clock(api, organization_id)
        if answer["settled"]:
            return answer
        if time.monotonic() > deadline:
            raise NotSettled(f"After {timeout_s:.0f} s the organization still waits for {answer['waiting_for']}.")
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, LONGEST_S)  # every question costs what is asked about some of its time


def advance(api: Api, organization_id: str, to_at: str, *, timeout_s: float = 600) -> None:
    """Move the clock; what falls due on the way is done in order of its instant."""
    advance_organization_test_clock(api, organization_id, {"to_at": to_at})
    wait_settled(api, organization_id, timeout_s=timeout_s)
