"""The audit log: what the database recorded, who did it, searched, exported, and changed by nobody."""

import csv
import io
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from common.consuming import Poisoned, Record
from identity.domain.host import PLATFORM
from identity.main import audit_changes
from identity.store import audit_entries
from support.identity_at import ADMIN, OUR_ORIGIN, PASSWORD, IdentityHere

BY_PAGE = {"Origin": OUR_ORIGIN}
OLD = {"X-Forwarded-For": "192.0.2.1, 198.51.100.7"}


async def take_over(identity: IdentityHere, organization: str) -> None:
    """What relay and consumer do: the recorded changes into the log."""
    rows = await identity.sql(
        "select topic, key, headers, body from outbox where topic = 'audit.change' and organization_id = :o"
        " order by seq",
        o=UUID(organization),
    )
    audit_changes.bind(identity.database)
    await audit_changes.receive([Record(r[0], 0, n, r[1], r[2], bytes(r[3])) for n, r in enumerate(rows)])


async def test_a_change_of_access_tells_who_what_before_and_after_when_and_from_where(
    identity: IdentityHere, organization: str
) -> None:
    admin = await identity.member(organization, "admin")
    other = await identity.member(organization, "auditor")
    door, path = identity.door(admin["cookie"]), f"/v1/members/{other['id']}"
    changed = await door.call("PATCH", path, {"role": "sales"}, {"If-Match": '"1"', **BY_PAGE, **OLD})
    assert changed.status_code == 200, changed.text
    for _ in range(2):  # a batch that comes again adds nothing
        await take_over(identity, organization)
    found = (await door.call("GET", f"/v1/audit?thing=members&row_id={other['id']}")).json()["items"]
    assert [entry["operation"] for entry in found] == ["update", "insert"]
    entry = found[0]
    assert (entry["before"], entry["after"]) == ({"role": "auditor", "version": 1}, {"role": "sales", "version": 2})
    assert (entry["person"], entry["address"], entry["service"]) == (admin["email"], "198.51.100.7", "identity")
    assert entry["subject"].startswith("user:")
    inserted = found[1]
    assert inserted["subject"].startswith("key:")
    assert "bootstrap" not in str(inserted["after"])
    assert inserted["after"]["password_hash"] == "(hidden)"


async def test_who_signed_in_from_where_and_how_it_ended_is_told(identity: IdentityHere, organization: str) -> None:
    """ASVS 16.3.1."""
    member = await identity.member(organization, "auditor")
    answer = await identity.log_in(member["email"], PASSWORD, organization, **OLD)
    cookie = answer.headers["set-cookie"].split(";")[0]
    await identity.door(cookie).straight("POST", "/v1/auth/logout")
    await take_over(identity, organization)
    owner = identity.door(identity.key, organization)
    found = (await owner.call("GET", "/v1/audit?thing=sessions")).json()["items"]
    told = [(one["operation"], one["person"], one["address"]) for one in found[:2]]
    assert told == [("delete", member["email"], "198.51.100.7"), ("insert", member["email"], "198.51.100.7")]
    assert found[1]["after"]["token_sha256"] == "(hidden)"
    assert cookie.partition("=")[2] not in str(found)


async def test_refused_sign_ins_are_told_with_a_sum_and_without_what_was_typed(
    identity: IdentityHere, organization: str
) -> None:
    """ASVS 16.3.1: of each person the first and the fifth; of nobody known no name, as it may be a password."""
    member = await identity.member(organization, "auditor")
    for email in (member["email"], "hunter2@typed.example"):
        for _ in range(5):
            assert (await identity.log_in(email, "wrong horse battery", organization, **OLD)).status_code == 401
    await identity.log_in(ADMIN, PASSWORD, f"no-{uuid4().hex[:6]}")
    found = await identity.door(identity.key, organization).call("GET", "/v1/audit?thing=refused_sign_ins")
    told = [(one["after"]["email"], one["after"]["attempts"]) for one in found.json()["items"]]
    assert set(told) == {(email, attempts) for email in (None, member["email"]) for attempts in (1, 5)}
    assert len(told) == 4
    entry = found.json()["items"][0]
    assert (entry["subject"], entry["address"], entry["after"]["why"]) == ("anonymous", "198.51.100.7", "password")
    assert "hunter2" not in found.text
    of_platform = "select after->>'why' from audit_entries where thing = 'refused_sign_ins' and organization_id = :o"
    assert await identity.sql(of_platform, o=PLATFORM), "an organization that is not known is the platform's concern"
    await identity.sql("delete from sign_in_attempts")


