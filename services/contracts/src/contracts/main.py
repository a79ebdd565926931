"""The composition of the contracts service: the only place that reads settings and wires parts."""

from common.db import Database
from common.mail import Mailer
from common.service import Parts, Service
from contracts.api import (
    assignments,
    contract_life,
    contract_papers,
    contracts,
    places,
    sites,
    unit_life,
    units,
)
from contracts.consumers import (
    customer_events,
    invoice_events,
    metering_events,
    organization_events,
    quote_events,
)
from contracts.gateways.documents import TypstDocuments
from contracts.settings import Settings
from contracts.store.tables import metadata
from contracts.workflows.contract_term.activities import ContractTermActivities
from contracts.workflows.contract_term.workflow import ContractTerm
from contracts.workflows.reminder_mail.activities import ReminderMailActivities
from contracts.workflows.reminder_mail.workflow import ReminderMail
from events.contracts import (
    ChargeAgreed,
    ContractActivated,
    ContractAmended,
    ContractEnded,
    ContractNoticeGiven,
    ContractReminded,
    ContractResumed,
    ContractSuspended,
    SiteOpened,
    UnitAssigned,
    UnitRegistered,
    UnitReleased,
)


def _build(settings: Settings, database: Database) -> Parts:
    mailer = Mailer(settings.smtp_host, settings.smtp_port, settings.mail_from)
    return Parts(
        state={"documents": TypstDocuments()},
        activities=[
            ContractTermActivities(database).reach_end,
            ReminderMailActivities(database, mailer).mail_reminder,
        ],
    )


service = Service(
    name="contracts",
    metadata=metadata,
    settings=Settings,
    routers=[
        sites.router,
        places.router,
        units.router,
        unit_life.router,
        contracts.router,
        contract_life.router,
        contract_papers.router,
        assignments.router,
    ],
    consumers=[
        customer_events.router,
        organization_events.router,
        invoice_events.router,
        metering_events.router,
        quote_events.router,
    ],
    publishes=[
        SiteOpened,
        UnitRegistered,
        ContractActivated,
        ContractAmended,
        ContractEnded,
        ContractNoticeGiven,
        ContractReminded,
        ContractSuspended,
        ContractResumed,
        ChargeAgreed,
        UnitAssigned,
        UnitReleased,
    ],
    workflows=[ContractTerm, ReminderMail],
    build=_build,
)


def cli() -> None:
    """Entry point: `contracts api|consumer|worker|relay|migrate|all`."""
    service.cli()


if __name__ == "__main__":
    cli()
