"""Sends what webhooks are to be told: each webhook by itself, so that a slow or dead one holds up nobody else."""

from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg
from prometheus_client import Counter

from common import telemetry
from common.clock import wall_now
from common.db import SYSTEM, Database, go_rounds
from identity.gateways.sealing import Sealing
from identity.gateways.webhook_post import Answer, Message, WebhookPost
from identity.store import webhook_covers
from identity.store.webhook_deliveries import Delivery
from identity.use_cases.deliver_to_webhook import Batch, begin_batch, conclude_batch

ATTEMPTS = Counter("hostbook_identity_webhook_attempts_total", "Attempts to send, by what became of it", ["state"])
_LOCK, _IDLE_S = 7405, 1
_WEBHOOKS, _TRANSACTIONS = 64, 4  # at a time; callers at the gate need connections too


class Courier:
    """One is active, by advisory lock. What it was about when it was killed lies in the database and is sent again."""

    def __init__(self, database: Database, post: WebhookPost, sealing: Sealing) -> None:
        self._database, self._post, self._sealing = database, post, sealing
        self._turns = asyncio.Semaphore(_TRANSACTIONS)
        self._busy: dict[tuple[UUID, UUID], asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Send until cancelled, or until the connection that holds the lock is lost."""
        try:
            await go_rounds(self._database.url, webhook_covers.CHANNEL, self._round, _IDLE_S, lock=_LOCK)
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)
            self._busy.clear()

    async def _round(self, connection: asyncpg.Connection) -> bool:
        """Begin with each webhook that something waits for; never wait for one."""
        await connection.execute("select 1")  # the lock lives as long as this connection answers
        async with self._database.transaction(SYSTEM) as tx:
            waiting = await webhook_covers.covered(tx)
        self._busy = {key: task for key, task in self._busy.items() if not task.done()}
        for key in waiting:
            if key not in self._busy and len(self._busy) < _WEBHOOKS:
                self._busy[key] = asyncio.create_task(self._serve(*key))
        return False

    async def _serve(self, organization_id: UUID, webhook_id: UUID) -> None:
        try:
            while await self.batch(organization_id, webhook_id):
                pass
        except Exception as error:  # the cover stands: the next round begins again
            telemetry.log().warning("webhook interrupted", error_type=type(error).__name__, key=str(webhook_id))

    async def batch(self, organization_id: UUID, webhook_id: UUID) -> bool:
        """One batch out and its answers in; false when nothing was due."""
        async with self._turns, self._database.of(organization_id) as tx:
            batch = await begin_batch(tx, organization_id, webhook_id, self._sealing)
        if batch is None:
            return False
        answers = await asyncio.gather(*(self._send(batch, one) for one in batch.deliveries))
        said = {one.id: answer for one, answer in zip(batch.deliveries, answers, strict=True)}
        async with self._turns, self._database.of(organization_id) as tx:
            verdicts = await conclude_batch(tx, organization_id, batch, said, self._sealing)
        for verdict in verdicts:
            ATTEMPTS.labels(verdict.state).inc()
        return True

    async def _send(self, batch: Batch, one: Delivery) -> Answer:
        webhook = batch.webhook
        message = Message(webhook.message_id(one.event_id), webhook.url, one.payload, batch.secrets)
        return await self._post.send(message, at=wall_now())
