"""The composition of the revenueguard service: the only place that reads settings and wires parts."""

from common.db import Database
from common.mail import Mailer
from common.service import Parts, Service
from events.revenueguard import (
    CustomerDefaulted,
    DefaultCleared,
    RedirectActivated,
    RedirectRestored,
    ReminderSent,
    UncontractedUnitFound,
)
from revenueguard.api import delinquency, redirects, uncontracted_units
from revenueguard.consumers import contract_events, customer_events, invoice_events, unit_events
from revenueguard.settings import Settings
from revenueguard.store.tables import metadata
from revenueguard.use_cases.look_for_uncontracted import look_again
from revenueguard.workflows.delinquency.activities import DelinquencyActivities
from revenueguard.workflows.delinquency.workflow import Delinquency


def _build(settings: Settings, database: Database) -> Parts:
    mailer = Mailer(settings.smtp_host, settings.smtp_port, settings.mail_from)
    activities = DelinquencyActivities(database, mailer)
    return Parts(activities=[activities.read_standing, activities.take_step, activities.clear_paid])


service = Service(
    name="revenueguard",
    metadata=metadata,
    settings=Settings,
    routers=[delinquency.router, redirects.router, uncontracted_units.router],
    consumers=[contract_events.router, customer_events.router, invoice_events.router, unit_events.router],
    publishes=[
        CustomerDefaulted,
        DefaultCleared,
        RedirectActivated,
        RedirectRestored,
        ReminderSent,
        UncontractedUnitFound,
    ],
    workflows=[Delinquency],
    jobs={"look_again": look_again},
    build=_build,
)


def cli() -> None:
    """Entry point: `revenueguard api|consumer|worker|relay|migrate|all`."""
    service.cli()


if __name__ == "__main__":
    cli()
