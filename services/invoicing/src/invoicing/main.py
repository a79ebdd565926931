"""The composition of the invoicing service: the only place that reads settings and wires parts."""

from common.db import Database
from common.mail import Mailer
from common.service import Parts, Service
from events.invoicing import (
    BillingRunFinished,
    CreditChanged,
    InvoiceCancelled,
    InvoiceHeld,
    InvoiceIssued,
    InvoiceOverdue,
    InvoiceReopened,
    InvoiceSettled,
    InvoiceWrittenOff,
)
from invoicing.api import documents, facts, invoices, money, prepaid, runs
from invoicing.consumers import (
    contract_events,
    customer_events,
    organization_events,
    payment_events,
    usage_events,
)
from invoicing.gateways.documents import TypstDocuments
from invoicing.settings import Settings
from invoicing.store.tables import metadata
from invoicing.use_cases.sum_contract import sum_contract
from invoicing.workflows.billing_calendar.activities import BillingCalendarActivities
from invoicing.workflows.billing_calendar.workflow import BillingCalendar
from invoicing.workflows.billing_run.activities import BillingRunActivities
from invoicing.workflows.billing_run.delivery import Delivery
from invoicing.workflows.billing_run.delivery_workflow import InvoiceDelivery
from invoicing.workflows.billing_run.workflow import BillingRun


def _build(settings: Settings, database: Database) -> Parts:
    typeset = TypstDocuments(settings.documents_dir)
    mailer = Mailer(settings.smtp_host, settings.smtp_port, settings.mail_from)
    run = BillingRunActivities(database, Delivery(database, typeset, mailer))
    calendar = BillingCalendarActivities(database)
    return Parts(
        state={"documents": typeset},
        activities=[
            run.look_at_usage,
            run.bill_page,
            run.deliver_page,
            run.deliver_invoice,
            run.finish_run,
            calendar.billing_day,
        ],
    )


service = Service(
    name="invoicing",
    metadata=metadata,
    settings=Settings,
    routers=[prepaid.router, invoices.router, documents.router, runs.router, money.router, facts.router],
    consumers=[
        organization_events.router,
        customer_events.router,
        contract_events.router,
        usage_events.router,
        payment_events.router,
    ],
    publishes=[
        InvoiceIssued,
        InvoiceHeld,
        InvoiceOverdue,
        InvoiceSettled,
        InvoiceReopened,
        InvoiceCancelled,
        InvoiceWrittenOff,
        CreditChanged,
        BillingRunFinished,
    ],
    workflows=[BillingRun, BillingCalendar, InvoiceDelivery],
    jobs={organization_events.SUM_CONTRACT: sum_contract},
    build=_build,
)


def cli() -> None:
    """Entry point: `invoicing api|consumer|worker|relay|migrate|all`."""
    service.cli()


if __name__ == "__main__":
    cli()
