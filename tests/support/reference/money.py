"""From lines to an issued invoice: tax, credit, status (rules 1.2, 7.5 to 7.7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from support.reference.case import Json
from support.reference.lines import Invoice, Line
from support.reference.numbers import half_up, minor

Credit = dict[tuple[str, str], Fraction]


def tax_of(lines: Sequence[Line], organization: Json, decimals: int) -> Fraction:
    """Tax once per code on the sum of its lines; inclusive tax is contained in it."""
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for line in lines:
        if line.code is not None:
            sums[line.code] += line.amount
    total = Fraction(0)
    for code, amount in sums.items():
        rate = Fraction((organization.get("tax") or {}).get(code) or 0)
        whole = 100 + rate if organization.get("tax_inclusive") else Fraction(100)
        total += half_up(amount * rate / whole, decimals)
    return total


def issue(invoice: Invoice, organization: Json, credit: Credit, held: bool) -> None:
    """Fills in the money of an invoice and moves the customer's credit."""
    decimals = minor(invoice.currency)
    inclusive = bool(organization.get("tax_inclusive"))
    invoice.subtotal = sum((line.amount for line in invoice.lines), Fraction(0))
    invoice.tax = tax_of(invoice.lines, organization, decimals)
    invoice.total = invoice.subtotal + (0 if inclusive else invoice.tax)
    fees = [line for line in invoice.lines if line.kind == "late_fee"]
    invoice.late_part = sum((line.amount for line in fees), Fraction(0))
    invoice.late_part += 0 if inclusive else tax_of(fees, organization, decimals)
    payable, key = max(invoice.total, Fraction(0)), (invoice.customer, invoice.currency)
    if held:
        invoice.amount_due, invoice.status = payable, "held"
        return
    invoice.credit_applied = min(payable, credit[key])
    invoice.amount_due = payable - invoice.credit_applied
    credit[key] += max(-invoice.total, Fraction(0)) - invoice.credit_applied
    invoice.status = "issued" if invoice.amount_due else "paid"
