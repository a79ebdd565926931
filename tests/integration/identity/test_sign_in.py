"""Log-in, sessions and their end."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from common.clock import wall_now
from identity.domain.sessions import ABSOLUTE, IDLE
from identity.gateways.password_hashing import PasswordHashing
from support.identity_at import ADMIN, OUR_ORIGIN, PASSWORD, IdentityHere


async def test_a_log_in_gives_a_cookie_that_scripts_and_foreign_pages_do_not_get(
    identity: IdentityHere, organization: str
) -> None:
    answer = await identity.log_in(ADMIN, PASSWORD, organization)
    assert answer.status_code == 204
    parts = answer.headers["set-cookie"].split("; ")
    assert parts[0].startswith("__Host-hostbook=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(parts)
    me = await identity.door(parts[0]).call("GET", "/v1/me")
    assert (me.json()["email"], me.json()["role"], me.json()["organization_id"]) == (ADMIN, "owner", organization)


async def test_the_token_itself_is_not_in_the_database(identity: IdentityHere, organization: str) -> None:
    cookie = await identity.signed_in(organization=organization)
    rows = await identity.sql("select row_to_json(s)::text from sessions s")
    assert rows
    assert not any(cookie.split("=")[1] in row[0] for row in rows)


class Counting(PasswordHashing):
    """Looks at passwords as ever, and counts how often."""

    looks = 0

    async def matches(self, password: str, hashed: str | None) -> bool:
        self.looks += 1
        return await super().matches(password, hashed)


async def test_unknown_person_wrong_password_and_unknown_organization_look_the_same(
    identity: IdentityHere, organization: str
) -> None:
    """The same words, and the same work: each looks at one password, which is what takes the time."""
    before, counting = identity.app.state.passwords, Counting(time_cost=1, memory_mb=8)
    identity.app.state.passwords = counting
    customer_id = str(await identity.add_customer(organization))
    viewer = await identity.member(organization, "customer_viewer", customer_id=customer_id)
    begun, answers = counting.looks, set()
    tries = [
        (ADMIN, "wrong horse battery", organization),
        (f"{uuid4().hex}@alpha.example", PASSWORD, organization),
        (ADMIN, PASSWORD, f"no-{uuid4().hex[:6]}"),
        (ADMIN, PASSWORD, str(uuid4())),
        ("not an address", "", None),
        (viewer["email"], PASSWORD, organization),  # by the wrong door
    ]
    for email, password, where in tries:
        answer = await identity.log_in(email, password, where)
        assert "set-cookie" not in answer.headers
        answers.add((answer.status_code, answer.content))
    identity.app.state.passwords = before
    assert [status for status, _ in answers] == [401]
    assert counting.looks - begun == len(tries)


async def test_too_many_attempts_are_slowed_down_alike_for_people_who_do_not_exist(
    identity: IdentityHere, organization: str
) -> None:
    for email in (f"{uuid4().hex}@alpha.example", ADMIN):
        tries = [await identity.log_in(email, "wrong horse battery", organization) for _ in range(5)]
        assert {t.status_code for t in tries} == {401}
    counted = "update sign_in_attempts set attempts = 12, last_at = clock_timestamp() where attempts = 5 returning 1"
    assert len(await identity.sql(counted)) == 2
    for email in (f"{uuid4().hex}@alpha.example", ADMIN):
        answer = await identity.log_in(email, PASSWORD, organization)
        assert answer.status_code == (429 if email == ADMIN else 401)
    assert 100 < int(answer.headers["Retry-After"]) <= 128
    assert answer.json()["code"] == "too_many_attempts"
    await identity.sql("delete from sign_in_attempts")


async def test_parallel_guesses_count_like_others(identity: IdentityHere, organization: str) -> None:
    guesses = [identity.log_in("many@alpha.example", "wrong horse battery", organization) for _ in range(12)]
    statuses = [answer.status_code for answer in await asyncio.gather(*guesses)]
    assert statuses.count(401) <= 7
    assert statuses.count(429) >= 5


async def test_one_person_at_many_doors_at_once_gets_in_at_each(identity: IdentityHere, organization: str) -> None:
    await identity.sql("delete from sign_in_attempts")
    answers = await asyncio.gather(*(identity.log_in(ADMIN, PASSWORD, organization) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {204}


async def test_an_address_that_tries_many_people_is_slowed_down(identity: IdentityHere) -> None:
    """The gateway writes the peer last; what stands before it is the client's own claim and does not count."""
    await identity.sql("delete from sign_in_attempts")
    first = await identity.log_in("n1@alpha.example", "x", **{"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})
    assert first.status_code == 401
    await identity.sql("update sign_in_attempts set attempts = 60, last_at = clock_timestamp()")
    again = await identity.log_in("n2@alpha.example", "x", **{"X-Forwarded-For": "192.0.2.1, 198.51.100.7"})
    assert again.status_code == 429
    other = await identity.log_in("n3@alpha.example", "x", **{"X-Forwarded-For": "198.51.100.7, 203.0.113.9"})
    assert other.status_code == 401


async def test_log_out_ends_the_session_at_once(identity: IdentityHere, organization: str) -> None:
    cookie = await identity.signed_in(organization=organization)
    door = identity.door(cookie)
    assert (await door.call("GET", "/v1/me")).status_code == 200
    answer = await door.straight("POST", "/v1/auth/logout")
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (await door.call("GET", "/v1/me")).status_code == 401
    assert (await door.straight("POST", "/v1/auth/logout")).status_code == 204


async def test_a_log_in_never_goes_on_with_the_session_the_browser_came_with(
    identity: IdentityHere, organization: str
) -> None:
    planted = await identity.signed_in(organization=organization)
    answer = await identity.log_in(ADMIN, PASSWORD, organization, Cookie=planted)
    fresh = answer.headers["set-cookie"].split(";")[0]
    assert fresh != planted
    assert (await identity.door(planted).call("GET", "/v1/me")).status_code == 401
    assert (await identity.door(fresh).call("GET", "/v1/me")).status_code == 200


@pytest.mark.parametrize(("started_ago", "seen_ago"), [(timedelta(hours=2), IDLE), (ABSOLUTE, timedelta(0))])
async def test_an_expired_session_opens_nothing(
    identity: IdentityHere, organization: str, started_ago: timedelta, seen_ago: timedelta
) -> None:
    cookie, now_at = await identity.signed_in(organization=organization), wall_now()
    await identity.sql(
        "update sessions set started_at = :started, seen_at = :seen where organization_id = cast(:o as uuid)",
        started=now_at - started_ago, seen=now_at - seen_ago, o=organization,
    )  # fmt: skip
    answer = await identity.door(cookie).call("GET", "/v1/me")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


async def test_use_keeps_a_session_from_becoming_idle(identity: IdentityHere, organization: str) -> None:
    cookie, now_at = await identity.signed_in(organization=organization), wall_now()
    of_organization = "where organization_id = cast(:o as uuid)"
    await identity.sql(
        f"update sessions set seen_at = :seen {of_organization}", seen=now_at - IDLE * 0.9, o=organization
    )
    assert (await identity.door(cookie).call("GET", "/v1/me")).status_code == 200
    seen_at = (await identity.sql(f"select seen_at from sessions {of_organization}", o=organization))[0][0]
    assert seen_at >= now_at


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": OUR_ORIGIN, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://gateway.test"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_a_cookie_changes_nothing_when_a_foreign_page_sends_it(
    identity: IdentityHere, organization: str, headers: dict[str, str]
) -> None:
    door = identity.door(await identity.signed_in(organization=organization))
    body = {"email": "x@alpha.example", "name": "X", "role": "auditor"}
    refused = await door.call("POST", "/v1/members", body, headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "foreign_origin")
    assert (await door.call("GET", "/v1/me", None, headers)).status_code == 200
    assert (await door.call("POST", "/v1/members", body, {"Origin": OUR_ORIGIN})).status_code == 201


@pytest.mark.parametrize("path", ["/v1/auth/login", "/v1/auth/logout"])
async def test_foreign_pages_neither_sign_in_nor_out(identity: IdentityHere, path: str) -> None:
    body = {"email": ADMIN, "password": PASSWORD}
    answer = await identity.door().straight("POST", path, body, {"Origin": "https://evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "body",
    [{}, {"email": ADMIN}, {"email": 1, "password": []}, {"email": "a", "password": "b", "x": 1}],
)
async def test_a_malformed_log_in_is_named_by_field(identity: IdentityHere, body: dict[str, object]) -> None:
    answer = await identity.door().straight("POST", "/v1/auth/login", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"]
