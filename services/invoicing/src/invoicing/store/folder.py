"""A customer's folder for one period: everything that most bills are made of, read by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from common.clock import instant_of
from common.db import Tx
from common.errors import NotFound
from invoicing.domain.charges import Charge
from invoicing.domain.ledger_credit import Lot, oldest_first
from invoicing.domain.terms import ContractTerms
from invoicing.domain.usage import UnitUsage
from invoicing.store.copies import Payer
from invoicing.store.usage_form import unpacked
from invoicing.store.wire import terms_of

_READ = text(
    """
    with own as materialized (select contract_id, terms from contracts where customer_id = :customer)
    select c.customer_id, c.name, c.company, c.email, c.currency, c.is_active, c.on_billing_hold, c.in_default,
      (select jsonb_agg(jsonb_build_array(i.status, i.run_id, i.currency)) from invoices i
        where i.customer_id = :customer and i.period = :period) as existing,
      (select jsonb_agg(jsonb_build_array(contract_id, terms) order by contract_id) from own) as contracts,
      (select jsonb_agg(jsonb_build_array(h.charge_id, h.contract_id, h.charged_on, h.description, h.quantity,
          h.unit_price, h.tax_code) order by h.charge_id)
        from charges h where h.customer_id = :customer and h.invoice_id is null) as charges,
      (select jsonb_agg(jsonb_build_array(p.contract_id, p.period) order by p.period, p.contract_id)
        from changed_periods p where p.contract_id in (select contract_id from own)) as changed,
      (select jsonb_agg(jsonb_build_array(l.currency, l.lot, l.since, l.left)) from (
          select e.currency, p ->> 'lot_id' as lot, (array_agg(e.at order by e.seq))[1] as since,
            (-sum((p ->> 'amount')::numeric))::text as left
          from entries e, jsonb_array_elements(e.postings) p
          where e.customer_id = :customer and e.moves_credit and p ->> 'account' = 'customer_credit'
          group by 1, 2 having sum((p ->> 'amount')::numeric) <> 0) l) as lots,
      t.contract_ids, t.unit_ids, t.bodies
    from customers c left join lateral (
      select array_agg(u.contract_id order by u.contract_id, u.unit_id, u.segment) as contract_ids,
        array_agg(u.unit_id order by u.contract_id, u.unit_id, u.segment) as unit_ids,
        array_agg(u.body order by u.contract_id, u.unit_id, u.segment) as bodies
      from usage_totals u where u.contract_id in (select contract_id from own) and u.period = :period) t on true
    where c.customer_id = :customer
    """
)


@dataclass(frozen=True, slots=True)
class Existing:
    """An invoice of the period that is there already."""

    status: str
    run_id: UUID | None
    currency: str


@dataclass(frozen=True, slots=True)
class Folder:
    """Contracts in the order in which they were drafted; `totals` by contract; `lots` of credit by currency."""

    payer: Payer
    existing: Sequence[Existing]
    terms: Sequence[ContractTerms]
    charges: Sequence[Charge]
    changed: Sequence[tuple[UUID, str]]
    lots: dict[str, list[Lot]]
    totals: dict[str, list[UnitUsage]]


async def read(tx: Tx, customer_id: UUID, period: str) -> Folder:
    """The folder; to bill from it, lock the customer before."""
    row: Any = (await tx.execute(_READ, {"customer": customer_id, "period": period})).first()
    if row is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer_id")
    payer = Payer(**{name: getattr(row, name) for name in Payer.__slots__})
    totals: dict[str, list[UnitUsage]] = {}
    for contract_id, unit_id, body in zip(row.contract_ids or (), row.unit_ids or (), row.bodies or (), strict=True):
        totals.setdefault(str(contract_id), []).append(unpacked(str(contract_id), str(unit_id), body))
    return Folder(
        payer,
        [Existing(s, UUID(r) if r else None, c) for s, r, c in row.existing or ()],
        [terms_of(UUID(contract_id), terms) for contract_id, terms in row.contracts or ()],
        [_charge(values) for values in row.charges or ()],
        [(UUID(contract_id), period) for contract_id, period in row.changed or ()],
        _lots(row.lots or ()),
        totals,
    )


def _charge(values: Sequence[Any]) -> Charge:
    charge_id, contract_id, charged_on, description, quantity, unit_price, tax_code = values
    day = date.fromisoformat(charged_on)
    return Charge(charge_id, contract_id, day, description, Decimal(quantity), Decimal(unit_price), tax_code)


def _lots(rows: Sequence[Any]) -> dict[str, list[Lot]]:
    by_currency: dict[str, list[Lot]] = {}
    for currency, lot_id, since, left in rows:
        by_currency.setdefault(currency, []).append(Lot(lot_id, instant_of(since), Decimal(left)))
    return {currency: oldest_first(found) for currency, found in by_currency.items()}
