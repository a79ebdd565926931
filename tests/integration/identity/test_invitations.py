"""Invitations, mailed links, sign-up: each link opens once, for one address, by a click."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from common.clock import wall_now
from common.mail import Mailer
from events.identity import MemberJoined
from identity.workflows.outgoing_mail.postman import Postman
from support.identity_at import OUR_ORIGIN, PASSWORD, Door, IdentityHere

BY_PAGE = {"Origin": OUR_ORIGIN}
NEW = "a new horse battery"


def address() -> str:
    return f"p{uuid4().hex[:8]}@alpha.example"


async def invited(door: Door, email: str, role: str = "auditor", **more: object) -> dict[str, Any]:
    answer = await door.call("POST", "/v1/invitations", {"email": email, "role": role} | more, BY_PAGE)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def accept(identity: IdentityHere, token: str, email: str, **more: object) -> httpx.Response:
    body = {"token": token, "email": email, "name": "P", "password": PASSWORD} | more
    return await identity.door().straight("POST", "/v1/auth/invitations/accept", body)


def token_of(link: str) -> str:
    return link.rpartition("=")[2]


async def test_an_invitation_lets_its_address_in_once_as_what_was_offered(
    identity: IdentityHere, organization: str
) -> None:
    """CM-11..13: invited from the team tab, by mail or by the copied link, joined and signed in at once."""
    door, email = identity.door(identity.key, organization), address()
    customer_id = str(await identity.add_customer(organization))
    made = await invited(door, email.upper(), "customer_owner", customer_id=customer_id)
    slug = (await door.call("GET", f"/v1/organizations/{organization}")).json()["slug"]
    assert made["link"].startswith(f"{OUR_ORIGIN}/host/{slug}/auth#invitation=")
    assert await identity.link(email) == token_of(made["link"])
    wrong = await accept(identity, token_of(made["link"]), address())
    assert (wrong.status_code, wrong.json()["code"]) == (409, "link_over")
    again = await door.call("POST", f"/v1/invitations/{made['id']}/renew")
    assert again.status_code == 200, again.text
    joined = await accept(identity, token_of(again.json()["link"]), email)
    assert joined.status_code == 204, joined.text
    cookie = joined.headers["set-cookie"].split(";")[0]
    me = (await identity.door(cookie).call("GET", "/v1/me")).json()
    assert (me["email"], me["role"], me["customer_id"]) == (email, "customer_owner", customer_id)
    assert (await accept(identity, token_of(again.json()["link"]), email)).json()["code"] == "link_over"
    assert (await door.call("GET", "/v1/invitations")).json()["items"] == []
    event = (await identity.published(organization))[-1]
    assert isinstance(event, MemberJoined)
    assert event.customer_id == UUID(customer_id)
    rows = await identity.sql("select to_jsonb(l)::text from links l")
    assert not any(token_of(made["link"]) in row[0] for row in rows)


async def test_of_two_who_come_with_one_link_at_once_one_gets_in(identity: IdentityHere, organization: str) -> None:
    email = address()
    made = await invited(identity.door(identity.key, organization), email)
    answers = await asyncio.gather(*(accept(identity, token_of(made["link"]), email) for _ in range(5)))
    assert sorted(a.status_code for a in answers) == [204, 409, 409, 409, 409]
    assert len(await identity.sql("select 1 from members where email = :e", e=email)) == 1


async def test_links_that_are_stolen_withdrawn_replaced_old_or_made_up_look_the_same(
    identity: IdentityHere, organization: str
) -> None:
    door, email = identity.door(identity.key, organization), address()
    made = await invited(door, email)
    replaced = token_of(made["link"])
    renewed = token_of((await door.call("POST", f"/v1/invitations/{made['id']}/renew")).json()["link"])
    answers = [await accept(identity, replaced, email), await accept(identity, "x" * 43, email)]
    answers.append(await accept(identity, renewed, address()))  # somebody else got hold of it
    renewed = token_of((await door.call("POST", f"/v1/invitations/{made['id']}/renew")).json()["link"])
    await identity.sql("update links set ends_at = :at", at=wall_now() - timedelta(seconds=1))
    answers.append(await accept(identity, renewed, email))
    renewed = token_of((await door.call("POST", f"/v1/invitations/{made['id']}/renew")).json()["link"])
    assert (await door.call("DELETE", f"/v1/invitations/{made['id']}")).status_code == 204
    answers.append(await accept(identity, renewed, email))
    assert {(a.status_code, a.content) for a in answers} == {(409, answers[0].content)}


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"email": "nobody"}, 422, "email"),
        ({"role": "owner"}, 403, "role"),
        ({"role": "emperor"}, 422, "role"),
        ({"role": "customer_viewer"}, 422, "role"),
        ({"role": "custom"}, 422, "role_id"),
        ({"role": "custom", "role_id": str(uuid4())}, 404, "role_id"),
        ({"customer_id": str(uuid4()), "role": "customer_viewer"}, 404, "customer_id"),
        ({"link": "mine"}, 422, "link"),
    ],
)
async def test_each_impossible_field_is_refused_by_its_name(
    identity: IdentityHere, organization: str, changes: dict[str, Any], status: int, field: str
) -> None:
    body = {"email": address(), "role": "auditor"} | changes
    answer = await identity.door(identity.key, organization).call("POST", "/v1/invitations", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field), answer.text


async def test_a_customers_owner_invites_to_their_own_team_alone(identity: IdentityHere, organization: str) -> None:
    """CM-26: customers invite their own people."""
    mine, theirs = str(await identity.add_customer(organization)), str(await identity.add_customer(organization))
    boss = identity.door((await identity.member(organization, "customer_owner", customer_id=mine))["cookie"])
    made = await invited(boss, address(), "customer_technical")
    assert made["customer_id"] == mine
    foreign = {"email": address(), "role": "customer_viewer", "customer_id": theirs}
    assert (await boss.call("POST", "/v1/invitations", foreign, BY_PAGE)).status_code == 404
    body = {"email": address(), "role": "admin"}
    assert (await boss.call("POST", "/v1/invitations", body, BY_PAGE)).status_code == 403
    stranger = identity.door((await identity.member(organization, "customer_owner", customer_id=theirs))["cookie"])
    assert (await stranger.call("GET", "/v1/invitations")).json()["items"] == []
    assert (await stranger.call("DELETE", f"/v1/invitations/{made['id']}", None, BY_PAGE)).status_code == 404


async def test_the_same_key_invites_once_and_a_member_not_at_all(identity: IdentityHere, organization: str) -> None:
    door, body, key = identity.door(identity.key, organization), {"role": "auditor"}, {"Idempotency-Key": str(uuid4())}
    email = address()
    assert (await door.call("POST", "/v1/invitations", body | {"email": email}, key)).status_code == 201
    assert (await door.call("POST", "/v1/invitations", body | {"email": email}, key)).status_code == 409
    member = await identity.member(organization, "auditor")
    assert (await door.call("POST", "/v1/invitations", body | {"email": member["email"]})).status_code == 409
    kept = await identity.sql("select encode(body, 'escape') from idempotency_keys where body is not null")
    assert not any("#invitation" in row[0] for row in kept)


ASKS = ["magic-link", "password-reset", "sign-up"]


@pytest.mark.parametrize("what", ASKS)
async def test_asking_for_a_link_gets_everybody_the_same_answer(
    identity: IdentityHere, organization: str, what: str
) -> None:
    member = await identity.member(organization, "auditor")
    answers = []
    for email, where in ((member["email"], organization), (address(), organization), (address(), "no-such-host")):
        body = {"email": email, "organization": where}
        answers.append(await identity.door().straight("POST", f"/v1/auth/{what}", body))
    assert {(a.status_code, a.content) for a in answers} == {(202, answers[0].content)}
    await identity.sql("delete from sign_in_attempts")


async def ask(identity: IdentityHere, what: str, email: str, organization: str, **more: str) -> None:
    body = {"email": email, "organization": organization} | more
    assert (await identity.door().straight("POST", f"/v1/auth/{what}", body)).status_code == 202


async def test_a_mailed_link_signs_in_once_and_only_by_a_click(identity: IdentityHere, organization: str) -> None:
    customer_id = str(await identity.add_customer(organization))
    viewer = await identity.member(organization, "customer_viewer", customer_id=customer_id)
    await ask(identity, "magic-link", viewer["email"], organization)  # by the wrong door: nothing leaves
    assert await identity.letters(viewer["email"]) == []
    await ask(identity, "magic-link", viewer["email"], organization, audience="portal")
    token = await identity.link(viewer["email"])
    looked = await identity.door().straight("GET", f"/host/any-host/auth#sign_in={token}")
    assert (looked.status_code, "set-cookie" in looked.headers) == (200, False)
    assert token not in looked.text
    signed = await identity.door().straight("POST", "/v1/auth/magic-link/use", {"token": token})
    assert signed.status_code == 204
    assert (await identity.door(signed.headers["set-cookie"].split(";")[0]).call("GET", "/v1/me")).status_code == 200
    again = await identity.door().straight("POST", "/v1/auth/magic-link/use", {"token": token})
    assert (again.status_code, again.json()["code"]) == (409, "link_over")
    wrong = await identity.door().straight("POST", "/v1/auth/password-reset/use", {"token": token, "password": NEW})
    assert wrong.status_code == 409


async def test_a_new_password_by_mail_ends_every_session(identity: IdentityHere, organization: str) -> None:
    member = await identity.member(organization, "auditor")
    await ask(identity, "password-reset", member["email"], organization)
    token = await identity.link(member["email"])
    weak = await identity.door().straight("POST", "/v1/auth/password-reset/use", {"token": token, "password": "short"})
    assert (weak.status_code, weak.json()["errors"][0]["field"]) == (422, "password")
    done = await identity.door().straight("POST", "/v1/auth/password-reset/use", {"token": token, "password": NEW})
    assert done.status_code == 204
    assert (await identity.door(member["cookie"]).call("GET", "/v1/me")).status_code == 401
    assert (await identity.log_in(member["email"], PASSWORD, organization)).status_code == 401
    assert (await identity.log_in(member["email"], NEW, organization)).status_code == 204


async def test_signing_up_brings_the_invited_their_link_and_strangers_nothing(
    identity: IdentityHere, organization: str
) -> None:
    """CM-13: a sign-up at the host's page links the invited person, by their address, and nobody else."""
    email, customer_id = address(), str(await identity.add_customer(organization))
    await invited(identity.door(identity.key, organization), email, "customer_owner", customer_id=customer_id)
    await identity.letters(email)
    await ask(identity, "sign-up", email, organization)
    assert (await accept(identity, await identity.link(email), email)).status_code == 204
    stranger = address()
    await ask(identity, "sign-up", stranger, organization)
    assert await identity.letters(stranger) == []


