"""devices of PDUs, temperatures, alerts, hashprice from an address, days derived again, evidence let go"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# A month of raw evidence is emptied only when every organization that has rows in it has let it go. The owner is under
# the same row-level security as everybody, so it looks as each of them in turn, and puts the caller's settings back.
# Truncating gives the space back at once and leaves a place for what still comes.
_EMPTY = """
create function empty_evidence_partition(parent text, month date) returns boolean
language plpgsql security definer set search_path = pg_catalog, public set lock_timeout = '3s' as $$
declare
    begins date := date_trunc('month', month);
    ends date := date_trunc('month', month) + interval '1 month';
    child text := format('%s_%s', parent, to_char(begins, 'YYYY_MM'));
    said_organization text := coalesce(current_setting('app.organization_id', true), '');
    said_customer text := coalesce(current_setting('app.customer_id', true), '');
    said_scope text := coalesce(current_setting('app.scope', true), '');
    one uuid;
    holds boolean;
    is_kept boolean := false;
begin
    if parent not in ('polls', 'telemetry') then
        raise exception 'no partition of %', parent using errcode = '22023';
    end if;
    if to_regclass(format('evidence_parts.%I', child)) is null then
        return false;
    end if;
    -- First the lock, then the look: what is being written now is seen, or comes afterwards.
    execute format('lock table evidence_parts.%I in access exclusive mode', child);
    perform set_config('app.customer_id', '', true);
    for one in select unnest(evidence_owners()) loop
        perform set_config('app.organization_id', one::text, true);
        execute format(
            'select exists (select from public.%I where %I >= $1 and %I < $2 and organization_id = $3)',
            parent, case parent when 'polls' then 'polled_at' else 'scanned_at' end,
            case parent when 'polls' then 'polled_at' else 'scanned_at' end
        ) into holds using begins::timestamp at time zone 'UTC', ends::timestamp at time zone 'UTC', one;
        if holds and not exists (select from public.evidence_releases r where r.month = begins) then
            is_kept := true;
            exit;
        end if;
    end loop;
    perform set_config('app.organization_id', said_organization, true);
    perform set_config('app.customer_id', said_customer, true);
    perform set_config('app.scope', said_scope, true);
    if is_kept then
        return false;
    end if;
    if pg_relation_size(format('evidence_parts.%I', child)::regclass) = 0 then
        return false;
    end if;
    execute format('truncate table evidence_parts.%I', child);
    return true;
end
$$
"""
_OWNERS = """
create function evidence_owners() returns uuid[]
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    found uuid[];
    said_scope text := coalesce(current_setting('app.scope', true), '');
begin
    perform set_config('app.scope', 'system', true);
    select coalesce(array_agg(organization_id), '{}') into found from public.organizations;
    perform set_config('app.scope', said_scope, true);
    return found;