async def test_secrets_are_nowhere_in_it(identity: IdentityHere, organization: str) -> None:
    door = identity.door(identity.key, organization)
    key = (await door.call("POST", "/v1/api-keys", {"name": "k", "role": "auditor"})).json()
    await identity.member(organization, "auditor")
    bodies = await identity.sql("select encode(body, 'escape') from outbox where topic = 'audit.change'")
    told = " ".join(row[0] for row in bodies)
    assert key["id"] in told
    assert key["key"].rpartition("_")[2] not in told
    assert "argon2" not in told


async def test_it_is_found_by_what_is_asked_and_by_nobody_elses(identity: IdentityHere, organization: str) -> None:
    door = identity.door(identity.key, organization)
    for n in range(3):
        await door.call("POST", "/v1/roles", {"name": f"Role {n}", "permissions": ["invoices.read"]})
    await take_over(identity, organization)
    first = (await door.call("GET", "/v1/audit?thing=custom_roles&limit=2")).json()
    second = (await door.call("GET", f"/v1/audit?thing=custom_roles&limit=2&after={first['next']}")).json()
    names = [one["after"]["name"] for one in first["items"] + second["items"]]
    assert names == ["Role 2", "Role 1", "Role 0"]
    assert (await door.call("GET", "/v1/audit?to_at=2020-01-01T00:00:00Z")).json()["items"] == []
    assert (await door.call("GET", "/v1/audit?subject=system:invoicing")).json()["items"] == []
    other = (await identity.open_organization())["id"]
    await take_over(identity, other)
    seen = (await identity.door(identity.key, other).call("GET", "/v1/audit")).json()["items"]
    assert not [one for one in seen if one["thing"] == "custom_roles"]
    bad = await door.call("GET", "/v1/audit?from_at=yesterday")
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "from_at")
    cursor = (await door.call("GET", "/v1/members?limit=1")).json()["next"] or first["next"]
    assert (await door.call("GET", f"/v1/audit?after={cursor}")).status_code in (200, 422)
    finance = identity.door((await identity.member(organization, "finance"))["cookie"])
    assert (await finance.call("GET", "/v1/audit")).status_code == 403


async def test_it_goes_out_as_csv_that_no_spreadsheet_runs(identity: IdentityHere, organization: str) -> None:
    door = identity.door(identity.key, organization)
    await door.call("POST", "/v1/roles", {"name": "=cmd()", "permissions": ["invoices.read"]})
    await take_over(identity, organization)
    answer = await door.call("GET", "/v1/audit/export?thing=custom_roles")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert orjson.loads(rows[0]["after"])["name"] == "=cmd()"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


@pytest.mark.parametrize("change", ["update audit_entries set person = 'x'", "delete from audit_entries"])
async def test_the_database_refuses_every_change_of_it(identity: IdentityHere, organization: str, change: str) -> None:
    await take_over(identity, organization)
    with pytest.raises(DBAPIError, match="permission denied"):
        async with identity.database.of(UUID(organization)) as tx:
            await tx.execute(text(change))


async def test_what_is_no_change_is_put_aside_and_the_rest_is_kept(identity: IdentityHere, organization: str) -> None:
    broken = Record("audit.change", 0, 1, "k", {"ce_id": str(uuid4())}, b"{}")
    with pytest.raises(Poisoned, match="not a change"):
        await audit_changes.receive([broken])


async def test_a_subject_that_is_nobody_has_no_name_and_holds_up_no_other(
    identity: IdentityHere, organization: str
) -> None:
    member = await identity.member(organization, "auditor")
    (row,) = await identity.sql("select person_id from members where email = :e", e=member["email"])
    async with identity.database.of(UUID(organization)) as tx:
        found = await audit_entries.people(tx, ["user:f", "key:", "system:metering", f"user:{row[0]}"])
    assert found == {f"user:{row[0]}": member["email"]}
