"""`identity reset-factors`: from the machine itself, for whom nobody can help in the console, as an owner.

Removes authenticator, recovery codes and passkeys, ends every session, and tells the person by mail.
"""

from __future__ import annotations

import argparse

from common.clock import wall_now
from common.db import Database
from common.errors import NotFound
from identity.domain.host import PLATFORM
from identity.domain.letters import factors_reset
from identity.domain.texts import checked_email
from identity.gateways.sealing import Sealing
from identity.store import factors, hosts, members
from identity.store.tenancy import GATE, enter, organization_of, within
from identity.use_cases.post_mail import post_mail
from identity.use_cases.sign_out_everywhere import sign_out_everywhere


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("identity reset-factors", description="Remove a person's second factors.")
    parser.add_argument("--email", required=True)
    parser.add_argument("--organization", help="its short name or id; left out: the platform's own people")
    return parser.parse_args(words)


async def reset_factors_here(database: Database, sealing: Sealing, asked: argparse.Namespace) -> bool:
    """False where the person had none. The next sign-in sets another one up before anything else."""
    email = checked_email(asked.email)
    async with database.transaction(GATE) as tx:
        named = asked.organization
        organization_id = PLATFORM if named is None else await organization_of(tx, named)
        if organization_id is None:
            raise NotFound(f"There is no organization {named}.", remedy="its short name, or its id")
        await enter(tx, organization_id)
        member = await members.of_email(tx, email)
        if member is None or member.home_id != organization_id:
            raise NotFound(f"{email} has no account there.", remedy="the organization in which they sign in")
        async with within(tx, member.home_id):
            had = await factors.remove_all(tx, member.person_id)
        await sign_out_everywhere(tx, member.person_id)
        if organization_id != PLATFORM:
            host = await hosts.get(tx, organization_id)
            await post_mail(tx, host.id, factors_reset(email, host), sealing, now_at=wall_now())
    return had
