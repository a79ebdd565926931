"""An invoice on its way to the customer: the document is written and kept, then mailed once (CB-54, CM-05)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.db import Database
from common.mail import Attachment, Mail, Mailer, MailRefused
from invoicing.domain.invoice import InvoiceStatus
from invoicing.gateways.documents import Documents, file_name
from invoicing.store import invoices
from invoicing.use_cases.present_invoice import Printed, printed_invoice

OUT = (InvoiceStatus.ISSUED, InvoiceStatus.OVERDUE, InvoiceStatus.PAID)


class Delivery:
    """Writes the document of an invoice and mails it to the billing address as it is now."""

    def __init__(self, database: Database, documents: Documents, mailer: Mailer) -> None:
        self._database, self._documents, self._mailer = database, documents, mailer

    async def deliver(self, organization_id: UUID, invoice_id: UUID, *, at: datetime) -> None:
        """Repeating is harmless: the document is the same, and a mail sent twice bears the same Message-ID."""
        async with self._database.of(organization_id) as tx:
            printed = await printed_invoice(tx, organization_id, invoice_id)
        if printed.kept.status not in OUT or printed.kept.delivered_at is not None:
            return
        document = await self._documents.document(organization_id, printed.content)
        refused = await self._mail(_letter(printed, document)) if printed.is_mailed else None
        async with self._database.of(organization_id) as tx:
            mailed = printed.is_mailed and refused is None
            await invoices.note_delivered(tx, invoice_id, at, mailed=mailed, refused=refused)

    async def _mail(self, letter: Mail) -> str | None:
        """None when it was taken; why, when it never will be."""
        try:
            await self._mailer.send(letter)
        except MailRefused as refusal:
            return str(refusal)
        return None


def _letter(printed: Printed, document: bytes) -> Mail:
    content, kept = printed.content, printed.kept
    text = (
        f"Dear {printed.payer.name},\n\nplease find attached invoice {kept.number} for {content['period']}.\n"
        f"Amount due: {content['amount_due']}, by {content['due_on']}.\n\n{content['host']}\n"
    )
    attached = Attachment(file_name(content), "application/pdf", document)
    subject = f"Invoice {kept.number} from {content['host']}"
    return Mail(f"invoice-{kept.invoice_id}", printed.payer.email, subject, text, [attached])
