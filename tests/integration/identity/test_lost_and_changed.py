"""Another address, a lost second factor, mail that no server takes (issue 6, section 1)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from common.clock import wall_now
from common.mail import Mailer
from events.identity import MemberChanged, MemberJoined
from identity.workflows.outgoing_mail.postman import Postman
from integration.identity.test_second_factors import BY_PAGE, cookie, enrolled, half_way, passkey
from support.identity_at import PASSWORD, Door, IdentityHere
from support.processes import mail_sink


def address() -> str:
    return f"p{uuid4().hex[:8]}@alpha.example"


async def use(identity: IdentityHere, token: str) -> tuple[int, str]:
    answer = await identity.door().straight("POST", "/v1/auth/email/use", {"token": token})
    return answer.status_code, answer.json()["code"] if answer.content else ""


async def asked(door: Door, email: str) -> tuple[int, str]:
    answer = await door.call("POST", "/v1/account/email", {"email": email}, BY_PAGE)
    return answer.status_code, answer.json().get("code", "")


async def test_a_new_address_counts_once_its_link_was_used_and_the_old_one_hears_of_it(
    identity: IdentityHere, organization: str
) -> None:
    customer_id = str(await identity.add_customer(organization))
    member, new = await identity.member(organization, "customer_owner", customer_id=customer_id), address()
    door, old = identity.door(member["cookie"]), member["email"]
    await identity.letters(old)
    assert await asked(door, new.upper()) == (202, "")
    assert (await door.call("GET", "/v1/account")).json()["new_email"] == new
    letters = await identity.sql("select count(*) from mails")
    assert letters[0][0] == 2
    token = await identity.link(new)
    assert (await identity.log_in(new, PASSWORD, organization, "portal")).status_code == 401
    assert await use(identity, token) == (204, "")
    assert "your address was changed to " + new in (await identity.letters(old))[-1]
    assert await use(identity, token) == (409, "link_over")
    assert (await door.call("GET", "/v1/me")).status_code == 401
    assert (await identity.log_in(old, PASSWORD, organization, "portal")).status_code == 401
    assert (await identity.log_in(new, PASSWORD, organization, "portal")).status_code == 204
    *_, joined, told = await identity.published(organization)
    assert isinstance(joined, MemberJoined)
    assert (joined.name, joined.email) == ("P", old)
    assert isinstance(told, MemberChanged)
    assert (told.email, told.role, str(told.customer_id)) == (new, "customer_owner", customer_id)


async def test_the_old_address_hears_of_the_wish_and_a_later_wish_ends_the_earlier_link(
    identity: IdentityHere, organization: str
) -> None:
    member = await identity.member(organization, "finance")
    door, first, second = identity.door(member["cookie"]), address(), address()
    joined = (await identity.published(organization))[-1]
    assert isinstance(joined, MemberJoined)
    assert (joined.name, joined.email) == (None, None)  # who works for the host is told to nobody
    assert await asked(door, first) == (202, "")
    rows = await identity.sql("select mail_id from mails order by mail_id")
    assert len(rows) == 2
    token = await identity.link(first)
    assert await asked(door, second) == (202, "")
    assert await use(identity, token) == (409, "link_over")
    assert "somebody asked to change your address" in (await identity.letters(member["email"]))[-1]
    assert await asked(door, second) == (202, "")
    token = await identity.link(second)
    await identity.sql("update links set ends_at = now() where purpose = 'email'")
    assert await use(identity, token) == (409, "link_over")


async def test_a_taken_address_a_stale_sign_in_and_nonsense_change_nothing(
    identity: IdentityHere, organization: str
) -> None:
    member, other = [await identity.member(organization, "finance") for _ in range(2)]
    door = identity.door(member["cookie"])
    assert await asked(door, other["email"]) == (202, "")  # whether it is taken, nobody learns
    assert await identity.letters(other["email"]) == []
    free = address()
    assert await asked(door, free) == (202, "")
    token = await identity.link(free)
    await identity.sql("update members set email = :e where email = :o", e=free, o=other["email"])
    assert await use(identity, token) == (409, "link_over")  # taken meanwhile
    assert await asked(door, member["email"]) == (409, "conflict")
    for email in ("", "nobody", "a@b@alpha.example", "a@alpha.example\nBcc: b@alpha.example", "x" * 250 + "@a.example"):
        assert (await asked(door, email))[0] == 422, email
    assert [(await asked(door, address()))[0] for _ in range(5)][-1] == 429
    await identity.sql("delete from sign_in_attempts")
    await identity.sql("update sessions set shown_at = :at", at=wall_now() - timedelta(minutes=16))
    assert await asked(door, address()) == (403, "step_up_required")
    assert (await asked(identity.door(identity.key, organization), address()))[0] == 403


async def test_an_administrator_resets_a_lost_second_factor_and_another_one_comes_before_anything_else(
    identity: IdentityHere, organization: str
) -> None:
    admin, (email, _, codes) = await identity.member(organization, "admin"), await enrolled(identity, organization)
    door = identity.door(admin["cookie"])
    listed = (await door.call("GET", "/v1/members")).json()["items"]
    lost = next(one for one in listed if one["email"] == email)
    pending = await half_way(identity, email, organization)
    await identity.letters(email)
    path = f"/v1/members/{lost['id']}/second-factors"
    assert (await door.call("DELETE", path, None, BY_PAGE)).status_code == 204
    assert "an administrator has removed your second factors" in (await identity.letters(email))[-1]
    late = await identity.door(pending).straight("POST", "/v1/auth/second-factor", {"code": codes[0]})
    assert late.status_code == 401
    entered = await identity.log_in(email, PASSWORD, organization)
    assert entered.status_code == 204
    again = identity.door(cookie(entered))
    assert (await again.call("GET", "/v1/approvals")).json()["code"] == "second_factor_required"
    assert (await again.call("GET", "/v1/account")).json()["must_set_up_second_factor"] is True
    assert (await again.call("POST", "/v1/account/totp", None, BY_PAGE)).status_code == 201
    gone = (await door.call("DELETE", path, None, BY_PAGE)).status_code
    assert gone == 409  # one that is only begun does not count
    recorded = await identity.sql(
        "select convert_from(body, 'utf8') from outbox where topic = 'audit.change' and organization_id = :o",
        o=UUID(organization),
    )
    changes = [json.loads(row[0]) for row in recorded]
    removed = [one for one in changes if (one["table"], one["operation"]) == ("totps", "delete")]
    person = await identity.sql("select person_id from members where email = :e", e=admin["email"])
    assert removed[0]["subject"] == f"user:{person[0][0]}"


async def test_a_passkey_is_reset_too(identity: IdentityHere, organization: str) -> None:
    admin, member = [await identity.member(organization, role) for role in ("admin", "support")]
    _, added = await passkey(identity, identity.door(member["cookie"]))
    assert added.status_code == 201
    door, path = identity.door(admin["cookie"]), f"/v1/members/{member['id']}/second-factors"
    assert (await door.call("DELETE", path, None, BY_PAGE)).status_code == 204
    assert await identity.sql("select 1 from passkeys where organization_id = :o", o=UUID(organization)) == []
    assert (await identity.door(cookie(added)).call("GET", "/v1/me")).status_code == 401


@pytest.mark.parametrize(
    ("by", "whose", "status"),
    [
        ("admin", "owner", 403), ("admin", "self", 409), ("finance", "admin", 403), ("key", "finance", 403),
        ("admin", "foreign", 404), ("admin", "finance", 409), ("customer_owner", "customer_viewer", 403),
    ],
)  # fmt: skip
async def test_nobody_resets_who_may_do_more_who_is_elsewhere_or_has_none(
    identity: IdentityHere, organization: str, by: str, whose: str, status: int
) -> None:
    customer = {"customer_id": str(await identity.add_customer(organization))}
    people = {
        role: await identity.member(organization, role, **(customer if role.startswith("customer") else {}))
        for role in {by, whose} - {"owner", "self", "foreign", "key"}
    }
    own = identity.door(identity.key, organization)
    owner = next(one for one in (await own.call("GET", "/v1/members")).json()["items"] if one["role"] == "owner")
    place = organization if whose != "foreign" else str((await identity.open_organization())["id"])
    target = {"owner": owner, "self": people.get(by)}.get(whose) or people.get(whose)
    found = target or await identity.member(place, "finance")
    door = own if by == "key" else identity.door(people[by]["cookie"])
    answer = await door.call("DELETE", f"/v1/members/{found['id']}/second-factors", None, BY_PAGE)
    assert answer.status_code == status, answer.text


async def test_a_mail_that_is_refused_for_good_holds_up_no_other_and_the_invitation_says_so(
    identity: IdentityHere, organization: str, tmp_path: Path
) -> None:
    gone, there, door = address(), address(), identity.door(identity.key, organization)
    (tmp_path / "faults.json").write_text(json.dumps({"refuse": [gone]}))
    await identity.sql("delete from mails")
    for email in (gone, there):
        made = await door.call("POST", "/v1/invitations", {"email": email, "role": "auditor"})
        assert made.status_code == 201, made.text
    async with mail_sink(tmp_path) as sink:
        postman = Postman(
            identity.database, Mailer("127.0.0.1", sink.port, "a@host.example"), identity.app.state.access.sealing
        )
        assert await postman.turn() == 1
        assert await identity.sql("select 1 from mails") == []
        listed = {one["email"]: one for one in (await door.call("GET", "/v1/invitations")).json()["items"]}
        assert "550" in listed[gone]["mail_refusal"]
        assert listed[gone]["mail_refused_at"]
        assert (listed[there]["mail_refusal"], listed[there]["mail_refused_at"]) == (None, None)
        (tmp_path / "faults.json").write_text(json.dumps({"temporary": 1}))
        renewed = await door.call("POST", f"/v1/invitations/{listed[gone]['id']}/renew")
        assert renewed.json()["mail_refusal"] is None
        assert await postman.turn() == 0
        waiting = await identity.sql("update mails set next_at = now() returning attempts")
        assert waiting == [(1,)]
        assert await postman.turn() == 1
    letters = [json.loads(line)["to"] for line in (tmp_path / "index.jsonl").read_text().splitlines()]
    assert letters == [[there], [gone]]
