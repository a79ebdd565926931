"""Wakeups: requests to start or signal workflows and to run jobs, written in the transaction that causes them.

A consumer's or request's transaction adds a row; the one dispatcher of the service carries it out when its business
instant has come. So nothing calls Temporal inside a transaction, nothing is lost between commit and call, and a test
clock can be asked whether all due work is finished.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import text
from temporalio import activity
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from common import telemetry
from common.clock import wall_now
from common.db import SYSTEM, Database, Tx, go_rounds, new_id, sql
from common.waiting import DUE, Begin, Rest, Wake

Target = tuple[str, str]
Job = Callable[[Tx, UUID, dict[str, Any], datetime], Awaitable[None]]

_ADD, _TIMER, _NO_TIMER = sql("add_wakeup"), sql("set_timer"), sql("no_timer")
_DONE = text("update wakeups set state = 'done' where id = any(:ids)")
_CLOSE = text("update wakeups set state = :state where id = :id and state = 'waiting'")
_POSTPONE = text("update wakeups set attempts = attempts + 1, error = :error where id = :id")
_NOTIFY = text("select pg_notify('wakeups', '')")
_DUE = sql("due_wakeups").text
_LOCK, _POLL_S, _EVER = 7403, 1, datetime.min.replace(tzinfo=UTC)


async def _add(tx: Tx, kind: str, organization_id: UUID, target: Target, payload: object, at: datetime) -> None:
    what = {"kind": kind, "target": target[0], "target_id": target[1], "payload": orjson.dumps(payload).decode()}
    trace = orjson.dumps(telemetry.inject()).decode()
    await tx.execute(_ADD, what | {"id": new_id(), "organization": organization_id, "trace": trace, "due_at": at})
    await tx.execute(_NOTIFY)


async def start(
    tx: Tx, organization_id: UUID, workflow: Target, *, at: datetime, reason: str, args: Mapping[str, Any]
) -> None:
    """Ask for a workflow `(type, id)` to run and to be woken, with `args`, when the business instant `at` has come."""
    await _add(tx, "start", organization_id, workflow, {"reason": reason, "args": dict(args)}, at)


async def signal(
    tx: Tx, organization_id: UUID, workflow: Target, *, at: datetime, reason: str, payload: Mapping[str, Any]
) -> None:
    """Ask for a workflow to be woken if it runs; nothing happens if it does not."""
    await _add(tx, "signal", organization_id, workflow, {"reason": reason, "args": dict(payload)}, at)


async def job(tx: Tx, organization_id: UUID, target: Target, *, at: datetime, payload: Mapping[str, Any]) -> None:
    """Ask for a function of this service, registered by name, to be run in a transaction when `at` has come."""
    await _add(tx, "job", organization_id, target, dict(payload), at)


class RestActivity:
    """The activity that a workflow calls when it comes to rest; also ends waits that are no longer wanted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="rest")
    async def rest(self, rest: Rest) -> float | None:
        """Seconds to wait by a Temporal timer (live); none when the wakeups table will wake it (test mode)."""
        organization_id = UUID(rest.organization_id)
        at_target = {"organization": organization_id, "target_id": rest.workflow_id}
        async with self._database.of(organization_id) as tx:
            is_test = (await tx.execute(text("select is_test from organizations"))).scalar()
            if rest.due_at is None:
                await tx.execute(_NO_TIMER, at_target)
            elif is_test:
                timer = {"id": UUID(rest.wakeup_id), "target": rest.workflow, "due_at": rest.due_at}
                await tx.execute(_TIMER, at_target | timer)
            if rest.handled:
                await tx.execute(_DONE, {"ids": [UUID(h) for h in rest.handled]})
            await tx.execute(_NOTIFY)
        return None if rest.due_at is None or is_test else max(0.0, (rest.due_at - wall_now()).total_seconds())


class Dispatcher:
    """Carries out due wakeups in order of their instant. One is active per service."""

    def __init__(self, service: str, database: Database, temporal: Client | None, jobs: Mapping[str, Job]) -> None:
        self._service, self._database, self._temporal, self._jobs = service, database, temporal, jobs
        self._not_before: dict[UUID, datetime] = {}
        self.finished = 0

    async def run(self) -> None:
        """Dispatch until cancelled, or the connection is lost."""
        await go_rounds(self._database.url, "wakeups", self._turn, _POLL_S, lock=_LOCK)

    async def _turn(self, connection: asyncpg.Connection) -> int:
        rows = [r for r in await connection.fetch(_DUE) if self._not_before.get(r["id"], _EVER) <= wall_now()]
        for row in rows:
            await self._carry_out(row)
        return len(rows)

    async def _carry_out(self, row: asyncpg.Record) -> None:
        payload, trace = orjson.loads(row["payload"]), orjson.loads(row["trace"])
        try:
            about = {"workflow__id": row["target_id"], "kind_of": row["kind"]}
            with telemetry.span(f"wake {row['target']}", trace or None, **about):
                if row["kind"] == "job":
                    async with self._database.of(row["organization_id"]) as tx:
                        await self._jobs[row["target"]](tx, row["organization_id"], payload, row["due_at"])
                        await tx.execute(_DONE, {"ids": [row["id"]]})
                else:
                    state = "sent" if await self._wake(row, payload) else "done"
                    async with self._database.transaction(SYSTEM) as tx:
                        await tx.execute(_CLOSE, {"id": row["id"], "state": state})
            self.finished += 1
            self._not_before.pop(row["id"], None)
        except Exception as error:
            await self._postpone(row, error)

    async def _wake(self, row: asyncpg.Record, payload: dict[str, Any]) -> bool:
        """Signal, with start where asked for; false when there was nobody to wake."""
        assert self._temporal is not None
        args = payload.get("args", {})
        wake = Wake(str(row["id"]), payload.get("reason", DUE), row["due_at"], args)
        if row["kind"] == "start":
            await self._temporal.start_workflow(
                row["target"], Begin(str(row["organization_id"]), args), id=row["target_id"], task_queue=self._service,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE, start_signal="wake", start_signal_args=[wake],
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )  # fmt: skip
            return True
        try:
            await self._temporal.get_workflow_handle(row["target_id"]).signal("wake", wake)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True

    async def _postpone(self, row: asyncpg.Record, error: Exception) -> None:
        delay_s = min(0.2 * 2 ** min(row["attempts"], 8), 30)
        self._not_before[row["id"]] = wall_now() + timedelta(seconds=delay_s)
        telemetry.log().exception("wakeup postponed", workflow_id=row["target_id"], type=row["target"], delay_s=delay_s)
        async with self._database.transaction(SYSTEM) as tx:
            await tx.execute(_POSTPONE, {"id": row["id"], "error": f"{type(error).__name__}: {error}"[:2000]})
