"""Another `PAYLOAD_KEY`: both keys for a while, all sealed anew, the former one gone."""

import base64
import os
from uuid import UUID

import pyotp

from hostbook.engines.stack import Stack
from identity.domain.roles import Role
from identity.domain.sso import SsoProvider
from identity.gateways.sealing import Sealing
from identity.store import sso_providers
from identity.use_cases.reseal import LOST, reseal
from identity.use_cases.single_sign_on import sealed
from support.identity_at import OUR_ORIGIN, IdentityHere

BY_PAGE = {"Origin": OUR_ORIGIN}
COLUMNS = (
    ("totps", "sealed_secret"), ("sso_providers", "sealed_secret"), ("mails", "sealed"),
    ("webhooks", "sealed_secret"), ("webhooks", "sealed_former"),
)  # fmt: skip


async def sealed_values(identity: IdentityHere, organization: str) -> dict[tuple[str, str], bytes]:
    found: dict[tuple[str, str], bytes] = {}
    for table, column in COLUMNS:
        rows = await identity.sql(f"select {column} from {table} where organization_id = :o", o=UUID(organization))
        found |= {(table, f"{column} {n}"): bytes(row[0]) for n, row in enumerate(rows) if row[0] is not None}
    return found


async def test_all_that_is_sealed_opens_with_the_new_key_alone_after_it_was_sealed_anew(
    identity: IdentityHere, organization: str, engines: Stack
) -> None:
    """ASVS 11.1.1: secrets of every kind, while everything goes on."""
    owner = await identity.member(organization, "admin")
    door = identity.door(owner["cookie"])
    secret = (await door.call("POST", "/v1/account/totp", {}, BY_PAGE)).json()["secret"]
    kept = sealed("hush", identity.app.state.access.sealing)
    async with identity.database.of(UUID(organization)) as tx:
        provider = SsoProvider("https://sso.alpha.example", "c", kept, ("alpha.example",), Role.AUDITOR, 1)
        await sso_providers.put(tx, UUID(organization), provider)
    hook = await door.call("POST", "/v1/webhooks", {"url": "https://8.8.8.8/in", "types": ["*"]}, BY_PAGE)
    assert hook.status_code == 201, hook.text
    rotated = await door.call("POST", f"/v1/webhooks/{hook.json()['id']}/rotate-secret", {}, BY_PAGE)
    assert rotated.status_code in (200, 201), rotated.text
    await door.call("POST", "/v1/invitations", {"email": "new@alpha.example", "role": "auditor"}, BY_PAGE)

    former, new = engines.service_environment("identity")["PAYLOAD_KEY"], base64.b64encode(os.urandom(32)).decode()
    both = Sealing(f"{new},{former}")
    before = await sealed_values(identity, organization)
    assert {(table, column.split()[0]) for table, column in before} == set(COLUMNS)
    done = await reseal(identity.database, both)
    assert (done[LOST], {table for table, _ in COLUMNS} - done.keys()) == (0, set())
    assert sum((await reseal(identity.database, both)).values()) == 0
    after = await sealed_values(identity, organization)
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values())

    await reseal(identity.database, Sealing(f"{former},{new}"))  # and back, for the tests that follow
    shown = await door.call("POST", "/v1/account/totp/confirm", {"code": pyotp.TOTP(secret).now()}, BY_PAGE)
    assert shown.status_code == 200, shown.text
