"""Requests and answers about invoices and runs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from common.http import Body
from invoicing.domain.explain import Node
from invoicing.domain.invoice import Invoice, InvoiceStatus
from invoicing.domain.issuer import Issuer
from invoicing.domain.lines import Line
from invoicing.store.invoices import Kept
from invoicing.store.runs import Run

DecimalIn = Annotated[str, Field(max_length=40)]
PeriodName = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2025-03"])]
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class UnitShare(BaseModel):
    unit_id: UUID
    kwh: str


class LineAnswer(BaseModel):
    """A printed line; quantity x rate rounded half up is the amount, or it is by formula (see explain)."""

    contract_id: UUID | None
    kind: str
    method: str | None
    description: str
    kwh: str | None
    quantity: str | None
    rate: str | None
    amount: str
    tax_code: str | None
    estimated: bool
    refers_to: str | None
    units: list[UnitShare]

    @classmethod
    def of(cls, line: Line) -> LineAnswer:
        return cls(
            contract_id=UUID(line.contract_id) if line.contract_id else None,
            kind=line.kind.value,
            method=line.method.value if line.method else None,
            description=line.description,
            kwh=_text(line.kwh),
            quantity=_text(line.quantity),
            rate=_text(line.rate),
            amount=f"{line.amount:f}",
            tax_code=line.tax_code,
            estimated=line.estimated,
            refers_to=line.refers_to,
            units=[UnitShare(unit_id=UUID(u), kwh=f"{kwh:f}") for u, kwh in line.units],
        )


class TaxAnswer(BaseModel):
    code: str
    percent: str
    taxable: str
    amount: str


class IssuerAnswer(BaseModel):
    """The legal person that an invoice comes from, as it stood when the invoice was made."""

    entity_id: UUID
    legal_name: str
    address: list[str]
    country: str
    tax_ids: dict[str, str]

    @classmethod
    def of(cls, issuer: Issuer) -> IssuerAnswer:
        return cls(
            entity_id=UUID(issuer.entity_id),
            legal_name=issuer.legal_name,
            address=list(issuer.address),
            country=issuer.country,
            tax_ids=dict(issuer.tax_ids),
        )


class InvoiceFigures(BaseModel):
    """The figures of an invoice, stored or previewed alike (rule 7.9)."""

    customer_id: UUID
    currency: str
    period: str
    first_on: date
    last_on: date
    issued_on: date
    due_on: date
    lines: list[LineAnswer]
    subtotal: str
    taxes: list[TaxAnswer]
    tax: str
    total: str
    variance_percent: str | None
    variance_band: str | None
    unbilled_hours: dict[str, str]
    issuer: IssuerAnswer | None

    @classmethod
    def figures(cls, invoice: Invoice) -> dict[str, Any]:
        head, variance = invoice.head, invoice.variance
        return {
            "customer_id": UUID(head.customer_id),
            "currency": head.currency,
            "period": head.period,
            "first_on": head.first_on,
            "last_on": head.last_on,
            "issued_on": head.issued_on,
            "due_on": head.due_on,
            "lines": [LineAnswer.of(li) for li in invoice.lines],
            "subtotal": f"{invoice.subtotal:f}",
            "taxes": [
                TaxAnswer(code=t.code, percent=f"{t.percent:f}", taxable=f"{t.taxable:f}", amount=f"{t.amount:f}")
                for t in invoice.taxes
            ],
            "tax": f"{invoice.tax:f}",
            "total": f"{invoice.total:f}",
            "variance_percent": f"{variance.percent:f}" if variance else None,
            "variance_band": variance.band.value if variance else None,
            "unbilled_hours": {u: f"{hours:f}" for u, hours in invoice.unbilled_hours},
            "issuer": IssuerAnswer.of(invoice.issuer) if invoice.issuer is not None else None,
        }


class InvoiceAnswer(InvoiceFigures):
    """An invoice with its number, status and what is still open of it."""

    id: UUID
    number: str | None
    status: InvoiceStatus
    credit_applied: str
    amount_due: str
    balance: str
    money_states: list[str]
    held_because: str | None
    mailed_at: datetime | None
    mail_refused: str | None
    version: int

    @classmethod
    def of(cls, kept: Kept, money_states: list[str] | None = None) -> InvoiceAnswer:
        invoice = kept.invoice
        return cls(
            id=kept.invoice_id,
            number=kept.number,
            status=kept.status,
            credit_applied=f"{invoice.credit_applied:f}",
            amount_due=f"{invoice.amount_due:f}",
            balance=f"{kept.balance:f}",
            money_states=money_states or [],
            held_because=kept.held_because,
            mailed_at=kept.mailed_at,
            mail_refused=kept.mail_refused,
            version=kept.version,
            **cls.figures(invoice),
        )


class InvoiceList(BaseModel):
    items: list[InvoiceAnswer]
    next: str | None


class PreviewOrder(Body):
    """Whose invoices of which period to compute; nothing is stored."""

    period: PeriodName
    customer_id: UUID


class PreviewAnswer(BaseModel):
    """The very invoices that a run would make."""

    invoices: list[InvoiceFigures]


class Why(Body):
    reason: Reason


class ExplainNode(BaseModel):
    """A statement and what it rests on."""

    text: str
    children: list[ExplainNode]

    @classmethod
    def of(cls, node: Node) -> ExplainNode:
        return cls(text=node.text, children=[cls.of(c) for c in node.children])


class Explanation(BaseModel):
    """One tree per line, from the amount down to the reads."""

    lines: list[ExplainNode]


class NewRun(Body):
    """A run over a period, for everyone or one customer (CB-56 to CB-59)."""

    period: PeriodName
    customer_id: UUID | None = None
    skip_existing: bool = True


class RunAnswer(BaseModel):
    """A run: how far it is and what it made; `refused` names customers and why."""

    id: UUID
    period: str
    customer_id: UUID | None
    skip_existing: bool
    state: str
    issued: int
    held: int
    skipped: int
    refused: dict[str, str]
    missing_days: int
    requested_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, run: Run, made: tuple[int, int] | None = None) -> RunAnswer:
        """`made` are the invoices issued and held so far, of a run that goes on."""
        shown = {name: getattr(run, name) for name in cls.model_fields if name != "id"}
        if made is not None:
            shown |= {"issued": made[0], "held": made[1]}
        return cls(id=run.run_id, **shown)


def _text(number: Any) -> str | None:
    return None if number is None else f"{number:f}"
