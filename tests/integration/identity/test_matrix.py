"""Every operation of identity with the ids of another organization: not found, no row changed (API1, ASVS 8.4.1)."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from support.identity_at import OUR_ORIGIN, IdentityHere

BY_PAGE = {"Origin": OUR_ORIGIN, "If-Match": '"1"'}
TABLES = (
    *("hosts", "members", "api_keys", "invitations", "custom_roles", "approvals", "portal_views", "issuing_entities"),
    *("sso_providers", "logos", "links", "sessions", "webhooks"),
)
BODIES: dict[str, dict[str, Any]] = {
    "PATCH /v1/members/{member_id}": {"role": "auditor"},
    "PUT /v1/roles/{role_id}": {"name": "Mine", "permissions": ["invoices.read"]},
    "PUT /v1/issuing-entities/{entity_id}": {"legal_name": "Mine", "address": ["1"], "country": "US"},
    "PATCH /v1/organizations/{organization_id}": {"name": "Mine"},
    "POST /v1/organizations/{organization_id}/test-clock/advance": {"to_at": "2025-04-01T00:00:00Z"},
}


async def fingerprint(identity: IdentityHere, organization: str) -> list[str]:
    """A hash of all that the organization has."""
    found = []
    for table in TABLES:
        rows = await identity.sql(
            f"select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from {table} t"
            " where organization_id = cast(:o as uuid)",
            o=organization,
        )
        found.append(f"{table} {rows[0][0]}")
    return found


async def belongings(identity: IdentityHere, organization: str) -> dict[str, str]:
    """One of each thing that has an id, by the name that paths give it."""
    door = identity.door(identity.key, organization)

    async def made(path: str, body: dict[str, Any]) -> str:
        answer = await door.call("POST", path, body)
        assert answer.status_code == 201, answer.text
        thing: str = answer.json()["id"]
        return thing

    email = f"p{uuid4().hex[:8]}@alpha.example"
    asked = {"permission": "credit.write", "path": "/v1/credits", "body": {}, "reason": "x"}
    return {
        "organization_id": organization,
        "member_id": (await identity.member(organization, "auditor"))["id"],
        "key_id": await made("/v1/api-keys", {"name": "k", "role": "auditor"}),
        "invitation_id": await made("/v1/invitations", {"email": email, "role": "auditor"}),
        "role_id": await made("/v1/roles", {"name": "Clerk", "permissions": ["invoices.read"]}),
        "entity_id": await made("/v1/issuing-entities", {"legal_name": "A", "address": ["1"], "country": "US"}),
        "approval_id": await made("/v1/approvals", asked),
        "webhook_id": await made("/v1/webhooks", {"url": "http://127.0.0.1:9/", "types": ["*"], "is_enabled": False}),
    }


async def test_the_things_of_another_organization_are_not_there_and_stay_as_they_are(identity: IdentityHere) -> None:
    mine, theirs = (await identity.open_organization())["id"], (await identity.open_organization())["id"]
    things = await belongings(identity, theirs)
    before = await fingerprint(identity, theirs)
    attacker = identity.door((await identity.member(mine, "admin"))["cookie"])
    by_key = identity.door(identity.key, mine)
    tried = 0
    for path, methods in identity.app.openapi()["paths"].items():
        names = re.findall(r"\{(\w+)\}", path)
        if not names or not set(names) <= things.keys():
            continue
        for method in (m.upper() for m in methods):
            place = re.sub(r"\{(\w+)\}", lambda m: things[m.group(1)], path)
            body = BODIES.get(f"{method} {path}", {"member_id": things["member_id"]} if "transfer" in path else {})
            for door in (attacker, by_key):
                answer = await door.call(method, place, None if method in ("GET", "DELETE") else body, BY_PAGE)
                # The owner's alone is 403 before anything is looked for; everything else is not found.
                assert answer.status_code in (404, 403), f"{method} {path}: {answer.status_code} {answer.text}"
                assert answer.status_code == 404 or "permission" in answer.text or "key" in answer.text, answer.text
                tried += 1
    assert tried >= 36
    assert await fingerprint(identity, theirs) == before
