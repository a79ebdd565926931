"""Open many accounts from a table, all or none: a dry run says what would be wrong, and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from common.db import Tx, new_id
from common.errors import RuleBroken
from common.outbox import publish_all
from customers.domain.customer import Customer
from customers.domain.importing import COLUMNS, Line, LineError, customer_fields, read_table
from customers.store import customers
from customers.use_cases.announce import facts
from events.customers import CustomerRegistered


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many lines there were, what is wrong with which, and the accounts by line; none are opened beside errors."""

    lines: int
    errors: list[LineError]
    opened: list[tuple[int, Customer]]


async def import_customers(tx: Tx, organization_id: UUID, csv: str, *, dry_run: bool, at: datetime) -> Outcome:
    lines, errors = read_table(csv, COLUMNS, ("name", "contact_email"))
    taken = await customers.known(tx)
    made = list[tuple[int, Customer]]()
    for line in lines:
        try:
            customer = _account(line, taken)
        except RuleBroken as refused:
            errors.append(LineError.of(line.number, refused))
        else:
            taken.add(_identity(customer))
            made.append((line.number, customer))
    total, errors = len(lines) + len({e.line for e in errors} - {line.number for line in lines}), _in_order(errors)
    if errors or dry_run:
        return Outcome(total, errors, [])
    await customers.add_all(tx, organization_id, [customer for _, customer in made])
    events = [CustomerRegistered(**facts(customer)) for _, customer in made]
    await publish_all(tx, organization_id, events, at=at, source="customers")
    return Outcome(total, [], made)


class AlreadyThere(RuleBroken):
    """An account of that name and address exists, or stands in the file twice."""

    code = "already_there"


def _account(line: Line, taken: set[tuple[str, str]]) -> Customer:
    customer = Customer(id=new_id(), **customer_fields(line))  # type: ignore[arg-type]
    if _identity(customer) in taken:
        raise AlreadyThere(
            f"{customer.name} with {customer.contact_email} is there already.", field="name", remedy="leave it out"
        )
    return customer


def _identity(customer: Customer) -> tuple[str, str]:
    return customer.name.lower(), customer.contact_email.lower()


def _in_order(errors: list[LineError]) -> list[LineError]:
    return sorted(errors, key=lambda e: (e.line, e.field))