async def test_the_page_runs_its_own_script_and_nothing_else_and_is_the_same_for_all(identity: IdentityHere) -> None:
    pages = [await identity.door().straight("GET", path) for path in ("/auth", "/host/a-host/auth", "/host/x/auth")]
    assert len({page.text for page in pages}) == 1
    policy = pages[0].headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert pages[0].headers["referrer-policy"] == "no-referrer"


async def test_a_mail_that_the_server_does_not_take_waits_sealed_and_is_tried_later(
    identity: IdentityHere, organization: str
) -> None:
    await identity.sql("delete from mails")
    email = address()
    made = await invited(identity.door(identity.key, organization), email)
    nowhere = Mailer("127.0.0.1", 9, "hostbook@alpha.example")
    postman = Postman(identity.database, nowhere, identity.app.state.access.sealing)
    assert await postman.turn() == 0
    rows = await identity.sql("select attempts, next_at - clock_timestamp(), encode(sealed, 'escape') from mails")
    assert [row[0] for row in rows] == [1]
    assert timedelta(seconds=10) < rows[0][1] <= timedelta(seconds=30)
    assert token_of(made["link"]) not in rows[0][2]
    assert await postman.turn() == 0
    assert (await identity.sql("select attempts from mails"))[0][0] == 1  # its time has not come
    assert await identity.link(email) == token_of(made["link"])
