"""What a test clock refuses, and that it says so when all has settled (architecture 4.8)."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from hostbook.demo.api import Api, ApiRefused
from support.stories import OPENS
from support.world import World


def _refusal(api: Api, organization_id: str, to_at: str) -> tuple[int, str]:
    with pytest.raises(ApiRefused) as refused:
        api.post(f"/v1/organizations/{organization_id}/test-clock/advance", {"to_at": to_at})
    return refused.value.status, refused.value.problem["code"]


def test_a_live_organization_has_no_clock_to_move(platform: Api) -> None:
    body = {"timezone": "America/Chicago", "currency": "USD", "mode": "live", "name": "Live"}
    live = platform.post("/v1/organizations", body | {"slug": f"h-{uuid4().hex[:10]}"})
    with Api(platform.url, platform.key) as api:
        api.of_organization(live["id"])
        assert _refusal(api, live["id"], "2030-01-01T00:00:00Z") == (409, "no_test_clock")


def test_the_clock_does_not_go_back_and_takes_one_target_at_a_time(open_world: Callable[..., World]) -> None:
    world = open_world(clock_at=OPENS)
    assert _refusal(world.api, world.id, "2025-03-28T00:00:00Z") == (409, "clock_refused")
    path = f"/v1/organizations/{world.id}/test-clock"
    moving = world.api.post(f"{path}/advance", {"to_at": "2025-04-02T05:00:00Z"})
    assert not moving["settled"]
    assert _refusal(world.api, world.id, "2025-04-01T05:00:00Z") == (409, "clock_refused")
    world.settle()
    there = world.api.get(path)
    assert (there["now_at"], there["target_at"], there["settled"]) == ("2025-04-02T05:00:00Z", None, True)
    assert there["waiting_for"] == []
