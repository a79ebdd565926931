"""The organization's dunning policy; without a row the default one stands."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from common.errors import RuleBroken
from common.http import Stale
from revenueguard.domain.dunning_policy import DEFAULT_POLICY, Action, Step
from revenueguard.store.tables import policies


async def policy(tx: Tx) -> tuple[tuple[Step, ...], int]:
    """The steps and their version; version 0 is the default policy."""
    row = (await tx.execute(select(policies))).first()
    if row is None:
        return DEFAULT_POLICY, 0
    return tuple(Step(s["name"], Action(s["action"]), s["days_after_due"]) for s in row.steps), row.version


async def replace_policy(tx: Tx, organization_id: UUID, steps: tuple[Step, ...], version: int) -> int:
    """Put new steps in the place of the version that the caller read; answers the new version."""
    if (await policy(tx))[1] != version:
        raise _stale()
    stored = [{"name": s.name, "action": s.action.value, "days_after_due": s.days_after_due} for s in steps]
    statement = insert(policies).values(organization_id=organization_id, steps=stored, version=version + 1)
    done = await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id"],
            set_={"steps": stored, "version": version + 1},
            where=policies.c.version == version,
        )
    )
    if done.rowcount != 1:
        raise _stale()
    return version + 1


def _stale() -> RuleBroken:
    return Stale("The policy was changed meanwhile.", field="If-Match", remedy="read it again and repeat the change")
