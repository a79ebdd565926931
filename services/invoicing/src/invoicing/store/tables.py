"""All tables of the invoicing service, by what they are for."""

from invoicing.store.copied_tables import (
    assignments,
    contracts,
    customers,
    hashprices,
    issuing_entities,
    units,
)
from invoicing.store.fact_tables import (
    market_prices,
    site_events,
    utility_bills,
)
from invoicing.store.former_tables import former_spans, former_terms
from invoicing.store.money_tables import (
    billing_settings,
    charges,
    credit_notes,
    entries,
    invoices,
    numbers,
    pool_records,
    prepaid_batches,
    runs,
)
from invoicing.store.schema import metadata
from invoicing.store.usage_tables import (
    changed_days,
    changed_periods,
    closed_days,
    usage_spans,
    usage_totals,
)

__all__ = [
    "assignments",
    "billing_settings",
    "changed_days",
    "changed_periods",
    "charges",
    "closed_days",
    "contracts",
    "credit_notes",
    "customers",
    "entries",
    "former_spans",
    "former_terms",
    "hashprices",
    "invoices",
    "issuing_entities",
    "market_prices",
    "metadata",
    "numbers",
    "pool_records",
    "prepaid_batches",
    "runs",
    "site_events",
    "units",
    "usage_spans",
    "usage_totals",
    "utility_bills",
]
