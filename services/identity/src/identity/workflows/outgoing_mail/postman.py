"""Carries mail to the server: sealed rows in, one at a time, again later when the server does not take them."""

from __future__ import annotations

import asyncio

from common import telemetry
from common.clock import wall_now
from common.db import SYSTEM, Database, go_rounds
from common.errors import Unavailable
from common.mail import Mail, Mailer
from identity.gateways.sealing import Sealing
from identity.store import mails
from identity.use_cases.post_mail import opened

_IDLE_S = 5


class Postman:
    """May run in many processes at once: a mail is claimed before it is sent."""

    def __init__(self, database: Database, mailer: Mailer, sealing: Sealing) -> None:
        self._database, self._mailer, self._sealing = database, mailer, sealing

    async def run(self) -> None:
        """Carry until cancelled; lost connections are made again."""
        while True:
            try:
                await go_rounds(self._database.url, mails.CHANNEL, lambda _: self.turn(), _IDLE_S)
            except Exception as error:
                telemetry.log().warning("mail interrupted", error_type=type(error).__name__)
                await asyncio.sleep(0.5)

    async def turn(self) -> int:
        """Try each mail whose turn has come; answers how many left."""
        async with self._database.transaction(SYSTEM) as tx:
            due = await mails.due(tx, wall_now())
        sent = 0
        for organization_id, mail_id in due:
            async with self._database.of(organization_id) as tx:
                sealed = await mails.claim(tx, mail_id, now_at=wall_now())
            if sealed is None:
                continue
            letter = opened(sealed, self._sealing)
            try:
                await self._mailer.send(Mail(f"identity-{mail_id}", letter.to, letter.subject, letter.text))
            except Unavailable as error:
                telemetry.log().warning("mail not taken", reason=str(error))
                continue
            async with self._database.of(organization_id) as tx:
                await mails.remove(tx, mail_id)
            sent += 1
        return sent
