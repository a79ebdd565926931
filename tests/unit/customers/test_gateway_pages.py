"""What the gateway answers in customers' words where it has none of its own."""

import httpx

from common.app import create_app
from customers.api import gateway_pages


async def test_the_gateways_pages_say_when_to_come_again_and_that_it_was_our_fault() -> None:
    app = create_app("customers", [gateway_pages.router])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://customers") as http:
        away, failed = [await http.get(f"/internal/gateway/{page}") for page in ("unavailable", "failed")]
    for answer, status, code in ((away, 503, "unavailable"), (failed, 500, "internal")):
        assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (status, status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
    assert (away.headers["retry-after"], "retry-after" in failed.headers) == ("2", False)
