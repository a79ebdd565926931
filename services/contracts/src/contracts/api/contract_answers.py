"""A contract as the API answers it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import Response
from pydantic import TypeAdapter

from common.db import Tx
from common.http import etag
from contracts.api.contract_schemas import ContractAnswer
from contracts.domain.contract import Contract, ContractState
from contracts.domain.notice import last_day
from contracts.store import assignments
from contracts.store.contracts import Kept
from contracts.use_cases.terms_on_the_wire import wire_terms

_JSON: TypeAdapter[Any] = TypeAdapter(object)


async def answer(tx: Tx, kept: Kept, response: Response | None = None) -> ContractAnswer:
    contract = kept.contract
    if contract.state is ContractState.DRAFT:
        unit_ids = await assignments.reserved_units(tx, kept.contract_id)
    else:
        unit_ids = [UUID(h.assignment.unit_id) for h in await assignments.of_contract(tx, kept.contract_id)]
    if response is not None:
        response.headers.update(etag(kept.version))
    return ContractAnswer(
        id=kept.contract_id,
        number=contract.number,
        reference=kept.reference,
        customer_id=kept.customer_id,
        site_id=UUID(contract.site_id) if contract.site_id else None,
        issuing_entity_id=UUID(contract.issuing_entity_id) if contract.issuing_entity_id else None,
        type=contract.type,
        state=contract.state.value,
        standing=_standing(contract),
        plan=contract.plan,
        currency=contract.currency,
        start_on=contract.tenure.start_on,
        end_on=contract.tenure.end_on,
        end_overridden=contract.tenure.end_overridden,
        start_at=contract.from_at,
        end_at=contract.to_at,
        renewal=_renewal(contract),
        particulars=_particulars(contract),
        terms=wire_terms(contract).model_dump(mode="json", exclude={"number", "customer_id"}),
        unit_ids=unit_ids,
        version=kept.version,
    )


def _standing(contract: Contract) -> Any:
    noticed = contract.state is ContractState.ACTIVE and contract.notice_given_on is not None
    return "notice_given" if noticed else contract.state.value


def _renewal(contract: Contract) -> dict[str, Any]:
    renewal, extensions = contract.auto_renewal, contract.extensions
    last_on = last_day(contract)
    return {
        "term": contract.tenure.term.kind.value,
        "term_days": contract.tenure.term.days,
        "auto_renew": renewal is not None,
        "renews_by": renewal.renews_by.value if renewal is not None else None,
        "notice_days": renewal.notice_days if renewal is not None else contract.notice_days,
        "notice_given_on": contract.notice_given_on.isoformat() if contract.notice_given_on else None,
        "ends_on": last_on.isoformat() if last_on else None,
        "extensions_used": extensions.used,
        "max_extensions": extensions.limit,
    }


def _particulars(contract: Contract) -> dict[str, Any]:
    early, fee = contract.early_end, contract.exit_fee
    return {
        "deposit": f"{contract.deposit.amount.amount:f}" if contract.deposit else None,
        "deposit_opens_gate": contract.deposit is not None and contract.deposit.opens_gate,
        "exit_fee": {
            "mode": fee.mode.value,
            "amount": f"{fee.amount.amount:f}" if fee.amount else None,
            "percent": f"{fee.percent:f}" if fee.percent is not None else None,
        }
        if fee
        else None,
        "early_end": {
            "agreed_end_on": early.agreed_end_on.isoformat(),
            "reason": early.reason,
            "is_fee_waived": early.is_fee_waived,
        }
        if early
        else None,
        "escalators": _JSON.dump_python(list(contract.escalators), mode="json"),
        "clauses": [{"title": c.title, "text": c.text} for c in contract.clauses],
        "suspended_at": contract.suspended_at.isoformat() if contract.suspended_at else None,
    }
