"""Late fees (rule 7.8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

from support.reference.case import Json
from support.reference.days import add_months
from support.reference.lines import Invoice, Line
from support.reference.numbers import half_up, minor


def late_fees(terms: Json | None, earlier: Sequence[Invoice], issued_on: date) -> list[tuple[Invoice, Line]]:
    """One line for each earlier unpaid invoice that is more than the grace days past due."""
    found = []
    for invoice in earlier if terms else []:
        assert terms is not None
        since = invoice.due_on + timedelta(days=int(terms.get("grace_days") or 0))
        owed = invoice.amount_due - invoice.late_part
        if invoice.status == "issued" and issued_on > since and owed > 0:
            exact = _in_all(terms, owed, since, issued_on)
            if terms.get("cap") is not None:
                exact = min(exact, Fraction(terms["cap"]))
            amount = half_up(exact, minor(invoice.currency)) - invoice.fees
            if amount > 0:
                found.append((invoice, Line(None, "late_fee", amount, "late_fee")))
    return found


def _in_all(terms: Json, owed: Fraction, since: date, issued_on: date) -> Fraction:
    """The fee of an invoice up to a day, whatever was charged before."""
    if terms["mode"] == "flat":
        return Fraction(terms["amount"])
    percent = Fraction(terms["percent"]) / 100
    if terms["mode"] == "daily_interest":
        return owed * percent / 365 * (issued_on - since).days
    months = 1
    while add_months(since, months) < issued_on:
        months += 1
    return owed * percent * months
