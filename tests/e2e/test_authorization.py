"""Two hosts x two customers x every role x every operation, against a golden table (API1, API3, API5; ASVS 8.2, 8.4).

The table is written anew with HOSTBOOK_GOLDEN=write; what changed in it is read in the review.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest_asyncio

from common.auth import Principal
from hostbook.engines.stack import Stack
from identity.domain.portal_view import SEEN
from identity.domain.roles import ACCOUNT, PORTAL_ROLES, Role, permissions_of
from support.callers import Here, Operation, fingerprint, operations
from support.furnished import SECRET, House

GOLDEN = Path(__file__).parent / "golden" / "authorization.txt"
ROLES = [role for role in Role if role not in (Role.PLATFORM, Role.CUSTOM)]
# Operations that ask more than their permission says: of the body, of whose session it is, or for customers alone.
FINER = {
    "note_announcement_read", "sign_customer_agreement", "sign_customer_contract", "change_ticket", "add_api_key",
    "rotate_api_key", "add_approval", "add_invitation", "add_member",
}  # fmt: skip
# The series of a host's hashprices is a name, not an id. A body that is refused before anything is looked for is a 422.
REFUSED = (403, 404, 409, 412, 422)
SIGNS = {"+": "allowed", "-": "403", "0": "404", "s": "401"}
HEAD = """Who may do what. Generated: HOSTBOOK_GOLDEN=write pytest tests/e2e/test_authorization.py

+ allowed (whatever the answer to the example is)   - 403   0 404: not there for this caller   s asks for a session or a
credential of its own (401)
columns, own things: {roles} onlooker
then, with the other customer's things: customer_owner; with another host's things: owner customer_owner
"""


@pytest_asyncio.fixture(scope="module")
async def lasting(whole_stack: Stack) -> AsyncIterator[Here]:
    here = Here(whole_stack, lasting=True)
    yield here
    await here.close()


def caller(house: House, role: Role) -> Principal:
    """Somebody of the role at the host; a customer's people are those of `alpha`."""
    of = house.of_customer["alpha"]["customer_id"] if role in PORTAL_ROLES else None
    permissions = permissions_of(role) | (frozenset() if role is Role.COLLECTOR else ACCOUNT)
    return Principal(f"user:{house.ids['member_id']}", UUID(house.world.id), permissions, _uuid(of))


def _uuid(text: str | None) -> Any:
    return UUID(text) if text else None


def onlooker(house: House) -> Principal:
    """Somebody of the host who looks on the customer's behalf."""
    of = _uuid(house.of_customer["alpha"]["customer_id"])
    return Principal(f"customer:{of}", UUID(house.world.id), SEEN, of, f"user:{house.ids['member_id']}", True)


async def verdict(
    here: Here, who: Principal, one: Operation, ids: dict[str, str], told: Counter[str], *, narrowed: bool = False
) -> str:
    """`+`, `-`, `0` or `s`; anything of ours that breaks is a failure."""
    answer = await here.call(who, one, ids, narrowed=narrowed)
    assert answer.status_code < 500 or answer.status_code == 503, f"{one}: {answer.status_code} {answer.text}"
    said = {401: "s", 403: "-", 404: "0"}.get(answer.status_code, "+")
    told[said] += 1
    return said


async def test_every_role_at_every_operation_is_answered_as_the_table_says(
    houses: tuple[House, House], undone: Here, document: dict[str, Any]
) -> None:
    ours, theirs = houses
    told: Counter[str] = Counter()
    rows, wrong = [], []
    for one in operations(document):
        own = [await verdict(undone, caller(ours, role), one, ours.known("alpha"), told) for role in ROLES]
        own.append(await verdict(undone, onlooker(ours), one, ours.known("alpha"), told))
        beside, foreign = "", ""
        if one.names():
            person = caller(ours, Role.CUSTOMER_OWNER)
            beside = await verdict(undone, person, one, ours.known("bravo"), told, narrowed=True)
            for role in (Role.OWNER, Role.CUSTOMER_OWNER):
                foreign += await verdict(undone, caller(ours, role), one, theirs.known("alpha"), told, narrowed=True)
        for role, said in zip(ROLES, own, strict=False):
            may = one.permission == "public" or caller(ours, role).may(one.permission)
            if (said == "-") is may and one.name not in FINER:
                wrong.append(f"{one.name} ({one}): {role} {said}")
        rows.append(f"{one!s:75} {one.permission:24} {''.join(own)} {beside:1} {foreign}".rstrip())
    text = HEAD.format(roles=" ".join(ROLES)) + "\n" + "\n".join(rows) + "\n"
    if os.environ.get("HOSTBOOK_GOLDEN") == "write":
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text)
    counts = ", ".join(f"{told[sign]} {meaning}" for sign, meaning in SIGNS.items())
    print(f"{len(rows)} operations, {told.total()} calls: {counts}")
    assert wrong == []
    assert text.splitlines() == GOLDEN.read_text().splitlines()


