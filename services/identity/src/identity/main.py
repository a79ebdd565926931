"""The composition of the identity service: the only place that reads settings and wires parts."""

import asyncio
import sys

from sqlalchemy import text

from common.db import Database
from common.errors import RuleBroken
from common.service import Parts, Service, migrate
from events.identity import ClockAdvanced, MemberJoined, MemberRemoved, OrganizationChanged, OrganizationCreated
from identity.api import api_keys, auth, forward_auth, members, organizations, test_clock
from identity.api.gate import Gate
from identity.bootstrap import arguments, bootstrap, password_of
from identity.consumers import customer_events
from identity.gateways.password_hashing import PasswordHashing
from identity.gateways.settlements import HttpSettlements
from identity.settings import Settings
from identity.store.tables import metadata
from identity.workflows.test_clock.driver import ClockDriver


def build(settings: Settings, database: Database) -> Parts:
    settlements = HttpSettlements(settings.settle_urls)
    return Parts(
        state={
            "gate": Gate(database, settings.token_private_key),
            "passwords": PasswordHashing(),
            "settlements": settlements,
        },
        loops=[ClockDriver(database, settlements).run],
        closing=[settlements.close],
    )


service = Service(
    name="identity",
    metadata=metadata,
    settings=Settings,
    routers=[
        auth.router, organizations.router, test_clock.router, members.router, api_keys.router, forward_auth.router,
    ],
    consumers=[customer_events.router],
    publishes=[OrganizationCreated, OrganizationChanged, ClockAdvanced, MemberJoined, MemberRemoved],
    build=build,
)  # fmt: skip


async def _bootstrap(words: list[str]) -> None:
    asked = arguments(words)
    settings = Settings()
    database = Database(settings.database_url)
    try:
        async with database.engine.connect() as connection:
            is_migrated = (await connection.execute(text("select to_regclass('members')"))).scalar()
        if not is_migrated:
            await migrate(service, settings)
        key = await bootstrap(database, PasswordHashing(), asked, password_of(asked))
    except RuleBroken as refused:
        sys.exit(f"{refused.message} ({refused.remedy})")
    finally:
        await database.close()
    if key:
        sys.stdout.write(key + "\n")


def cli() -> None:
    """Entry point: `identity api|consumer|relay|migrate|all`, and `identity bootstrap --email ...`."""
    if sys.argv[1:2] == ["bootstrap"]:
        asyncio.run(_bootstrap(sys.argv[2:]))
    else:
        service.cli()


if __name__ == "__main__":
    cli()
