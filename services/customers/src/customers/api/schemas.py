"""Requests and answers of the customers API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field, field_validator

from common.auth import Principal
from common.http import Body
from customers.domain.customer import Customer, Standing


class NewCustomer(Body):
    """A customer to be added; only name and contact e-mail are needed (CM-04)."""

    name: str = Field(min_length=1, max_length=200, examples=["Alpha Digital LLC"])
    contact_email: str = Field(max_length=254, examples=["ops@alpha.example"])
    company: str | None = Field(None, max_length=200)
    billing_email: str | None = Field(None, max_length=254, description="Where invoices go; blank: the contact e-mail.")
    phone: str | None = Field(None, max_length=40)
    currency: str | None = Field(None, pattern="^[A-Z]{3}$", description="Blank: the organization's.")
    notes: str | None = Field(None, max_length=10_000, description="Internal; never shown to the customer.")


class CustomerChange(Body):
    """The fields to change; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=200)
    contact_email: str | None = Field(None, max_length=254)
    company: str | None = Field(None, max_length=200)
    billing_email: str | None = Field(None, max_length=254)
    phone: str | None = Field(None, max_length=40)
    currency: str | None = Field(None, pattern="^[A-Z]{3}$")
    notes: str | None = Field(None, max_length=10_000)
    is_active: bool | None = None
    has_portal_access: bool | None = None
    on_billing_hold: bool | None = None

    @field_validator("name", "contact_email", "is_active", "has_portal_access", "on_billing_hold")
    @classmethod
    def _never_blank(cls, value: object) -> object:
        if value is None:
            raise ValueError("This field can be left out, but not emptied")
        return value

    def changes(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class CustomerAnswer(BaseModel):
    """A customer as the caller may see it; `notes` are absent for the customer's own people."""

    id: UUID
    name: str
    contact_email: str
    company: str | None
    billing_email: str | None
    phone: str | None
    currency: str | None
    notes: str | None
    is_active: bool
    has_portal_access: bool
    on_billing_hold: bool
    in_default: bool
    default_reason: str | None
    is_redirected: bool
    standing: Standing
    version: int

    @classmethod
    def of(cls, customer: Customer, caller: Principal) -> CustomerAnswer:
        shown = {name: getattr(customer, name) for name in cls.model_fields}
        return cls(**shown | ({"notes": None} if caller.customer_id else {}))


class CustomerList(BaseModel):
    """A page of customers; `next` continues it."""

    items: list[CustomerAnswer]
    next: str | None
