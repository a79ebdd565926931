"""The composition of the customers service: the only place that reads settings and wires parts."""

from common.service import Service
from customers.api import customers
from customers.consumers import guard_events
from customers.settings import Settings
from customers.store.tables import metadata
from events.customers import CustomerChanged, CustomerRegistered

service = Service(
    name="customers",
    metadata=metadata,
    settings=Settings,
    routers=[customers.router],
    consumers=[guard_events.router],
    publishes=[CustomerRegistered, CustomerChanged],
)


def cli() -> None:
    """Entry point: `customers api|consumer|worker|relay|migrate|all`."""
    service.cli()


if __name__ == "__main__":
    cli()
