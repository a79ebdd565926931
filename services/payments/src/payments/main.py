"""The composition of the payments service: the only place that reads settings and wires parts."""

from common.db import Database
from common.service import Parts, Service
from events.payments import PaymentFailed, PaymentMethodSaved, PaymentReversed, PaymentSucceeded
from payments.api import methods, payments, webhooks
from payments.consumers import customers_events, invoicing_events
from payments.consumers.webhook_jobs import handle_webhook
from payments.gateways.stripe_payments import StripePayments
from payments.settings import Settings
from payments.store.tables import metadata
from payments.use_cases.hear_webhook import JOB
from payments.workflows.autopay.activities import AutoPayActivities
from payments.workflows.autopay.workflow import AutoPay
from payments.workflows.sweep.activities import SweepActivities
from payments.workflows.sweep.workflow import PaymentSweep


def build(settings: Settings, database: Database) -> Parts:
    """One processor for routes, activities and webhooks."""
    secrets = tuple(settings.stripe_webhook_secret.split(","))
    processor = StripePayments(settings.stripe_api_key, secrets, address=settings.stripe_address or None)
    return Parts(
        state={"processor": processor},
        activities=[
            AutoPayActivities(database, processor).collect_invoice,
            SweepActivities(database, processor).sweep_payment,
        ],
        closing=[processor.close],
    )


service = Service(
    name="payments",
    metadata=metadata,
    settings=Settings,
    routers=[methods.router, payments.router, webhooks.router],
    consumers=[invoicing_events.router, customers_events.router],
    publishes=[PaymentMethodSaved, PaymentSucceeded, PaymentFailed, PaymentReversed],
    workflows=[AutoPay, PaymentSweep],
    jobs={JOB: handle_webhook},
    build=build,
)


def cli() -> None:
    """Entry point: `payments api|consumer|worker|relay|migrate|all`."""
    service.cli()


if __name__ == "__main__":
    cli()
