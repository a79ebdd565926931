"""Second factors: required of the host's people, never taken twice; passkeys; step-up; sessions and their end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pyotp
import pytest

from common.clock import wall_now
from identity.bootstrap import arguments, bootstrap
from support.authenticator import PRESENT, Authenticator
from support.identity_at import ORGANIZATION, OUR_ORIGIN, PASSWORD, Door, IdentityHere

BY_PAGE = {"Origin": OUR_ORIGIN}


def cookie(answer: httpx.Response) -> str:
    return answer.headers["set-cookie"].split(";")[0]


async def weak(identity: IdentityHere, organization: str, role: str = "finance") -> tuple[str, str]:
    """Somebody who has signed in with a password alone: address and cookie."""
    member = await identity.member(organization, role)
    return member["email"], await identity.signed_in(member["email"], organization, level="password")


async def enrolled(identity: IdentityHere, organization: str) -> tuple[str, Callable[[int], str], list[str]]:
    """Somebody with an authenticator: address, its code so many steps on (that of -1 is used), the recovery codes."""
    email, shown = await weak(identity, organization)
    door = identity.door(shown)
    made = await door.call("POST", "/v1/account/totp", None, BY_PAGE)
    assert made.status_code == 201, made.text
    app, began_at = pyotp.TOTP(made.json()["secret"]), wall_now()

    def code(steps: int) -> str:
        return app.at(began_at, counter_offset=steps)

    confirmed = await door.call("POST", "/v1/account/totp/confirm", {"code": code(-1)}, BY_PAGE)
    assert confirmed.status_code == 200, confirmed.text
    assert cookie(confirmed) != shown
    assert (await door.call("GET", "/v1/me")).status_code == 401  # the session goes on under a fresh cookie alone
    return email, code, confirmed.json()["recovery_codes"]


async def show(identity: IdentityHere, pending: str, code: str) -> httpx.Response:
    return await identity.door(pending).straight("POST", "/v1/auth/second-factor", {"code": code})


async def half_way(identity: IdentityHere, email: str, organization: str) -> str:
    answer = await identity.log_in(email, PASSWORD, organization)
    assert (answer.status_code, answer.json()) == (200, {"second_factor": ["totp"]})
    return cookie(answer)


async def test_the_hosts_people_do_nothing_before_they_have_a_second_factor(
    identity: IdentityHere, organization: str
) -> None:
    _, shown = await weak(identity, organization)
    door = identity.door(shown)
    refused = await door.call("GET", "/v1/approvals")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
    assert (await door.call("GET", "/v1/me")).json()["held"] == {"*": "second_factor"}
    assert (await door.call("GET", "/v1/account")).json()["must_set_up_second_factor"] is True


async def test_a_customers_people_may_do_without(identity: IdentityHere, organization: str) -> None:
    customer_id = str(await identity.add_customer(organization))
    boss = await identity.member(organization, "customer_owner", customer_id=customer_id)
    shown = await identity.signed_in(boss["email"], organization, audience="portal", level="password")
    assert (await identity.door(shown).call("GET", "/v1/members")).status_code == 200


async def test_with_an_authenticator_the_password_alone_opens_nothing_and_no_code_opens_twice(
    identity: IdentityHere, organization: str
) -> None:
    email, code_at, _ = await enrolled(identity, organization)
    pending = await half_way(identity, email, organization)
    assert (await identity.door(pending).call("GET", "/v1/me")).status_code == 401
    assert (await show(identity, pending, code_at(-1))).json()["code"] == "code_refused"
    code = code_at(0)
    opened = await show(identity, pending, code)
    assert opened.status_code == 204
    assert cookie(opened) != pending
    assert (await identity.door(cookie(opened)).call("GET", "/v1/approvals")).status_code == 200
    again = await half_way(identity, email, organization)
    replayed = await show(identity, again, code)
    assert (replayed.status_code, replayed.json()["code"]) == (401, "code_refused")
    assert (await show(identity, pending, code_at(1))).status_code == 401  # that sign-in is over


async def test_a_recovery_code_opens_once(identity: IdentityHere, organization: str) -> None:
    email, _, codes = await enrolled(identity, organization)
    assert (await show(identity, await half_way(identity, email, organization), codes[3].upper())).status_code == 204
    assert (await show(identity, await half_way(identity, email, organization), codes[3])).status_code == 401
    rows = await identity.sql("select to_jsonb(r)::text from recovery_codes r")
    assert not any(codes[4] in row[0] for row in rows)


async def test_guessing_codes_becomes_slow(identity: IdentityHere, organization: str) -> None:
    email, _, _ = await enrolled(identity, organization)
    pending = await half_way(identity, email, organization)
    statuses = [(await show(identity, pending, "000000")).status_code for _ in range(7)]
    assert statuses[:4] == [401] * 4
    assert statuses[-1] == 429
    await identity.sql("delete from sign_in_attempts")


async def passkey(identity: IdentityHere, door: Door) -> tuple[Authenticator, httpx.Response]:
    device = Authenticator("gateway.test", OUR_ORIGIN)
    asked = await door.call("POST", "/v1/account/passkeys/options", None, BY_PAGE)
    assert asked.status_code == 200, asked.text
    body = {"name": "my telephone", "credential": device.create(asked.json()["options"])}
    return device, await door.call("POST", "/v1/account/passkeys", body, BY_PAGE)


async def challenge(identity: IdentityHere) -> dict[str, Any]:
    asked = await identity.door().straight("POST", "/v1/auth/passkey/options", {})
    options: dict[str, Any] = asked.json()["options"]
    return options


async def test_a_passkey_signs_in_alone_and_each_challenge_counts_once(
    identity: IdentityHere, organization: str
) -> None:
    email, shown = await weak(identity, organization)
    device, added = await passkey(identity, identity.door(shown))
    assert added.status_code == 201, added.text
    listed = await identity.door(cookie(added)).call("GET", "/v1/account/passkeys")
    assert [one["name"] for one in listed.json()["items"]] == ["my telephone"]

    async def sign_in(credential: dict[str, Any], **more: str) -> httpx.Response:
        body = {"credential": credential, "organization": organization} | more
        return await identity.door().straight("POST", "/v1/auth/passkey", body)

    answer = device.get(await challenge(identity))
    opened = await sign_in(answer)
    assert opened.status_code == 204, opened.text
    me = await identity.door(cookie(opened)).call("GET", "/v1/me")
    assert (me.json()["email"], me.json()["held"]) == (email, {})
    other = (await identity.open_organization())["id"]
    stranger = Authenticator("gateway.test", OUR_ORIGIN)
    refused = [
        await sign_in(answer),  # the challenge was answered already
        await sign_in(stranger.get(await challenge(identity))),
        await sign_in(device.get(await challenge(identity)), organization=other),
        await sign_in(device.get(await challenge(identity)), organization="no-such-host"),
        await sign_in(device.get(await challenge(identity)), audience="portal"),
        await sign_in(device.get(await challenge(identity), flags=PRESENT)),  # the device did not know its holder
        await sign_in({"id": "x"}),
    ]
    assert {(one.status_code, one.content) for one in refused} == {(401, refused[0].content)}
    device.uses = 0  # a copy of the device would count from an earlier number
    assert (await sign_in(device.get(await challenge(identity)))).status_code == 401


async def test_another_persons_challenge_makes_no_passkey(identity: IdentityHere, organization: str) -> None:
    _, mine = await weak(identity, organization)
    _, theirs = await weak(identity, organization)
    asked = await identity.door(mine).call("POST", "/v1/account/passkeys/options", None, BY_PAGE)
    device = Authenticator("gateway.test", OUR_ORIGIN)
    body = {"name": "x", "credential": device.create(asked.json()["options"])}
    assert (await identity.door(theirs).call("POST", "/v1/account/passkeys", body, BY_PAGE)).status_code == 401


async def test_dangerous_things_need_a_fresh_sign_in(identity: IdentityHere, organization: str) -> None:
    """ASVS 7.5.3: step-up before access is given away."""
    admin = await identity.member(organization, "admin")
    long_ago = wall_now() - timedelta(minutes=16)
    await identity.sql("update sessions set shown_at = :at where person_id in (select person_id from members"
                       " where email = :email)", at=long_ago, email=admin["email"])  # fmt: skip
    door, body = identity.door(admin["cookie"]), {"name": "k", "role": "auditor"}
    refused = await door.call("POST", "/v1/api-keys", body, BY_PAGE)
    assert (refused.status_code, refused.json()["code"]) == (403, "step_up_required")
    assert (await door.call("GET", "/v1/api-keys")).status_code == 200
    wrong = await door.call("POST", "/v1/account/confirm", {"password": "wrong horse battery"}, BY_PAGE)
    assert wrong.status_code == 401
    shown = await door.call("POST", "/v1/account/confirm", {"password": PASSWORD}, BY_PAGE)
    assert shown.status_code == 204
    assert (await identity.door(cookie(shown)).call("POST", "/v1/api-keys", body, BY_PAGE)).status_code == 201
    assert (await door.call("GET", "/v1/me")).status_code == 401  # the cookie from before is worth nothing


async def test_sessions_are_listed_and_ended_here_and_everywhere(identity: IdentityHere, organization: str) -> None:
    """ASVS 7.4: a person sees where they are signed in, and ends it."""
    member = await identity.member(organization, "support")
    second = await identity.signed_in(member["email"], organization)
    door = identity.door(member["cookie"])
    listed = (await door.call("GET", "/v1/account/sessions")).json()["items"]
    assert sorted(one["is_this_one"] for one in listed) == [False, True]
    other = next(one["id"] for one in listed if not one["is_this_one"])
    assert (await door.call("DELETE", f"/v1/account/sessions/{other}", None, BY_PAGE)).status_code == 204
    assert (await identity.door(second).call("GET", "/v1/me")).status_code == 401
    stranger = await identity.member(organization, "support")
    mine = (await identity.door(stranger["cookie"]).call("GET", "/v1/account/sessions")).json()["items"][0]["id"]
    assert (await door.call("DELETE", f"/v1/account/sessions/{mine}", None, BY_PAGE)).status_code == 404
    third = await identity.signed_in(member["email"], organization)
    assert (await door.call("POST", "/v1/account/sessions/end-all", None, BY_PAGE)).status_code == 204
    for ended in (member["cookie"], third):
        assert (await identity.door(ended).call("GET", "/v1/me")).status_code == 401


async def test_a_new_password_ends_the_other_sessions_and_is_told_by_mail(
    identity: IdentityHere, organization: str
) -> None:
    member = await identity.member(organization, "support")
    other = await identity.signed_in(member["email"], organization)
    door = identity.door(member["cookie"])
    wrong = await door.call("POST", "/v1/account/password", {"current": "x", "new": "a new horse battery"}, BY_PAGE)
    assert wrong.status_code == 401
    body = {"current": PASSWORD, "new": "a new horse battery"}
    assert (await door.call("POST", "/v1/account/password", body, BY_PAGE)).status_code == 204
    assert (await identity.door(other).call("GET", "/v1/me")).status_code == 401
    assert (await door.call("GET", "/v1/me")).status_code == 200
    assert (await identity.log_in(member["email"], "a new horse battery", organization)).status_code == 204
    assert "your password was changed" in (await identity.letters(member["email"]))[-1]


@pytest.mark.parametrize("path", ["/v1/account", "/v1/account/sessions", "/v1/account/passkeys"])
async def test_a_key_has_no_account(identity: IdentityHere, organization: str, path: str) -> None:
    assert (await identity.door(identity.key, organization).call("GET", path)).status_code == 403


async def test_a_half_done_sign_in_of_nobody_is_refused(identity: IdentityHere) -> None:
    answer = await identity.door(f"__Host-hostbook={uuid4().hex}").straight(
        "POST", "/v1/auth/second-factor", {"code": "123456"}
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_refused")


async def test_the_platforms_people_set_one_up_there_and_are_asked_for_it_everywhere(
    identity: IdentityHere, organization: str
) -> None:
    """Their account lies in the platform: one authenticator for all organizations, and one sign-out."""
    email = f"p{uuid4().hex[:8]}@alpha.example"
    words, passwords = ["--email", email, "--api-key"], identity.app.state.passwords
    key = await bootstrap(identity.database, passwords, arguments(words), PASSWORD)
    body = ORGANIZATION | {"slug": f"host-{uuid4().hex[:8]}", "clock_at": "2025-03-01T06:00:00Z"}
    opened = (await identity.door(key).call("POST", "/v1/organizations", body)).json()["id"]
    platform = identity.door(await identity.signed_in(email, level="password"))
    made = await platform.call("POST", "/v1/account/totp", None, BY_PAGE)
    app, began_at = pyotp.TOTP(made.json()["secret"]), wall_now()
    first = {"code": app.at(began_at, counter_offset=-1)}
    confirmed = await platform.call("POST", "/v1/account/totp/confirm", first, BY_PAGE)
    assert confirmed.status_code == 200, confirmed.text
    entered = await show(identity, await half_way(identity, email, opened), app.at(began_at))
    assert entered.status_code == 204
    here, there = cookie(entered), cookie(confirmed)
    assert (await identity.door(here).call("GET", "/v1/approvals")).status_code == 200
    assert (await identity.door(there).call("POST", "/v1/account/sessions/end-all", None, BY_PAGE)).status_code == 204
    for ended in (here, there):
        assert (await identity.door(ended).call("GET", "/v1/me")).status_code == 401
