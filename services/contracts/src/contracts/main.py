"""The composition of the contracts service: the only place that reads settings and wires parts."""

from common.db import Database
from common.service import Parts, Service
from contracts.api import assignments, contracts, sites, units
from contracts.consumers import customer_events, metering_events, quote_events
from contracts.settings import Settings
from contracts.store.tables import metadata
from contracts.workflows.contract_term.activities import ContractTermActivities
from contracts.workflows.contract_term.workflow import ContractTerm
from events.contracts import (
    ContractActivated,
    ContractAmended,
    ContractEnded,
    SiteOpened,
    UnitAssigned,
    UnitRegistered,
    UnitReleased,
)


def _build(_: Settings, database: Database) -> Parts:
    return Parts(activities=[ContractTermActivities(database).reach_end])


service = Service(
    name="contracts",
    metadata=metadata,
    settings=Settings,
    routers=[sites.router, units.router, contracts.router, assignments.router],
    consumers=[customer_events.router, metering_events.router, quote_events.router],
    publishes=[
        SiteOpened,
        UnitRegistered,
        ContractActivated,
        ContractAmended,
        ContractEnded,
        UnitAssigned,
        UnitReleased,
    ],
    workflows=[ContractTerm],
    build=_build,
)


def cli() -> None:
    """Entry point: `contracts api|consumer|worker|relay|migrate|all`."""
    service.cli()


if __name__ == "__main__":
    cli()
