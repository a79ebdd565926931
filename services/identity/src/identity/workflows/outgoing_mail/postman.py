"""Carries mail to the server: sealed rows in, one at a time, again later when the server does not take them."""

from __future__ import annotations

from uuid import UUID

from prometheus_client import Counter

from common import telemetry
from common.clock import wall_now
from common.db import SYSTEM, Database, go_rounds
from common.mail import Mail, Mailer, MailRefused
from identity.gateways.sealing import Sealing
from identity.store import mails
from identity.use_cases.post_mail import note_refused, opened

_IDLE_S = 5
_REFUSED = Counter("hostbook_identity_refused_mails_total", "Mails that the server refused for good")


class Postman:
    """May run in many processes at once: a mail is claimed before it is sent."""

    def __init__(self, database: Database, mailer: Mailer, sealing: Sealing) -> None:
        self._database, self._mailer, self._sealing = database, mailer, sealing

    async def run(self) -> None:
        """Carry until cancelled, or the connection is lost."""
        await go_rounds(self._database.url, mails.CHANNEL, lambda _: self.turn(), _IDLE_S)

    async def turn(self) -> int:
        """Try each mail whose turn has come; answers how many left."""
        async with self._database.transaction(SYSTEM) as tx:
            due = await mails.due(tx, wall_now())
        return sum([await self._carry(organization_id, mail_id) for organization_id, mail_id in due])

    async def _carry(self, organization_id: UUID, mail_id: UUID) -> bool:
        """Whether it left. One that cannot leave now, or ever, holds up no other: its claim lets it wait."""
        async with self._database.of(organization_id) as tx:
            sealed = await mails.claim(tx, mail_id, now_at=wall_now())
        if sealed is None:
            return False
        refused: str | None = None
        try:
            letter = opened(sealed, self._sealing)
            await self._mailer.send(Mail(f"identity-{mail_id}", letter.to, letter.subject, letter.text))
        except MailRefused as error:
            refused = str(error)[:300]
        except Exception as error:
            told = {"organization_id": str(organization_id), "error_type": type(error).__name__}
            telemetry.log().warning("mail not taken", **told)  # what the server said names the address
            return False
        async with self._database.of(organization_id) as tx:
            if refused is None:
                await mails.remove(tx, mail_id)
            else:
                await note_refused(tx, mail_id, refused, now_at=wall_now())
        if refused is not None:
            _REFUSED.inc()
            telemetry.log().warning("mail refused for good", organization_id=str(organization_id))
        return refused is None
