"""Market prices, site events and utility bills come in; what was invoiced from others before is computed again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from common.clock import instant_text
from common.db import Tx
from common.errors import Conflict, NotFound
from invoicing.domain import terms_check
from invoicing.domain.market_price import PricesOverlap, checked_prices
from invoicing.domain.site_facts import PriceRow
from invoicing.store import changes, facts, locks
from invoicing.store.facts import KeptBill, KeptEvent
from invoicing.use_cases.billing_rules import billing_rules

HIGHEST_PRICE = Decimal(10) ** 7
PRICE_DECIMALS = 6


class ReplacedBefore(Conflict):
    """Another version stands in its place already."""

    code = "replaced_before"


async def record_prices(tx: Tx, organization_id: UUID, market: str, rows: Sequence[PriceRow]) -> None:
    """Rows of a market; one that begins where a known one does is a later version of it (resettlement)."""
    ordered = checked_prices(rows)
    for row in ordered:
        terms_check.finite("rows.per_mwh", row.per_mwh, PRICE_DECIMALS, HIGHEST_PRICE, lowest=-HIGHEST_PRICE)
    await facts.lock_market(tx, organization_id, market)
    from_at, to_at = ordered[0].from_at, max(row.to_at for row in ordered)
    starts = {row.from_at for row in ordered}
    known = [row for row in await facts.prices(tx, market, from_at, to_at) if row.from_at not in starts]
    _check_no_overlap(known, ordered)
    await facts.add_prices(tx, organization_id, market, ordered)
    await note_facts(tx, organization_id, "market_price", (from_at, to_at))


def _check_no_overlap(known: Sequence[PriceRow], new: Sequence[PriceRow]) -> None:
    try:
        checked_prices([*known, *new])
    except PricesOverlap as refusal:
        raise PricesOverlap(
            f"{refusal.message} A later version of a price has the same beginning.", field="rows", remedy="one price"
        ) from None


async def record_event(tx: Tx, organization_id: UUID, event: KeptEvent, replaces: UUID | None) -> None:
    """An event, or another version of one; a version that concerns nothing any more takes it back."""
    spans = [(event.from_at, event.to_at)]
    if replaces is not None:
        before = await facts.event(tx, replaces)
        if before is None:
            raise NotFound(f"There is no event {replaces}.", field="replaces")
        if not await facts.replace_event(tx, replaces, event.event_id):
            raise ReplacedBefore(
                f"Event {replaces} was replaced before.", field="replaces", remedy="its latest version"
            )
        spans.append((before.from_at, before.to_at))
    await facts.add_event(tx, organization_id, event)
    for span in spans:
        await note_facts(tx, organization_id, "curtailment", span)
        await note_facts(tx, organization_id, "uptime", span)


async def record_bill(tx: Tx, organization_id: UUID, bill: KeptBill, replaces: UUID | None) -> None:
    """A utility's bill of a site, or another version of one. Bills of a site do not overlap."""
    spans = [(bill.last_at, bill.to_at)]
    if replaces is not None:
        before = await facts.bill(tx, replaces)
        if before is None:
            raise NotFound(f"There is no bill {replaces}.", field="replaces")
        if not await facts.replace_bill(tx, replaces, bill.bill_id):
            raise ReplacedBefore(f"Bill {replaces} was replaced before.", field="replaces", remedy="its last version")
        spans.append((before.last_at, before.to_at))
    others = await facts.bills(tx, bill.from_at, bill.to_at, bill.site_id)
    if others:
        raise terms_check.refuse(
            "from_at",
            f"A bill of this site stands from {instant_text(others[0].from_at)} already.",
            "bills of a site follow each other; name the one that this replaces",
        )
    await facts.add_bill(tx, organization_id, bill)
    for span in spans:
        await note_facts(tx, organization_id, "utility_loss", span)


async def note_facts(tx: Tx, organization_id: UUID, extra: str, span: tuple[datetime, datetime]) -> None:
    """Invoiced periods that touch the span are computed again for the contracts that have the setting."""
    await note_contracts(tx, organization_id, await changes.contracts_with_extra(tx, extra), span)


async def note_contracts(
    tx: Tx, organization_id: UUID, contracts: Sequence[tuple[UUID, UUID]], span: tuple[datetime, datetime]
) -> None:
    """Each waits for a billing of its customer that is under way, which has not seen the new fact."""
    rules = await billing_rules(tx, organization_id)
    from_at, to_at = span
    for contract_id, customer_id in contracts:
        await locks.beside_others(tx, customer_id)
        for name in sorted(await changes.invoiced_periods(tx, customer_id)):
            if "/" in name:
                continue
            period = rules.period(name)
            if period.from_at < to_at and from_at < period.to_at:
                await changes.note(tx, organization_id, contract_id, name)


async def note_pool_record(tx: Tx, organization_id: UUID, contract: tuple[UUID, UUID], to_at: datetime) -> None:
    """Pool income belongs to the period in which it ends (rule 5)."""
    rules = await billing_rules(tx, organization_id)
    await locks.beside_others(tx, contract[1])
    for name in await changes.invoiced_periods(tx, contract[1]):
        if "/" not in name and rules.period(name).from_at < to_at <= rules.period(name).to_at:
            await changes.note(tx, organization_id, contract[0], name)
