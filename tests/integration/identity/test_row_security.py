"""Row-level security, by queries as the service's own role."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from common.db import SYSTEM, Tenant
from identity.store.tables import metadata
from identity.store.tenancy import GATE
from support.identity_at import IdentityHere

GATED = {"slugs", "sessions", "api_keys", "links", "passkeys", "logos"}
SURELY = {"slugs", "sessions", "api_keys"}
OWN = sorted(t.name for t in metadata.sorted_tables)


async def test_every_table_is_under_forced_row_level_security(identity: IdentityHere) -> None:
    rows = await identity.sql(
        "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
        " and relname <> 'alembic_version' and not (relrowsecurity and relforcerowsecurity)"
    )
    assert rows == []


@pytest.mark.parametrize("table", OWN)
async def test_without_an_organization_there_are_no_rows(identity: IdentityHere, organization: str, table: str) -> None:
    await identity.signed_in(organization=organization)
    async with identity.database.transaction(Tenant(None)) as tx:
        assert (await tx.execute(text(f"select count(*) from {table}"))).scalar() == 0


@pytest.mark.parametrize("table", sorted(GATED | {"hosts", "members", "clock_advances"}))
async def test_an_organization_sees_its_own_rows_alone(identity: IdentityHere, organization: str, table: str) -> None:
    await identity.signed_in(organization=organization)
    async with identity.database.transaction(Tenant(UUID(organization))) as tx:
        seen = (await tx.execute(text(f"select distinct organization_id from {table}"))).scalars().all()
    assert set(seen) <= {UUID(organization)}


@pytest.mark.parametrize("table", OWN)
async def test_the_gate_reads_hashed_credentials_and_short_names_and_nothing_else(
    identity: IdentityHere, organization: str, table: str
) -> None:
    door = identity.door(identity.key, organization)
    await door.call("POST", "/v1/api-keys", {"name": "k", "role": "auditor"})
    await identity.signed_in(organization=organization)
    async with identity.database.transaction(GATE) as tx:
        count = (await tx.execute(text(f"select count(*) from {table}"))).scalar() or 0
    assert count == 0 or table in GATED
    assert count > 0 or table not in SURELY


@pytest.mark.parametrize("tenant", [GATE, SYSTEM])
@pytest.mark.parametrize("table", [*sorted(GATED), "clock_advances", "mails"])
async def test_reading_across_organizations_never_becomes_writing(
    identity: IdentityHere, organization: str, table: str, tenant: Tenant
) -> None:
    await identity.signed_in(organization=organization)
    async with identity.database.transaction(tenant) as tx:
        assert (await tx.execute(text(f"delete from {table}"))).rowcount == 0
        assert (await tx.execute(text(f"update {table} set organization_id = organization_id"))).rowcount == 0


async def test_rows_of_another_organization_cannot_be_written(identity: IdentityHere, organization: str) -> None:
    other = (await identity.open_organization())["id"]
    with pytest.raises(DBAPIError, match="row-level security"):
        async with identity.database.transaction(Tenant(UUID(organization))) as tx:
            await tx.execute(text("insert into slugs values ('stolen-name', cast(:o as uuid))"), {"o": other})
