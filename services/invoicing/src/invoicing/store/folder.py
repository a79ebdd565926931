"""A customer's folder for one period: everything that most bills are made of, read by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from common.clock import instant_of
from common.db import Tx
from common.errors import NotFound
from invoicing.domain.charges import Charge
from invoicing.domain.ledger_credit import Lot, oldest_first
from invoicing.domain.terms import ContractTerms
from invoicing.domain.usage import UnitUsage
from invoicing.store import driver
from invoicing.store.copies import Payer
from invoicing.store.usage_form import unpacked
from invoicing.store.wire import terms_of

_READ = """
    with own as materialized (select contract_id, terms from contracts where customer_id = $1)
    select c.customer_id, c.name, c.company, c.email, c.currency, c.is_active, c.on_billing_hold, c.in_default,
      c.issuing_entity_id,
      (select jsonb_agg(jsonb_build_array(i.status, i.run_id, i.currency))::text from invoices i
        where i.customer_id = $1 and i.period = $2) as existing,
      (select jsonb_agg(jsonb_build_array(contract_id, terms) order by contract_id)::text from own) as contracts,
      (select jsonb_agg(jsonb_build_array(h.charge_id, h.contract_id, h.charged_on, h.description, h.quantity,
          h.unit_price, h.tax_code) order by h.charge_id)::text
        from charges h where h.customer_id = $1 and h.invoice_id is null) as charges,
      (select jsonb_agg(jsonb_build_array(p.contract_id, p.period) order by p.period, p.contract_id)::text
        from changed_periods p where p.contract_id in (select contract_id from own)) as changed,
      (select jsonb_agg(jsonb_build_array(l.currency, l.lot, l.since, l.left))::text from (
          select e.currency, p ->> 'lot_id' as lot, (array_agg(e.at order by e.seq))[1] as since,
            (-sum((p ->> 'amount')::numeric))::text as left
          from entries e, jsonb_array_elements(e.postings) p
          where e.customer_id = $1 and e.moves_credit and p ->> 'account' = 'customer_credit'
          group by 1, 2 having sum((p ->> 'amount')::numeric) <> 0) l) as lots,
      t.contract_ids, t.unit_ids, t.bodies
    from customers c left join lateral (
      select array_agg(u.contract_id order by u.contract_id, u.unit_id, u.segment) as contract_ids,
        array_agg(u.unit_id order by u.contract_id, u.unit_id, u.segment) as unit_ids,
        array_agg(u.body order by u.contract_id, u.unit_id, u.segment) as bodies
      from usage_totals u where u.contract_id in (select contract_id from own) and u.period = $2) t on true
    where c.customer_id = $1
    """


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
    found = await driver.row(tx, _READ, customer_id, period)
    if found is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer_id")
    payer = Payer(**{name: found[name] for name in Payer.__slots__})
    totals: dict[str, list[UnitUsage]] = {}
    bodies = zip(found["contract_ids"] or (), found["unit_ids"] or (), found["bodies"] or (), strict=True)
    for contract_id, unit_id, body in bodies:
        totals.setdefault(str(contract_id), []).append(unpacked(str(contract_id), str(unit_id), body))
    return Folder(
        payer,
        [Existing(s, UUID(r) if r else None, c) for s, r, c in _list(found["existing"])],
        [terms_of(UUID(contract_id), terms) for contract_id, terms in _list(found["contracts"])],
        [_charge(values) for values in _list(found["charges"])],
        [(UUID(contract_id), period) for contract_id, period in _list(found["changed"])],
        _lots(_list(found["lots"])),
        totals,
    )


def _list(json: str | None) -> list[Any]:
    return orjson.loads(json) if json else []


def _charge(values: Sequence[Any]) -> Charge:
    charge_id, contract_id, charged_on, description, quantity, unit_price, tax_code = values
    day = date.fromisoformat(charged_on)
    return Charge(charge_id, contract_id, day, description, Decimal(quantity), Decimal(unit_price), tax_code)


def _lots(rows: Sequence[Any]) -> dict[str, list[Lot]]:
    by_currency: dict[str, list[Lot]] = {}
    for currency, lot_id, since, left in rows:
        by_currency.setdefault(currency, []).append(Lot(lot_id, instant_of(since), Decimal(left)))
    return {currency: oldest_first(found) for currency, found in by_currency.items()}
