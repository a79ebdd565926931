"""The ledger balances and agrees with a plain count after any sequence of movements (rule 8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from common.errors import Conflict
from invoicing.domain.ledger import ZERO, AccountKind, Entry, Head, balance, owed
from invoicing.domain.ledger_credit import credit_balance, granted, lots, lowered, paid_out
from invoicing.domain.ledger_invoices import (
    CreditNote,
    IssuedFigures,
    cancelled,
    credited,
    earned_of,
    issued,
    written_off,
)
from invoicing.domain.ledger_origins import whereabouts
from invoicing.domain.ledger_payments import (
    OpenItem,
    dispute_opened,
    dispute_won,
    disputed,
    fee_taken,
    kept,
    paid,
    recovered,
    refunded,
    reversed_payment,
)
from invoicing.domain.money_state import MoneyState, invoice_money

CUSTOMER = "A"
cents = st.integers(min_value=1, max_value=30_000).map(lambda count: Decimal(count).scaleb(-2))
signed_cents = st.integers(min_value=-9_000, max_value=30_000).map(lambda count: Decimal(count).scaleb(-2))


class Bookkeeping(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []
        self.at = datetime(2025, 1, 1, tzinfo=UTC)
        self.count = 0
        self.invoices: list[str] = []
        self.open_invoices: list[str] = []
        self.payments: list[str] = []
        self.notes = 0

    def head(self, kind: str, reason: str = "because") -> Head:
        self.count += 1
        self.at += timedelta(minutes=1)
        return Head(f"{kind}{self.count}", CUSTOMER, "USD", self.at, reason)

    def post(self, made: list[Entry]) -> None:
        self.entries.extend(made)

    def items(self) -> list[OpenItem]:
        outside = OpenItem(None, owed(self.entries, None))
        return [outside, *(OpenItem(name, owed(self.entries, name)) for name in self.open_invoices)]

    @rule(total=signed_cents, tax=st.integers(0, 900), held=st.booleans())
    def issue(self, total: Decimal, tax: int, held: bool) -> None:
        head = self.head("invoice")
        part = min(Decimal(tax).scaleb(-2), max(total, ZERO))
        kept_back = (max(total, ZERO) - part) // 2 if held else ZERO
        figures = IssuedFigures(head.source_id, total, (("energy", part),), held=kept_back)
        self.post(issued(head, figures, lots(self.entries, CUSTOMER)))
        self.invoices.append(head.source_id)
        self.open_invoices.append(head.source_id)

    @rule(amount=cents, to_invoices=st.booleans())
    def pay(self, amount: Decimal, to_invoices: bool) -> None:
        head = self.head("payment")
        self.post(paid(head, "stripe", amount, self.items() if to_invoices else []))
        self.payments.append(head.source_id)

    @rule(amount=cents)
    def recover(self, amount: Decimal) -> None:
        self.post(recovered(self.head("recovery"), amount, self.items()))

    @precondition(lambda self: self.payments)
    @rule(pick=st.integers(0, 50), share=st.integers(1, 4), refund=st.booleans())
    def give_back(self, pick: int, share: int, refund: bool) -> None:
        payment = self.payments[pick % len(self.payments)]
        left = kept(self.entries, payment)
        if left <= 0:
            return
        amount = max((left / share).quantize(Decimal("0.01")), Decimal("0.01"))
        act = refunded if refund else reversed_payment
        self.post(act(self.head("back"), payment, min(amount, left), self.entries))
        assert kept(self.entries, payment) == left - min(amount, left)

    @precondition(lambda self: self.payments)
    @rule(pick=st.integers(0, 50), win=st.booleans())
    def dispute(self, pick: int, win: bool) -> None:
        payment = self.payments[pick % len(self.payments)]
        if win and disputed(self.entries, payment) > 0:
            self.post(dispute_won(self.head("won"), payment, self.entries))
            return
        free = kept(self.entries, payment) - disputed(self.entries, payment)
        if free > 0:
            before = owed(self.entries, None)
            self.post(dispute_opened(self.head("dispute"), payment, free, self.entries))
            assert owed(self.entries, None) == before

    @rule(amount=cents)
    def grant(self, amount: Decimal) -> None:
        self.post(granted(self.head("credit/"), amount))

    @rule(amount=cents, out=st.booleans())
    def lower(self, amount: Decimal, out: bool) -> None:
        available = lots(self.entries, CUSTOMER)
        part = min(amount, credit_balance(available))
        if part > 0:
            head = self.head("lower")
            self.post(paid_out(head, part, available, "stripe") if out else lowered(head, part, available))

    @rule(amount=cents)
    def fee(self, amount: Decimal) -> None:
        self.post(fee_taken(self.head("fee"), "stripe", amount))

    @precondition(lambda self: self.open_invoices)
    @rule(pick=st.integers(0, 50), amount=cents)
    def credit_note(self, pick: int, amount: Decimal) -> None:
        invoice = self.open_invoices[pick % len(self.open_invoices)]
        left = earned_of(self.entries, invoice)
        if left > 0:
            note = CreditNote(f"note{self.count}", invoice, min(amount, left))
            self.post(credited(self.head("note"), note, self.entries))

    @precondition(lambda self: self.open_invoices)
    @rule(pick=st.integers(0, 50))
    def cancel(self, pick: int) -> None:
        invoice = self.open_invoices.pop(pick % len(self.open_invoices))
        self.post(cancelled(self.head("cancel"), invoice, self.entries))
        assert owed(self.entries, invoice) == 0
        assert earned_of(self.entries, invoice) == 0
        assert not whereabouts(self.entries, CUSTOMER).on(invoice)

    @precondition(lambda self: self.open_invoices)
    @rule(pick=st.integers(0, 50))
    def write_off(self, pick: int) -> None:
        invoice = self.open_invoices[pick % len(self.open_invoices)]
        try:
            self.post(written_off(self.head("loss"), invoice, self.entries))
        except Conflict:
            assert owed(self.entries, invoice) <= 0
        else:
            self.open_invoices.remove(invoice)
            assert owed(self.entries, invoice) == 0

    @invariant()
    def every_currency_sums_to_zero(self) -> None:
        assert sum((posting.amount for made in self.entries for posting in made.postings), ZERO) == 0

    @invariant()
    def credit_is_never_negative_and_is_the_sum_of_its_lots(self) -> None:
        found = lots(self.entries, CUSTOMER)
        assert all(lot.left > 0 for lot in found)
        assert credit_balance(found) == -balance(self.entries, AccountKind.CUSTOMER_CREDIT, CUSTOMER)

    @invariant()
    def what_is_open_is_the_claim_less_what_settles_it(self) -> None:
        for invoice in self.open_invoices:
            money = invoice_money(self.entries, CUSTOMER, invoice)
            claim = sum((part for lot, part in self.on_receivable(invoice) if lot is None), ZERO)
            assert money.open_amount + money.settled_amount == claim
            assert 0 <= money.open_amount <= claim
            assert (MoneyState.PART_PAID in money.states) == (money.open_amount > 0 and money.settled_amount > 0)

    def on_receivable(self, invoice: str) -> list[tuple[str | None, Decimal]]:
        return [
            (posting.lot_id, posting.amount)
            for made in self.entries
            for posting in made.postings
            if posting.account.kind is AccountKind.RECEIVABLE and posting.invoice_id == invoice
        ]

    @invariant()
    def nothing_lies_on_an_invoice_below_zero(self) -> None:
        found = whereabouts(self.entries, CUSTOMER)
        assert all(part >= 0 for part in found.on_invoice.values())
        assert all(part >= 0 for part in found.credit.values())
        assert owed(self.entries, None) >= 0


TestBookkeeping = Bookkeeping.TestCase
TestBookkeeping.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
