"""Requests and answers about customers' accounts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field, field_validator

from common.auth import Principal
from common.http import Body
from customers.domain.customer import Customer, Standing
from customers.domain.importing import LineError
from customers.use_cases.import_customers import Outcome


class NewCustomer(Body):
    """A customer to be added; only name and contact e-mail are needed (CM-04)."""

    name: str = Field(min_length=1, max_length=200, examples=["Alpha Digital LLC"])
    contact_email: str = Field(max_length=254, examples=["ops@alpha.example"])
    company: str | None = Field(None, max_length=200)
    billing_email: str | None = Field(None, max_length=254, description="Where invoices go; blank: the contact e-mail.")
    phone: str | None = Field(None, max_length=40)
    currency: str | None = Field(None, pattern="^[A-Z]{3}$", description="Blank: the organization's.")
    notes: str | None = Field(None, max_length=10_000, description="Internal; never shown to the customer.")
    tags: list[str] = Field([], max_length=20, examples=[["texas", "vip"]], description="Internal; each once.")
    team_name: str | None = Field(None, max_length=200, description="Shown in the portal above the team (CM-28).")
    issuing_entity_id: UUID | None = Field(None, description="Whom invoices come from, where no contract says.")

    def fields(self) -> dict[str, Any]:
        return self.model_dump() | {"tags": tuple(self.tags)}


class CustomerChange(Body):
    """The fields to change; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=200)
    contact_email: str | None = Field(None, max_length=254)
    company: str | None = Field(None, max_length=200)
    billing_email: str | None = Field(None, max_length=254)
    phone: str | None = Field(None, max_length=40)
    currency: str | None = Field(None, pattern="^[A-Z]{3}$")
    notes: str | None = Field(None, max_length=10_000)
    tags: list[str] | None = Field(None, max_length=20)
    team_name: str | None = Field(None, max_length=200)
    issuing_entity_id: UUID | None = Field(None, description="Whom invoices come from, where no contract says.")
    is_active: bool | None = None
    has_portal_access: bool | None = None
    on_billing_hold: bool | None = None

    @field_validator("name", "contact_email", "tags", "is_active", "has_portal_access", "on_billing_hold")
    @classmethod
    def _never_blank(cls, value: object) -> object:
        if value is None:
            raise ValueError("This field can be left out, but not emptied")
        return value

    def changes(self) -> dict[str, Any]:
        given = self.model_dump(exclude_unset=True)
        return given | ({"tags": tuple(given["tags"])} if "tags" in given else {})


class CustomerAnswer(BaseModel):
    """A customer as the caller may see it; `notes` and `tags` are absent for the customer's own people.

    `standing` is the one status that is shown first, `badges` all that apply, in their order (X14).
    """

    id: UUID
    name: str
    contact_email: str
    company: str | None
    billing_email: str | None
    invoice_email: str
    phone: str | None
    currency: str | None
    notes: str | None
    tags: list[str]
    team_name: str | None
    is_active: bool
    has_portal_access: bool
    on_billing_hold: bool
    in_default: bool
    default_reason: str | None
    is_redirected: bool
    standing: Standing
    badges: list[str]
    merged_into: UUID | None
    issuing_entity_id: UUID | None
    version: int

    @classmethod
    def of(cls, customer: Customer, caller: Principal) -> CustomerAnswer:
        shown = {name: getattr(customer, name) for name in cls.model_fields}
        hidden: dict[str, Any] = {"notes": None, "tags": [], "merged_into": None} if caller.customer_id else {}
        return cls(**shown | hidden)


class CustomerList(BaseModel):
    """A page of customers; `next` continues it."""

    items: list[CustomerAnswer]
    next: str | None


class Overview(BaseModel):
    """The cards of a customer's page; `assigned_sites` only where an O&M contract stands (CM-19, CM-20)."""

    active_contracts: int
    assigned_units: int
    assigned_sites: int | None
    open_invoices: int
    overdue_invoices: int
    open_tickets: int
    team: int
    agreements_to_sign: int


class Merge(Body):
    """Which account stays."""

    into_customer_id: UUID


class Table(Body):
    """A CSV text: a header of name, contact_email and more, then a line per account. A dry run writes nothing."""

    csv: str = Field(min_length=1, max_length=2_000_000, examples=["name,contact_email\nAlpha,ops@alpha.example\n"])
    dry_run: bool = True


class LineRefused(BaseModel):
    """What is wrong with a line; the header is line 1, an empty field means the line as a whole."""

    line: int
    field: str
    message: str
    remedy: str

    @classmethod
    def of(cls, error: LineError) -> LineRefused:
        return cls(line=error.line, field=error.field, message=error.message, remedy=error.remedy)


class LineTaken(BaseModel):
    line: int
    id: UUID


class ImportAnswer(BaseModel):
    """`opened` is empty in a dry run, and where any line was refused: all lines are taken, or none."""

    dry_run: bool
    lines: int
    errors: list[LineRefused]
    opened: list[LineTaken]

    @classmethod
    def of(cls, outcome: Outcome, *, dry_run: bool) -> ImportAnswer:
        errors = [LineRefused.of(error) for error in outcome.errors]
        opened = [LineTaken(line=line, id=customer.id) for line, customer in outcome.opened]
        return cls(dry_run=dry_run, lines=outcome.lines, errors=errors, opened=opened)
