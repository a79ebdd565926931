"""The composition of the quotes service: the only place that reads settings and wires parts."""

from common.db import Database
from common.mail import Mailer
from common.service import Parts, Service
from events.quotes import QuoteAccepted, QuoteSent
from quotes.api import catalogue, quote_settings, quotes
from quotes.consumers import customer_events, site_events
from quotes.settings import Settings
from quotes.store.tables import metadata
from quotes.workflows.quote_life.activities import QuoteLifeActivities
from quotes.workflows.quote_life.workflow import QuoteLife


def build(settings: Settings, database: Database) -> Parts:
    mailer = Mailer(settings.smtp_host, settings.smtp_port, settings.mail_from)
    activities = QuoteLifeActivities(database, mailer)
    return Parts(activities=[activities.mail_quote, activities.expire_quote])


service = Service(
    name="quotes",
    metadata=metadata,
    settings=Settings,
    # The settings' path would otherwise be read as a quote's id.
    routers=[catalogue.router, quote_settings.router, quotes.router],
    consumers=[customer_events.router, site_events.router],
    publishes=[QuoteSent, QuoteAccepted],
    workflows=[QuoteLife],
    build=build,
)


def cli() -> None:
    """Entry point: `quotes api|consumer|worker|relay|migrate|all`."""
    service.cli()


if __name__ == "__main__":
    cli()