async def test_foreign_ids_in_path_query_and_body_read_and_change_nothing(
    whole_stack: Stack, houses: tuple[House, House], lasting: Here, document: dict[str, Any]
) -> None:
    ours, theirs = houses
    neighbour = ours.of_customer["bravo"]["customer_id"]
    before = [
        await fingerprint(whole_stack, "customer_id", neighbour),
        await fingerprint(whole_stack, "organization_id", theirs.world.id),
    ]
    told: Counter[str] = Counter()
    everything = [one for one in operations(document) if one.names() and one.permission != "public"]
    person, owner, foreign = caller(ours, Role.CUSTOMER_OWNER), caller(ours, Role.OWNER), theirs.known("alpha")
    attacks: list[tuple[Principal, dict[str, str], Collection[str], tuple[str, ...]]] = [
        (person, ours.known("bravo"), ours.of_customer["bravo"], (f"bravo {ours.mark}", SECRET["note"])),
        (person, foreign, foreign, (theirs.mark, SECRET["note"])),
        (owner, foreign, foreign, (theirs.mark,)),
    ]
    found = []
    for who, ids, names, never in attacks:
        for one in everything:
            answer = await lasting.call(who, one, ids)
            told["2xx" if answer.is_success else str(answer.status_code)] += 1
            is_foreign = any(name in names for name in one.in_path if name != "series")
            if answer.status_code >= 500 or (is_foreign and answer.status_code not in REFUSED):
                found.append(f"{'person' if who.customer_id else 'owner'} {one}: {answer.status_code}")
            found += [f"{one} tells {word}: {answer.text[:300]}" for word in never if word in answer.text]
    print(f"{len(everything)} operations with ids x {len(attacks)} attackers: {dict(sorted(told.items()))}")
    assert found == []
    after = [
        await fingerprint(whole_stack, "customer_id", neighbour),
        await fingerprint(whole_stack, "organization_id", theirs.world.id),
    ]
    changed = [name for was, now in zip(before, after, strict=True) for name in was.keys() ^ now.keys()]
    changed += [name for was, now in zip(before, after, strict=True) for name in was if was[name] != now.get(name)]
    assert changed == []


async def test_customers_people_never_read_what_is_the_hosts_or_the_neighbours(
    houses: tuple[House, House], undone: Here, document: dict[str, Any]
) -> None:
    ours, theirs = houses
    never = (*SECRET.values(), f"bravo {ours.mark}", theirs.mark, ours.of_customer["bravo"]["contract_id"])
    read = 0
    for one in operations(document):
        if one.method != "get" or one.permission == "public":
            continue
        people = [caller(ours, role) for role in ROLES if role in PORTAL_ROLES]
        for who in (*people, onlooker(ours)):
            answer = await undone.call(who, one, ours.known("alpha"), narrowed=False)
            assert not [word for word in never if word in answer.text], f"{one} tells: {answer.text[:800]}"
            read += answer.is_success
            if answer.is_success and "json" in answer.headers.get("content-type", ""):
                hidden = {k: v for k, v in _leaves(answer.json()) if k in ("cost_basis", "margin", "notes", "tags")}
                assert not any(hidden.values()), f"{one} tells {hidden}"
    print(f"{read} answers read by customers' people")
    assert read > 100


def _leaves(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in [(key, inner), *_leaves(inner)]]
    return [pair for inner in value for pair in _leaves(inner)] if isinstance(value, list) else []
