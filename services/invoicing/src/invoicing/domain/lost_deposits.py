"""A deposit that was charged and never paid: what of it is given up with its invoice is not owed back (rule 8).

Money settles what was earned first, so what is open of an invoice is its deposits first. A deposit that was given back
meanwhile is gone: then the whole of what is open is a loss.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from common.money import allocate
from invoicing.domain.ledger import ZERO, Account, AccountKind, Entry, Posting
from invoicing.domain.lines import Line, LineKind


def unpaid_deposits(
    lines: Iterable[Line], open_part: Decimal, returned: Collection[str], decimals: int
) -> dict[str, Decimal]:
    """By contract, what of an invoice's deposits is given up with its open part; `returned`: given back already."""
    charged: dict[str, Decimal] = {}
    for line in lines:
        if line.kind is LineKind.DEPOSIT and line.contract_id is not None:
            charged[line.contract_id] = charged.get(line.contract_id, ZERO) + line.amount
    kept = {contract: amount for contract, amount in charged.items() if amount > 0 and contract not in returned}
    lost = min(open_part, sum(kept.values(), ZERO))
    if lost <= 0:
        return {}
    parts = allocate(lost, [Fraction(amount) for amount in kept.values()], decimals)
    return {contract: part for contract, part in zip(kept, parts, strict=True) if part}


def lost_postings(customer_id: str, invoice_id: str, unpaid: Mapping[str, Decimal]) -> list[Posting]:
    """The liability that ends, contract by contract."""
    account = Account(AccountKind.DEPOSITS, customer_id)
    return [Posting(account, amount, invoice_id, _lot(contract)) for contract, amount in unpaid.items()]


def lost_of(entries: Sequence[Entry], contract_id: str) -> Decimal:
    """What of a contract's deposit was given up so far."""
    return sum(
        (
            posting.amount
            for made in entries
            for posting in made.postings
            if posting.account.kind is AccountKind.DEPOSITS and posting.lot_id == _lot(contract_id)
        ),
        ZERO,
    )


def _lot(contract_id: str) -> str:
    return f"deposit/{contract_id}"
