"""Whether a payment may go towards the invoice that it names."""

from common.db import Tx
from common.errors import NotFound
from payments.domain.payment import BadPayment, Payment
from payments.store import invoices


async def check_invoice(tx: Tx, payment: Payment) -> None:
    """The customer exists; the invoice is theirs, owed, and in the same currency. None named: on account."""
    await invoices.customer_name(tx, payment.customer_id)
    if payment.invoice_id is None:
        return
    invoice = await invoices.find(tx, payment.invoice_id)
    if invoice is None or invoice.customer_id != payment.customer_id:
        raise NotFound(f"The customer has no invoice {payment.invoice_id}.", field="invoice_id")
    if invoice.amount_due.currency != payment.amount.currency:
        raise BadPayment(
            f"The invoice is in {invoice.amount_due.currency}.", field="currency", remedy=invoice.amount_due.currency
        )
    if not invoice.is_owed:
        raise BadPayment(
            f"Invoice {invoice.number} is not owed any more.", field="invoice_id", remedy="leave the invoice out"
        )
