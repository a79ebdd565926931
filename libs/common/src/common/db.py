"""One transaction per use case, with the tenant set for row-level security (architecture 4.1, 5).

`Database.transaction(tenant)` is the only place that begins and commits. Policies compare `organization_id` with
`app.organization_id`, and, for a portal caller, `customer_id` with `app.customer_id`. Plumbing that serves every
organization (relay, dead letters, wakeups) passes `SYSTEM`, which only the plumbing tables' policies know.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from typing import NoReturn
from uuid import UUID

import asyncpg
import uuid_utils.compat
from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Tx = AsyncConnection
Turn = Callable[[asyncpg.Connection], Awaitable[object]]


def sql(name: str) -> TextClause:
    """A statement that lies in a file of its own, `common/sql/<name>.sql`."""
    return text((files("common") / "sql" / f"{name}.sql").read_text("utf-8"))


_TENANT = sql("set_tenant")
_TRANSIENT_STATES = ("08", "40", "53", "55", "57")


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose rows a transaction may see, narrowed to one customer for portal callers; `actor` (JSON) goes to audit."""

    organization_id: UUID | None
    customer_id: UUID | None = None
    read_only: bool = False
    scope: str = ""
    actor: str = ""


SYSTEM = Tenant(None, scope="system")


def new_id() -> UUID:
    """A UUIDv7: ids sort by the time they were made."""
    return uuid_utils.compat.uuid7()


def async_url(url: str) -> str:
    """The address with the asyncpg driver named, as SQLAlchemy wants it."""
    return "postgresql+asyncpg://" + url.split("://", 1)[1]


def plain_url(url: str) -> str:
    """The address as asyncpg itself wants it."""
    return "postgresql://" + url.split("://", 1)[1]


class Database:
    """A service's own database, reached as its unprivileged role."""

    def __init__(self, url: str, *, pool_size: int = 16) -> None:
        self.url = plain_url(url)
        self.engine: AsyncEngine = create_async_engine(async_url(url), pool_size=pool_size, max_overflow=0)
        self._turns = asyncio.Semaphore(pool_size)  # in order of coming: the pool alone lets the newest overtake

    @asynccontextmanager
    async def transaction(self, tenant: Tenant) -> AsyncIterator[Tx]:
        """BEGIN, set the tenant, yield the connection, COMMIT; an exception rolls back."""
        async with self._turns, self.engine.begin() as connection:
            if tenant.read_only:
                await connection.execute(text("set transaction read only"))
            ids = {"organization": tenant.organization_id, "customer": tenant.customer_id}
            said = {name: str(id_ or "") for name, id_ in ids.items()}
            await connection.execute(_TENANT, said | {"scope": tenant.scope, "actor": tenant.actor})
            yield connection

    def of(self, organization_id: UUID) -> AbstractAsyncContextManager[Tx]:
        """Shorthand: `db.of(organization)` is a transaction for that organization's own rows."""
        return self.transaction(Tenant(organization_id))

    async def close(self) -> None:
        await self.engine.dispose()


def is_transient(error: BaseException) -> bool:
    """Whether the same statement may succeed later: lost connection, deadlock, serialization, resources, shutdown."""
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", "") or "")
        lost = error.connection_invalidated or isinstance(error, InterfaceError | OperationalError)
        return lost or state.startswith(_TRANSIENT_STATES) or (state == "" and "connection" in str(error).lower())
    return isinstance(error, OSError | TimeoutError)


def tenant_policy_sql(
    table: str, *, by_customer: bool = False, plumbing: bool = False, scope: str | None = None
) -> list[str]:
    """The statements that put a table under FORCEd row-level security.

    `by_customer` narrows portal callers to their customer; `plumbing` opens the rows to SYSTEM; a transaction of
    `scope` may read (never write) the rows of every organization.
    """
    caller = "(select nullif(current_setting('app.{}', true), '')::uuid)"
    whose, customer = caller.format("organization_id"), caller.format("customer_id")
    scopes = "(select current_setting('app.scope', true))"
    own = f"(organization_id = {whose} or {scopes} = 'system')" if plumbing else f"organization_id = {whose}"
    mine = f"{customer} is null or customer_id = {customer}"
    statements = [
        f'alter table "{table}" enable row level security, force row level security',
        f'create policy tenant on "{table}" using ({own}) with check ({own})',
    ]
    if by_customer:
        statements.append(f'create policy portal on "{table}" as restrictive using ({mine}) with check ({mine})')
    if scope is not None:
        statements.append(f"create policy scope on \"{table}\" for select using ({scopes} = '{scope}')")
    return statements


def grant_sql(role: str, tables: Sequence[str], *, append_only: Sequence[str] = ()) -> list[str]:
    """The statements that let the service's role use its tables; append-only ones take inserts and reads alone."""
    opening = [f'grant usage on {what} to "{role}"' for what in ("schema public", "all sequences in schema public")]
    verbs = {t: "select, insert" if t in append_only else "select, insert, update, delete" for t in tables}
    return [*opening, *(f'grant {may} on "{table}" to "{role}"' for table, may in verbs.items())]


async def go_rounds(
    url: str, channel: str, turn: Turn, idle_s: float, *, lock: int | None = None, begin: Turn | None = None
) -> NoReturn:
    """Until cut off: turn after turn while one does something, else by NOTIFY or time. Under a lock one loop turns."""
    connection, woken = await asyncpg.connect(url), asyncio.Event()
    try:
        await connection.execute("select set_config('app.scope', 'system', false)")
        while lock and not await connection.fetchval("select pg_try_advisory_lock($1)", lock):  # noqa: ASYNC110
            await asyncio.sleep(1)
        if begin is not None:
            await begin(connection)
        await connection.add_listener(channel, lambda *_: woken.set())
        while True:
            woken.clear()
            if not await turn(connection):
                with suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), idle_s)
    finally:
        with suppress(Exception):
            await connection.close(timeout=2)
