"""The composition of the customers service: the only place that reads settings and wires parts."""

from common.db import Database
from common.mail import Mailer
from common.service import Parts, Service
from customers.api import (
    activity,
    agreements,
    alert_mails,
    alerts,
    announcements,
    changes,
    customers,
    documents,
    gateway_pages,
    people,
    signatures,
    ticket_settings,
    tickets,
)
from customers.consumers import (
    activity_events,
    alert_events,
    contract_events,
    due,
    guard_events,
    invoice_events,
    member_events,
    organization_events,
)
from customers.gateways.bells import Bells
from customers.settings import Settings
from customers.store.tables import metadata
from customers.use_cases.mail_alerts import MAIL
from customers.use_cases.send_announcement import PUBLISH
from customers.use_cases.tend_ticket import look_at_promise
from customers.use_cases.write_ticket import WATCH
from customers.workflows.post.activities import PostActivities
from customers.workflows.post.workflow import Post
from events.customers import (
    AgreementRequired,
    AgreementSigned,
    AlertPreferencesChanged,
    AnnouncementSent,
    CustomerChanged,
    CustomerMailRefused,
    CustomerMerged,
    CustomerRegistered,
    TicketAnswered,
    TicketLate,
    TicketOpened,
    TicketStateChanged,
)


def build(settings: Settings, database: Database) -> Parts:
    mailer = Mailer(settings.smtp_host, settings.smtp_port, settings.mail_from)
    domain, public_url = settings.mail_from.rpartition("@")[2], settings.public_url.rstrip("/")
    activities = PostActivities(database, mailer, domain, public_url)
    bells = Bells(database.url)
    state = {"bells": bells, "changes_s": (settings.changes_lifetime_s, settings.changes_heartbeat_s)}
    return Parts(state=state, activities=[activities.send_mails], closing=[bells.close])


service = Service(
    name="customers",
    metadata=metadata,
    settings=Settings,
    routers=[
        one.router
        for one in (
            customers,
            people,
            agreements,
            signatures,
            documents,
            tickets,
            ticket_settings,
            announcements,
            alerts,
            alert_mails,
            activity,
            changes,
            gateway_pages,
        )
    ],
    # The feed comes last: by then the copies know whose unit or contract a fact is about.
    consumers=[
        one.router
        for one in (
            organization_events,
            guard_events,
            member_events,
            contract_events,
            invoice_events,
            alert_events,
            activity_events,
        )
    ],
    publishes=[
        CustomerRegistered,
        CustomerChanged,
        CustomerMerged,
        CustomerMailRefused,
        AgreementRequired,
        AgreementSigned,
        TicketOpened,
        TicketAnswered,
        TicketStateChanged,
        TicketLate,
        AnnouncementSent,
        AlertPreferencesChanged,
    ],
    workflows=[Post],
    jobs={PUBLISH: due.publish_announcement, WATCH: look_at_promise, MAIL: due.mail_of_alerts},
    build=build,
)


def cli() -> None:
    """Entry point: `customers api|consumer|worker|relay|migrate|all`."""
    service.cli()


if __name__ == "__main__":
    cli()
