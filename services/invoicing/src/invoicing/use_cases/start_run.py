"""Ask for a billing run, and end one (CB-49, CB-56 to CB-59)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from common.clock import local_day
from common.db import Tx, new_id
from common.errors import Conflict
from events.invoicing import BillingRunFinished
from invoicing.store import copies, runs
from invoicing.use_cases.announce import tell
from invoicing.use_cases.billing_rules import billing_rules


class PeriodNotOver(Conflict):
    """A period is invoiced on the day on which it ends, not before (rule 2.2)."""

    code = "period_not_over"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which period, for everyone or one customer, and whether those who have an invoice are passed over."""

    period: str
    customer_id: UUID | None = None
    skip_existing: bool = True


async def start_run(tx: Tx, organization_id: UUID, wanted: Wanted, *, at: datetime) -> UUID:
    """The caller starts its workflow in the same transaction. Answers the run."""
    rules = await billing_rules(tx, organization_id)
    period = rules.period(wanted.period)
    if period.next_on > local_day(at, rules.host.timezone):
        raise PeriodNotOver(
            f"Period {period.name} ends on {period.last_on}.", field="period", remedy="preview it, or wait for its end"
        )
    if wanted.customer_id is not None:
        await copies.payer(tx, wanted.customer_id)
    run_id = new_id()
    values: dict[str, Any] = {
        "period": wanted.period,
        "customer_id": wanted.customer_id,
        "skip_existing": wanted.skip_existing,
    }
    await runs.add(tx, organization_id, run_id, values, at)
    return run_id


async def finish_run(tx: Tx, organization_id: UUID, run_id: UUID, *, at: datetime) -> None:
    """Close a run and say what came of it; once."""
    run = await runs.get(tx, run_id)
    if run.state == "finished":
        return
    issued, held = await runs.made(tx, run_id)
    skipped = await runs.passed_over(tx, run)
    await runs.note(tx, run_id, state="finished", finished_at=at, issued=issued, held=held, skipped=skipped)
    event = BillingRunFinished(
        organization_id=organization_id,
        period=run.period,
        issued=issued,
        held=held,
        skipped=skipped,
        refused=run.refused,
    )
    await tell(tx, organization_id, event, at)
