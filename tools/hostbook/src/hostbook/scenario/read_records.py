"""Charges, pool income and steps of a scenario file."""

from __future__ import annotations

from collections.abc import Mapping

from hostbook.scenario.case import (
    Contract,
    CycleStep,
    InvoiceStep,
    PayStep,
    ReadsStep,
    Step,
)
from hostbook.scenario.fields import Fields, day, instant, number, text, whole, words
from hostbook.scenario.read_evidence import reads_of
from hostbook.scenario.refusals import BadScenario, under
from invoicing.domain.charges import Charge
from invoicing.domain.periods import period_named
from invoicing.domain.rated import PoolRecord
from invoicing.domain.settings import BillingSettings
from invoicing.domain.terms_check import finite
from metering.domain.values import Channel

MOST_CYCLES = 1200
_SATOSHI = 8
_BITCOINS = 21_000_000


def charges_of(fields: Fields, contracts: Mapping[str, Contract]) -> list[Charge]:
    return fields.many("charges", lambda value, path: _charge(value, path, contracts))


def _charge(value: object, path: str, contracts: Mapping[str, Contract]) -> Charge:
    fields = Fields(value, path)
    contract_id = _contract(fields, contracts)
    with under(path):
        charge = Charge(
            charge_id=path,
            contract_id=contract_id,
            charged_on=fields.take("on", day),
            description=fields.take("description", words, ""),
            quantity=fields.take("quantity", number),
            unit_price=fields.take("unit_price", number),
            tax_code=fields.maybe("tax_code", text),
        )
    fields.done()
    return charge


def pool_of(fields: Fields, contracts: Mapping[str, Contract]) -> dict[str, list[PoolRecord]]:
    """Pool income by contract, in the order of the file."""
    records: dict[str, list[PoolRecord]] = {}
    for contract_id, record in fields.many("pool_revenue", lambda value, path: _record(value, path, contracts)):
        records.setdefault(contract_id, []).append(record)
    return records


def _record(value: object, path: str, contracts: Mapping[str, Contract]) -> tuple[str, PoolRecord]:
    fields = Fields(value, path)
    contract_id = _contract(fields, contracts)
    from_at, to_at = fields.take("from", instant), fields.take("to", instant)
    if to_at < from_at:
        raise BadScenario("The record ends before it begins.", field=fields.at("to"), remedy="a later instant")
    btc, price = fields.take("btc", number), fields.take("price", number)
    fields.done()
    with under(path):
        finite("btc", btc, _SATOSHI, number(_BITCOINS, path))
        finite("price", price, 18, number(10**12, path))
    return contract_id, PoolRecord(from_at, to_at, int(btc.scaleb(_SATOSHI)), price)


def _contract(fields: Fields, contracts: Mapping[str, Contract]) -> str:
    contract_id = fields.take("contract", text)
    if contract_id not in contracts:
        raise BadScenario(f"No contract {contract_id}.", field=fields.at("contract"), remedy="an id of contracts")
    return contract_id


def steps_of(fields: Fields, channels: Mapping[str, Channel], settings: BillingSettings) -> list[Step]:
    return fields.many("steps", lambda value, path: _step(value, path, channels, settings))


def _step(value: object, path: str, channels: Mapping[str, Channel], settings: BillingSettings) -> Step:
    if not isinstance(value, dict) or len(value) != 1:
        raise BadScenario("A step is one thing that happens.", field=path, remedy='such as {"invoice": "2025-01"}')
    fields = Fields(value, path)
    (kind,) = value
    if kind == "invoice":
        with under(path):
            return InvoiceStep(period_named(fields.take("invoice", text), settings.billing_day, settings.timezone).name)
    if kind == "cycle":
        return CycleStep(_counted(fields.take("cycle", whole), fields.at("cycle"), 1))
    if kind == "pay":
        return PayStep(_counted(fields.take("pay", whole), fields.at("pay"), 0), fields.at("pay"))
    if kind == "reads":
        return ReadsStep(fields.take("reads", lambda v, p: reads_of(v, p, channels)))
    raise BadScenario("Not a step.", field=fields.at(kind), remedy="invoice, reads, pay or cycle")


def _counted(count: int, path: str, lowest: int) -> int:
    if not lowest <= count <= MOST_CYCLES:
        raise BadScenario(f"{count} is out of range.", field=path, remedy=f"{lowest} to {MOST_CYCLES}")
    return count
