"""units and sites that fall silent, outlets as the PDUs name them, months let go dropped instead of emptied"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# As in 0003, but the partition goes. The parent is locked before the partition, as everybody who writes does, so that
# the two cannot wait for each other; a lock that is not to be had soon fails the job, which is tried again. A first look
# without locks spares writers the wait where rows are kept anyway. What still comes for such a month gets a new one.
_DROP = """
create or replace function empty_evidence_partition(parent text, month date) returns boolean
language plpgsql security definer set search_path = pg_catalog, public set lock_timeout = '3s' as $$
declare
    child text := format('%s_%s', parent, to_char(date_trunc('month', month), 'YYYY_MM'));
begin
    if parent not in ('polls', 'telemetry') then
        raise exception 'no partition of %', parent using errcode = '22023';
    end if;
    if to_regclass(format('evidence_parts.%I', child)) is null or evidence_is_kept(parent, month) then
        return false;
    end if;
    execute format('lock table only public.%I in access exclusive mode', parent);
    if to_regclass(format('evidence_parts.%I', child)) is null then
        return false;
    end if;
    execute format('lock table evidence_parts.%I in access exclusive mode', child);
    if evidence_is_kept(parent, month) then
        return false;
    end if;
    execute format('alter table public.%I detach partition evidence_parts.%I', parent, child);
    execute format('drop table evidence_parts.%I', child);
    return true;
end
$$
"""
_KEPT = """
create function evidence_is_kept(parent text, month date) returns boolean
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    begins date := date_trunc('month', month);
    instants text := case parent when 'polls' then 'polled_at' else 'scanned_at' end;
    said_organization text := coalesce(current_setting('app.organization_id', true), '');
    said_customer text := coalesce(current_setting('app.customer_id', true), '');
    one uuid;
    holds boolean;
    is_kept boolean := false;
begin
    perform set_config('app.customer_id', '', true);
    for one in select unnest(evidence_owners()) loop
        perform set_config('app.organization_id', one::text, true);
        execute format(
            'select exists (select from public.%I where %I >= $1 and %I < $2 and organization_id = $3)',
            parent, instants, instants
        ) into holds using begins::timestamp at time zone 'UTC',
            (begins + interval '1 month')::timestamp at time zone 'UTC', one;
        is_kept := holds and not exists (select from public.evidence_releases r where r.month = begins);
        exit when is_kept;
    end loop;
    perform set_config('app.organization_id', said_organization, true);
    perform set_config('app.customer_id', said_customer, true);
    return is_kept;
end
$$
"""


def upgrade() -> None:
    op.add_column("unit_states", sa.Column("site_id", sa.Uuid(), nullable=True))
    op.add_column("unit_states", sa.Column("seen_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_unit_states_seen", "unit_states", ["organization_id", "site_id", "seen_until"])
    op.add_column("alerts", sa.Column("site_id", sa.Uuid(), nullable=True))
    op.create_table(
        "pdu_outlets",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("pdu_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "pdu_id", "position", name="pk_pdu_outlets"),
    )
    op.execute(_KEPT)
    op.execute("revoke all on function evidence_is_kept(text, date) from public")
    op.execute(_DROP)
