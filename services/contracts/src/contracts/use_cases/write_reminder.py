"""The mail that goes with a reminder, to the customer's contact address (CM-10: not the billing one)."""

from __future__ import annotations

from uuid import UUID

from common.db import Tx
from common.mail import Mail
from common.organizations import organization
from contracts.domain.reminders import About
from contracts.store import contracts, papers, places


async def write_reminder(tx: Tx, organization_id: UUID, reminder_id: UUID) -> Mail | None:
    """None where it was mailed before, or there is no address to mail it to."""
    row = await papers.reminder(tx, reminder_id)
    customer = await places.customer(tx, row.customer_id)
    if row.mailed_at is not None or not customer.contact_email:
        return None
    contract = (await contracts.get(tx, row.contract_id)).contract
    host = await organization(tx, organization_id)
    days = f"in {row.days_before} days"
    if row.about == About.NOTICE_DEADLINE:
        subject = f"Contract {contract.number}: notice until {row.due_on.isoformat()}"
        said = (
            f"contract {contract.number} goes on for another term unless notice is given by {row.due_on.isoformat()}, "
            f"{days}. If it is to go on, there is nothing to do."
        )
    else:
        subject = f"Contract {contract.number} ends on {row.due_on.isoformat()}"
        said = f"contract {contract.number} ends on {row.due_on.isoformat()}, {days}. Please tell us how to go on."
    text = f"Dear {customer.name},\n\n{said}\n\n{host.name}\n"
    return Mail(f"contract-reminder-{reminder_id}", customer.contact_email, subject, text)
