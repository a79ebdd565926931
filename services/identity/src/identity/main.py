"""The composition of the identity service: the only place that reads settings and wires parts."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy import text

from common.db import Database
from common.errors import RuleBroken
from common.mail import Mailer
from common.service import Parts, Service, migrate
from events.identity import (
    ClockAdvanced,
    IssuingEntityChanged,
    MemberChanged,
    MemberJoined,
    MemberRemoved,
    OrganizationChanged,
    OrganizationCreated,
)
from identity import rescue
from identity.api import (
    account,
    api_keys,
    approvals,
    audit,
    auth,
    email_change,
    faces,
    forward_auth,
    invitations,
    mailed_links,
    members,
    organizations,
    pages,
    passkey_sign_in,
    portal_views,
    roles,
    second_factors,
    sso,
    test_clock,
    webhook_deliveries,
    webhooks,
)
from identity.api.access import Access
from identity.api.gate import Gate
from identity.api.webhooks import Outgoing
from identity.bootstrap import arguments, bootstrap, password_of
from identity.consumers import customer_events, webhook_events
from identity.consumers.audit_changes import AuditChanges
from identity.gateways.passkey_ceremonies import PasskeyCeremonies
from identity.gateways.password_hashing import PasswordHashing
from identity.gateways.sealing import Sealing
from identity.gateways.settlements import HttpSettlements
from identity.gateways.single_sign_on import SingleSignOn
from identity.gateways.webhook_post import WebhookPost
from identity.settings import Settings
from identity.store.tables import metadata
from identity.store.webhook_covers import SEND
from identity.use_cases.keep_webhook import FORGET
from identity.use_cases.reseal import LOST, reseal
from identity.use_cases.webhook_jobs import ForgetDeliveries, send_due
from identity.workflows.outgoing_mail.postman import Postman
from identity.workflows.outgoing_webhooks.courier import Courier
from identity.workflows.test_clock.driver import ClockDriver

audit_changes, forgetting = AuditChanges(), ForgetDeliveries()


def _access(settings: Settings, gate: Gate, sealing: Sealing) -> Access:
    public_url = settings.public_url.rstrip("/")
    return Access(
        gate=gate,
        sealing=sealing,
        passkeys=PasskeyCeremonies(public_url, "Hostbook"),
        sso=SingleSignOn(f"{public_url}/v1/auth/sso/callback", private_networks=settings.sso_private_networks),
        public_url=public_url,
    )


def build(settings: Settings, database: Database) -> Parts:
    settlements, sealing = HttpSettlements(settings.settle_urls), Sealing(settings.payload_key)
    gate = Gate(database, settings.token_private_key)
    audit_changes.bind(database)
    forgetting.bind(timedelta(days=settings.webhook_days))
    post = WebhookPost(private_networks=settings.webhook_private_networks)
    postman = Postman(database, Mailer(settings.smtp_host, settings.smtp_port, settings.mail_from), sealing)
    return Parts(
        state={
            "gate": gate,
            "access": _access(settings, gate, sealing),
            "passwords": PasswordHashing(),
            "settlements": settlements,
            "webhooks": Outgoing(database, post, sealing),
        },
        loops=[ClockDriver(database, settlements).run, postman.run, Courier(database, post, sealing).run],
        closing=[settlements.close, post.close],
    )


service = Service(
    name="identity",
    metadata=metadata,
    settings=Settings,
    routers=[
        auth.router, mailed_links.router, passkey_sign_in.router, sso.router, account.router, email_change.router,
        second_factors.router,
        organizations.router, faces.router, test_clock.router, members.router, invitations.router, roles.router,
        api_keys.router, approvals.router, portal_views.router, audit.router, pages.router, forward_auth.router,
        webhooks.router, webhook_deliveries.router,
    ],
    consumers=[customer_events.router, audit_changes.router, webhook_events.router],
    publishes=[
        OrganizationCreated, OrganizationChanged, ClockAdvanced, MemberJoined, MemberChanged, MemberRemoved,
        IssuingEntityChanged,
    ],
    jobs={SEND: send_due, FORGET: forgetting.forget},
    build=build,
)  # fmt: skip


@asynccontextmanager
async def _at_the_machine() -> AsyncIterator[tuple[Settings, Database]]:
    """What a command works with; a refusal ends it, with its remedy."""
    settings = Settings()
    database = Database(settings.database_url)
    try:
        yield settings, database
    except RuleBroken as refused:
        sys.exit(f"{refused.message} ({refused.remedy})")
    finally:
        await database.close()


async def _bootstrap(words: list[str]) -> None:
    asked = arguments(words)
    async with _at_the_machine() as (settings, database):
        async with database.engine.connect() as connection:
            is_migrated = (await connection.execute(text("select to_regclass('members')"))).scalar()
        if not is_migrated:
            await migrate(service, settings)
        key = await bootstrap(database, PasswordHashing(), asked, password_of(asked))
    if key:
        sys.stdout.write(key + "\n")


async def _reseal() -> None:
    async with _at_the_machine() as (settings, database):
        done = await reseal(database, Sealing(settings.payload_key))
    sys.stdout.write("".join(f"{name}: {count}\n" for name, count in sorted(done.items())) or "nothing to seal anew\n")
    if done[LOST]:
        sys.exit("Some values open with none of the keys; name the key that sealed them last in PAYLOAD_KEY.")


async def _rescue(words: list[str]) -> None:
    asked = rescue.arguments(words)
    async with _at_the_machine() as (settings, database):
        had = await rescue.reset_factors_here(database, Sealing(settings.payload_key), asked)
    sys.stdout.write("second factors removed, sessions ended\n" if had else "there was none; sessions ended\n")


def cli() -> None:
    """Entry point: `identity api|consumer|relay|migrate|all`, and `identity bootstrap|reseal|reset-factors`."""
    if sys.argv[1:2] == ["bootstrap"]:
        asyncio.run(_bootstrap(sys.argv[2:]))
    elif sys.argv[1:2] == ["reseal"]:
        asyncio.run(_reseal())
    elif sys.argv[1:2] == ["reset-factors"]:
        asyncio.run(_rescue(sys.argv[2:]))
    else:
        service.cli()


if __name__ == "__main__":
    cli()