end
$$
"""


def _uuid(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _text(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _at(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _whole(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    op.add_column("pdus", sa.Column("device", postgresql.JSONB(), nullable=True))
    op.add_column("pdus", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("telemetry", sa.Column("temperatures_c", sa.LargeBinary(), nullable=True))
    op.add_column(
        "metering_settings", sa.Column("alert_rules", postgresql.JSONB(), server_default="{}", nullable=False)
    )
    op.add_column("metering_settings", sa.Column("keep_raw_months", sa.Integer(), nullable=True))
    _alerts()
    _hashprice()
    _orders()
    op.execute(_OWNERS)
    op.execute("revoke all on function evidence_owners() from public")
    op.execute(_EMPTY)


def _alerts() -> None:
    op.create_table(
        "alerts",
        _uuid("organization_id"),
        _uuid("alert_id"),
        _text("kind"),
        _uuid("subject_id"),
        _text("severity"),
        *(_uuid(name, True) for name in ("unit_id", "pdu_id", "contract_id", "customer_id")),
        _at("opened_at"),
        _at("closed_at", True),
        _text("observed", True),
        _text("threshold", True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "alert_id", name="pk_alerts"),
    )
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["organization_id", "kind", "subject_id"],
        unique=True,
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_table(
        "alert_conditions",
        _uuid("organization_id"),
        _text("kind"),
        _uuid("subject_id"),
        _at("since_at"),
        _at("well_since_at", True),
        _at("seen_at"),
        _uuid("alert_id", True),
        sa.PrimaryKeyConstraint("organization_id", "kind", "subject_id", name="pk_alert_conditions"),
    )
    op.create_table(
        "cap_looks",
        _uuid("organization_id"),
        _uuid("contract_id"),
        _at("until_at"),
        sa.PrimaryKeyConstraint("organization_id", "contract_id", name="pk_cap_looks"),
    )
    op.create_table(
        "alert_preferences",
        _uuid("organization_id"),
        _uuid("customer_id"),
        _whole("version"),
        sa.Column("offline_minutes", sa.Integer(), nullable=True),
        _text("low_hashrate_percent", True),
        _text("temperature_c", True),
        sa.PrimaryKeyConstraint("organization_id", "customer_id", name="pk_alert_preferences"),
    )


def _hashprice() -> None:
    op.create_table(
        "hashprice_sources",
        _uuid("organization_id"),
        _text("series"),
        sa.Column("url", sa.Text(), nullable=False),
        _text("price_pointer"),
        _text("instant_pointer", True),
        _text("unit"),
        _whole("interval_minutes"),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        _whole("version"),
        sa.PrimaryKeyConstraint("organization_id", "series", name="pk_hashprice_sources"),
    )
    op.create_table(
        "hashprice_fetches",
        _uuid("organization_id"),
        _uuid("fetch_id"),
        _text("series"),
        _whole("source_version"),
        _uuid("wakeup_id"),
        _at("due_at"),
        _text("state"),
        sa.Column("outcome", sa.Text(), nullable=True),
        _at("priced_at", True),
        _text("usd_per_ph_day", True),
        sa.PrimaryKeyConstraint("organization_id", "fetch_id", name="pk_hashprice_fetches"),
    )
    op.create_index(
        "ix_hashprice_fetches_due",
        "hashprice_fetches",
        ["organization_id", "series", "due_at"],
    )
    op.create_index(
        "ix_hashprice_fetches_open",
        "hashprice_fetches",
        ["organization_id"],
        postgresql_where=sa.text("state = 'intended'"),
    )


def _orders() -> None:
    op.create_table(
        "rederivations",
        _uuid("organization_id"),
        _uuid("rederivation_id"),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        _uuid("unit_id", True),
        _text("state"),
        *(_whole(name) for name in ("unit_count", "failed_count", "change_count")),
        _at("asked_at"),
        _at("done_at", True),
        sa.PrimaryKeyConstraint("organization_id", "rederivation_id", name="pk_rederivations"),
    )
    op.create_table(
        "rederivation_changes",
        *(_uuid(name) for name in ("organization_id", "rederivation_id", "unit_id", "contract_id")),
        _at("from_at"),
        _at("to_at"),
        sa.Column("day", sa.Date(), nullable=False),
        _whole("revision"),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint(
            *("organization_id", "rederivation_id", "unit_id", "contract_id", "from_at", "to_at"),
            name="pk_rederivation_changes",
        ),
    )
    op.create_table(
        "packed_polls",
        _uuid("organization_id"),
        _uuid("pdu_id"),
        sa.Column("day", sa.Date(), nullable=False),
        _at("first_at"),
        _at("last_at"),
        _whole("poll_count"),
        sa.Column("block", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "pdu_id", "day", name="pk_packed_polls"),
    )
    op.execute("alter table packed_polls alter column block set storage external")
    op.create_table(
        "evidence_releases",
        _uuid("organization_id"),
        sa.Column("month", sa.Date(), nullable=False),
        _at("released_at"),
        sa.PrimaryKeyConstraint("organization_id", "month", name="pk_evidence_releases"),
    )
