"""Requests and answers about a contract's papers, its past and its gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from common.http import Body
from contracts.domain.contract import Contract
from contracts.domain.gate import Gate
from contracts.domain.pricing import Plan


class NewAttachment(Body):
    """A file; `content` is base64."""

    name: str = Field(max_length=200)
    content: str = Field(max_length=11_500_000)
    is_internal: bool = Field(True, description="Only the host sees it.")


class AttachmentAnswer(BaseModel):
    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    is_internal: bool
    added_at: datetime
    by: str

    @classmethod
    def of_row(cls, row: Any) -> AttachmentAnswer:
        shown = {name: getattr(row, name) for name in cls.model_fields if name != "id"}
        return cls(id=row.attachment_id, **shown)


class AttachmentList(BaseModel):
    items: list[AttachmentAnswer]


class VersionAnswer(BaseModel):
    """A contract after one change: what was done, from when on it holds, when and by whom it was done."""

    version: int
    change: str
    effective_at: datetime
    at: datetime
    reason: str
    by: str
    agreement: dict[str, Any]

    @classmethod
    def of_row(cls, row: Any, *, for_customer: bool) -> VersionAnswer:
        shown = {name: getattr(row, name) for name in cls.model_fields}
        return cls(**(shown | ({"reason": "", "by": ""} if for_customer else {})))


class VersionList(BaseModel):
    items: list[VersionAnswer]


class ReminderAnswer(BaseModel):
    about: str
    due_on: date
    days_before: int
    told_at: datetime
    mailed_at: datetime | None
    mail_refused: str | None

    @classmethod
    def of_row(cls, row: Any) -> ReminderAnswer:
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class ReminderList(BaseModel):
    items: list[ReminderAnswer]


class UnitGate(BaseModel):
    unit_id: UUID
    name: str
    is_open: bool
    missing: list[str]


class GateAnswer(BaseModel):
    """Open when every unit's is; `missing` says what every unit waits for, the units what else they wait for."""

    contract_id: UUID
    is_prepaid: bool
    is_open: bool
    missing: list[str]
    units: list[UnitGate]

    @classmethod
    def of(
        cls, contract: Contract, gates: Sequence[Gate], names: Mapping[str, str], others: Sequence[str]
    ) -> GateAnswer:
        shown = [
            UnitGate(unit_id=UUID(g.unit_id), name=names.get(g.unit_id, ""), is_open=g.is_open, missing=list(g.missing))
            for g in gates
        ]
        return cls(
            contract_id=UUID(contract.contract_id),
            is_prepaid=contract.plan is Plan.PREPAID_31D,
            is_open=bool(gates) and all(g.is_open for g in gates),
            missing=[*others] if gates else [*others, "the contract has no unit"],
            units=shown,
        )
