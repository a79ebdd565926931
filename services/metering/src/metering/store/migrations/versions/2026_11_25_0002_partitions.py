"""partitions of raw evidence, made by the owner on behalf of the service's role"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Partitions lie in a schema that the service's role cannot use: rows are reached through the parents' row-level
# security alone. They have it too, without any policy, so that a mistaken grant would still show nothing.
_MAKE = """
create function make_evidence_partition(parent text, month date) returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    begins date := date_trunc('month', month);
    child text := format('%s_%s', parent, to_char(begins, 'YYYY_MM'));
begin
    if parent not in ('polls', 'telemetry') or begins not between date '2009-01-01' and date '2200-01-01' then
        raise exception 'no partition of % for %', parent, month using errcode = '22023';
    end if;
    if to_regclass(format('evidence_parts.%I', child)) is not null then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('evidence_parts', 0));
    if to_regclass(format('evidence_parts.%I', child)) is not null then
        return;
    end if;
    execute format('create table evidence_parts.%I (like public.%I including all)', child, parent);
    execute format('alter table evidence_parts.%I enable row level security', child);
    execute format('alter table evidence_parts.%I force row level security', child);
    execute format('revoke all on evidence_parts.%I from public, %I', child, session_user);
    execute format(
        'alter table public.%I attach partition evidence_parts.%I for values from (%L) to (%L)',
        parent, child, begins::timestamp at time zone 'UTC', (begins + interval '1 month')::timestamp at time zone 'UTC'
    );
end
$$
"""


def upgrade() -> None:
    op.execute("create schema evidence_parts")
    op.execute(_MAKE)
