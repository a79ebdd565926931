"""An invoice on its way to the customer: the document is written and kept, then mailed once (CB-54, CM-05)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.db import Database
from common.mail import Attachment, Mail, Mailer
from invoicing.gateways.documents import Documents
from invoicing.store import invoices
from invoicing.use_cases.billing_rules import billing_rules
from invoicing.use_cases.present_invoice import printed_invoice


class Delivery:
    """Writes the document of an invoice and mails it to the billing address as it is now."""

    def __init__(self, database: Database, documents: Documents, mailer: Mailer) -> None:
        self._database, self._documents, self._mailer = database, documents, mailer

    async def deliver(self, organization_id: UUID, invoice_id: UUID, *, at: datetime) -> None:
        """Repeating is harmless: the document is the same, and a mail sent twice bears the same Message-ID."""
        async with self._database.of(organization_id) as tx:
            content, kept, payer = await printed_invoice(tx, organization_id, invoice_id)
            rules = await billing_rules(tx, organization_id)
        document = await self._documents.write(organization_id, invoice_id, content)
        if rules.preferences.auto_send and kept.mailed_at is None:
            text = (
                f"Dear {payer.name},\n\nplease find attached invoice {kept.number} for {content['period']}.\n"
                f"Amount due: {content['amount_due']}, by {content['due_on']}.\n\n{rules.host.name}\n"
            )
            attached = Attachment(f"{kept.number}.pdf", "application/pdf", document)
            subject = f"Invoice {kept.number} from {rules.host.name}"
            await self._mailer.send(Mail(f"invoice-{invoice_id}", payer.email, subject, text, [attached]))
        async with self._database.of(organization_id) as tx:
            await invoices.note_mailed(tx, invoice_id, at)
