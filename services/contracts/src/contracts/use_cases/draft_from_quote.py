"""Make the draft that an accepted quote describes; equipment and dates are completed by a person."""

from datetime import datetime
from uuid import UUID

from common.clock import local_day
from common.db import Tx, new_id
from common.money import decimal_of
from common.organizations import organization
from contracts.domain.contract import Contract, ContractType
from contracts.domain.pricing import EnergyTerms, Method
from contracts.domain.terms import Term, TermKind, agreed
from contracts.store import contracts
from contracts.store.contracts import Kept
from events.quotes import QuoteAccepted


async def draft_from_quote(tx: Tx, organization_id: UUID, quote: QuoteAccepted, *, at: datetime) -> Kept:
    host = await organization(tx, organization_id)
    contract = Contract(
        contract_id=str(new_id()),
        customer_id=str(quote.customer_id),
        type=ContractType.HOSTED,
        currency=quote.currency,
        timezone=host.timezone,
        tenure=agreed(Term(TermKind(quote.term)), local_day(at, host.timezone)),
        pricing=EnergyTerms(decimal_of(quote.rate_per_kwh), (Method.METERED, Method.HASH, Method.CALCULATED)),
    )
    kept = Kept(contract, f"quote {quote.number}", 1)
    await contracts.add(tx, organization_id, kept)
    return kept
