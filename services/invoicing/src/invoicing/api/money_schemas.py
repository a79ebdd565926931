"""Requests and answers about settings, credit, charges, pool income and the ledger."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from common.http import Body
from invoicing.domain.ledger import Entry
from invoicing.store.credit_notes import KeptNote

DecimalIn = Annotated[str, Field(pattern=r"^-?\d{1,24}(\.\d{1,18})?$")]


class LateFeeIn(Body):
    """What a late invoice costs (rule 7.8)."""

    mode: Literal["flat", "monthly_percent", "daily_interest"]
    amount: DecimalIn | None = None
    percent: DecimalIn | None = None
    grace_days: int = Field(0, ge=0, le=366)
    cap: DecimalIn | None = None


class SettingsFields(Body):
    """How the organization bills (CB-50 to CB-54, CB-71 to CB-74)."""

    tax: dict[Annotated[str, Field(pattern="^[a-z_]{1,40}$")], DecimalIn] = Field(default_factory=dict)
    tax_inclusive: bool = False
    late_fee: LateFeeIn | None = None
    auto_generate: bool = True
    auto_send: bool = True
    bill_at: str = Field("00:30", description="Local time of the day's billing work.")
    number_prefix: str = Field("INV-", max_length=20)
    credit_note_prefix: str = Field("CN-", max_length=20)
    shows_units: bool = True
    footer: str = Field("", max_length=2000)


class SettingsAnswer(SettingsFields):
    version: int


class NewCredit(Body):
    """Credit given (above zero) or taken back (below), with the reason (CB-86)."""

    customer_id: UUID
    amount: DecimalIn
    currency: str = Field(pattern="^[A-Z]{3}$")
    reason: str = Field(min_length=1, max_length=500)


class CreditAnswer(BaseModel):
    customer_id: UUID
    currency: str
    balance: str


class NewCharge(Body):
    """A service by quantity, billed on the next monthly invoice (rule 5)."""

    contract_id: UUID
    charged_on: date
    description: str = Field(min_length=1, max_length=200)
    quantity: DecimalIn
    unit_price: DecimalIn
    tax_code: str | None = Field(None, pattern="^[a-z_]{1,40}$")


class ChargeAnswer(BaseModel):
    id: UUID


class NewPoolRecord(Body):
    """Gross pool income of an infinity contract as it was recorded (rule 5)."""

    contract_id: UUID
    from_at: AwareDatetime
    to_at: AwareDatetime
    btc: DecimalIn
    price: DecimalIn


class NewNote(Body):
    """How much of an invoice is given back, tax included, and why (rule 7.3)."""

    amount: DecimalIn
    reason: str = Field(min_length=1, max_length=500)


class NoteAnswer(BaseModel):
    """A credit note: its own number, and the tax contained in it by code."""

    id: UUID
    number: str
    invoice_id: UUID
    issued_on: date
    currency: str
    amount: str
    tax: dict[str, str]
    reason: str

    @classmethod
    def of(cls, kept: KeptNote) -> NoteAnswer:
        note = kept.note
        return cls(
            id=UUID(note.note_id),
            number=kept.number,
            invoice_id=UUID(note.invoice_id),
            issued_on=kept.issued_on,
            currency=kept.currency,
            amount=f"{note.amount:f}",
            tax={code: f"{amount:f}" for code, amount in note.tax},
            reason=kept.reason,
        )


class NoteList(BaseModel):
    items: list[NoteAnswer]
    next: str | None


class CyclesOrder(Body):
    """Which prepaid contract; `again` makes a new invoice also for cycles whose invoice was cancelled."""

    contract_id: UUID
    again: bool = False


class CyclesMade(BaseModel):
    invoice_ids: list[UUID]


class PostingAnswer(BaseModel):
    account: str
    party: str
    amount: str
    invoice_id: str | None


class EntryAnswer(BaseModel):
    """A balanced journal entry; amounts above zero are debits."""

    seq: int
    kind: str
    source: str
    customer_id: UUID
    currency: str
    at: datetime
    reason: str
    postings: list[PostingAnswer]

    @classmethod
    def of(cls, seq: int, entry: Entry) -> dict[str, Any]:
        return cls(
            seq=seq,
            kind=entry.kind.value,
            source=entry.source_id,
            customer_id=UUID(entry.customer_id),
            currency=entry.currency,
            at=entry.at,
            reason=entry.reason,
            postings=[
                PostingAnswer(
                    account=p.account.kind.value,
                    party=p.account.party,
                    amount=f"{p.amount:f}",
                    invoice_id=p.invoice_id,
                )
                for p in entry.postings
            ],
        ).model_dump()


class EntryList(BaseModel):
    items: list[EntryAnswer]
    next: str | None
