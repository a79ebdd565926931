"""A service migrates its own database from its own wheel: Alembic, with one shared environment.

After the schema, row-level security and grants are laid over every table again: they are declared on the tables
(`info={"by_customer": True, "append_only": True, "open": True, "scope": "gate"}`); no migration can forget them.
So are the triggers of `{"audited": True}` (or `"people"`: changes that a caller made). A column says `{"audited":
"hidden"}` where its value is nobody's business, as bytes never are, and `{"audited": "no"}` where a change counts not.
"""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, LargeBinary, MetaData, Table, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from common.db import async_url, grant_sql, tenant_policy_sql
from common.plumbing import PLUMBING_TABLES

T = TypeVar("T")


def _config(package: str, metadata: MetaData, connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("common") / "migration_env"))
    config.set_main_option("version_locations", str(_versions(package)).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(rev)s_%%(slug)s")
    config.attributes.update(metadata=metadata, connection=connection)
    return config


def _versions(package: str) -> Path:
    return Path(str(files(package))) / "store" / "migrations" / "versions"


async def _on(url: str, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine(async_url(url), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("select pg_advisory_xact_lock(7401)"))
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


async def upgrade(owner_url: str, package: str, metadata: MetaData, app_role: str) -> None:
    """Bring the database to the newest schema, then lay policies and grants; safe to run again and in parallel."""

    def work(connection: Connection) -> None:
        command.upgrade(_config(package, metadata, connection), "head")
        _secure(connection, metadata, app_role)
        connection.exec_driver_sql((files("common") / "sql" / "record_change.sql").read_text("utf-8"))
        for table in metadata.sorted_tables:
            _audit(connection, table, package)

    await _on(owner_url, work)


async def revision(owner_url: str, package: str, metadata: MetaData, message: str) -> None:
    """Write the next migration: the difference between the tables as declared and as migrated."""

    def work(connection: Connection) -> None:
        _versions(package).mkdir(parents=True, exist_ok=True)
        config = _config(package, metadata, connection)
        command.upgrade(config, "head")
        number = f"{len(list(_versions(package).glob('2*.py'))) + 1:04d}"
        command.revision(config, message, autogenerate=True, rev_id=number, version_path=str(_versions(package)))

    await _on(owner_url, work)


async def drift(owner_url: str, metadata: MetaData) -> list[object]:
    """What the migrated database lacks or has beyond the declared tables; empty when they agree."""
    return await _on(owner_url, lambda c: list(compare_metadata(MigrationContext.configure(c), metadata)))


def _secure(connection: Connection, metadata: MetaData, app_role: str) -> None:
    tables = [t for t in metadata.sorted_tables if not t.info.get("partition")]
    for table in tables:
        if table.info.get("open"):
            continue
        for policy in ("tenant", "portal", "scope"):
            connection.execute(text(f'drop policy if exists {policy} on "{table.name}"'))
        by_customer, scope = bool(table.info.get("by_customer")), table.info.get("scope")
        is_plumbing = table.name in PLUMBING_TABLES
        for statement in tenant_policy_sql(table.name, by_customer=by_customer, plumbing=is_plumbing, scope=scope):
            connection.execute(text(statement))
    names, append_only = [t.name for t in tables], [t.name for t in tables if t.info.get("append_only")]
    revokes = [f'revoke all on "{name}" from "{app_role}"' for name in names]
    for statement in (*revokes, *grant_sql(app_role, names, append_only=append_only)):
        connection.execute(text(statement))


def _audit(connection: Connection, table: Table, service: str) -> None:
    connection.exec_driver_sql(f'drop trigger if exists audit on "{table.name}"')
    if "audited" not in table.info:
        return
    hidden = [c.name for c in table.columns if c.info.get("audited") == "hidden" or isinstance(c.type, LargeBinary)]
    uncounted = [c.name for c in table.columns if c.info.get("audited") == "no"]
    key = [c.name for c in table.primary_key.columns if c.name != "organization_id"] or ["organization_id"]
    told = "', '".join((service, *(",".join(names) for names in (hidden, uncounted, key))))
    when = "when (current_setting('app.actor', true) <> '')" if table.info["audited"] == "people" else ""
    changes = f'after insert or update or delete on "{table.name}" for each row {when}'
    connection.exec_driver_sql(f"create trigger audit {changes} execute function record_change('{told}')")
