"""A scenario, step by step, to its invoices (rules 7; the steps are those of the scenario format)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from support.reference import cycles, fixed, late
from support.reference.case import Contract, Json, contracts_of
from support.reference.counted import Evidence
from support.reference.days import Period, day, last_day, local_day, period
from support.reference.lines import Invoice, Line, NoPrice, Reckoning
from support.reference.money import Credit, issue
from support.reference.numbers import half_up, minor, text
from support.reference.usage import usage


def reckon(scenario: Json) -> dict[str, Any]:
    """What `expect` holds: invoices, customers, connector payouts."""
    book = Book(scenario)
    for step in scenario["steps"]:
        book.take(step)
    return book.result()


class Book:
    """Everything that has happened up to a step."""

    def __init__(self, scenario: Json) -> None:
        self.scenario = scenario
        self.organization: Json = scenario["organization"]
        self.zone: str = self.organization["timezone"]
        self.contracts = contracts_of(scenario)
        self.evidence = Evidence(scenario)
        self.invoices: list[Invoice] = []
        self.payouts: list[dict[str, str]] = []
        self.credit: Credit = defaultdict(Fraction)
        for name, customer in scenario.get("customers", {}).items():
            self.credit[name, self.organization["currency"]] = Fraction(customer.get("credit") or 0)
        self.posted: dict[tuple[Any, ...], Fraction] = defaultdict(Fraction)
        self.billed: set[int] = set()
        self.taken: set[tuple[str, str]] = set()

    def take(self, step: Json) -> None:
        """One step; a second one of the same period or cycle adds nothing."""
        again = {(kind, str(step[kind])) for kind in ("invoice", "cycle") if kind in step}
        if again & self.taken:
            return
        self.taken |= again
        if "reads" in step:
            self.evidence.add(step["reads"])
        elif "pay" in step:
            paid = self.invoices[step["pay"]]
            paid.status = "paid" if paid.status == "issued" else paid.status
        elif "cycle" in step:
            self._cycle(int(step["cycle"]))
        else:
            self._month(period(step["invoice"], self.organization["billing_day"], self.zone))

    def result(self) -> dict[str, Any]:
        """In the shape of `expect`."""
        home = self.organization["currency"]
        return {
            "invoices": [invoice.printed() for invoice in self.invoices],
            "customers": {
                name: {"credit": text(self.credit[name, home], minor(home))}
                for name in self.scenario.get("customers", {})
            },
            "connector_payouts": self.payouts,
        }

    def _month(self, within: Period) -> None:
        for customer in self.scenario.get("customers", {}):
            if any(one.customer == customer and one.kind == ("month", within.name) for one in self.invoices):
                continue
            mine = [contract for contract in self.contracts if contract.customer == customer]
            for currency in dict.fromkeys(contract.currency for contract in mine):
                try:
                    self._bill([contract for contract in mine if contract.currency == currency], within)
                except NoPrice:
                    continue

    def reckoning(self, contract: Contract, within: Period) -> Reckoning:
        """A contract's own lines for a period, from the evidence known now."""
        start, end = max(contract.start, within.start), min(contract.end, within.end)
        if start >= end or contract.prepaid:
            return Reckoning()
        if contract.terms["type"] == "om":
            return fixed.sites(contract, within, self.zone)
        if contract.terms["type"] == "infinity":
            return fixed.infinity(contract, self.evidence, self.scenario.get("pool_revenue") or [], within)
        if contract.terms.get("fixed_monthly_per_unit") is not None:
            return fixed.fixed_units(contract, self.evidence, within, self.zone)
        return usage(contract, self.evidence, start, end)

    def _bill(self, contracts: Sequence[Contract], within: Period) -> None:
        """The invoice of one customer, period and currency, if there is anything to bill."""
        now = {contract.id: self.reckoning(contract, within) for contract in contracts}
        charges = {contract.id: self._charges(contract, within) for contract in contracts}
        corrected = {contract.id: self._corrections(contract, within) for contract in contracts}
        lines: list[Line] = []
        for contract in contracts:
            lines += now[contract.id].lines
            lines += [line for _, line in charges[contract.id]]
            lines += [line for _, line in corrected[contract.id]]
        running = [c for c in contracts if not c.prepaid and c.start < within.end and c.end > within.start]
        if not running and not lines:
            return
        invoice = Invoice(
            customer=contracts[0].customer,
            currency=contracts[0].currency,
            kind=("month", within.name),
            printed_on=self._printed_on(running, within),
            issued_on=within.ends_on,
            due_on=within.ends_on + timedelta(days=self.organization.get("due_days", 15)),
            lines=lines,
        )
        _beside(invoice, list(now.values()))
        self._post(invoice)
        for contract in contracts:
            self.billed |= {index for index, _ in charges[contract.id]}
            self.payouts += now[contract.id].payouts
            for line in now[contract.id].lines:
                self.posted[contract.id, within, line.code] += line.amount
            for key, line in corrected[contract.id]:
                self.posted[key] += line.amount

    def _printed_on(self, running: Sequence[Contract], within: Period) -> tuple[date, date]:
        """From the first to the last covered day; the whole period, where no contract runs (rule 7.1)."""
        start = min((max(c.start, within.start) for c in running), default=within.start)
        end = max((min(c.end, within.end) for c in running), default=within.end)
        return local_day(start, self.zone), last_day(end, self.zone)

    def _charges(self, contract: Contract, within: Period) -> list[tuple[int, Line]]:
        """Charges whose day lies before the period's end, each once, by date."""
        rows = list(enumerate(self.scenario.get("charges") or []))
        due = [(i, row) for i, row in rows if row["contract"] == contract.id and i not in self.billed]
        due = [(i, row) for i, row in due if day(row["on"]) < within.ends_on]
        found = []
        for index, row in sorted(due, key=lambda pair: pair[1]["on"]):
            quantity, price = Fraction(row["quantity"]), Fraction(row["unit_price"])
            amount = half_up(quantity * price, minor(contract.currency))
            line = Line(contract.id, "service", amount, row.get("tax_code"), quantity=quantity, rate=price)
            found.append((index, line))
        return found

    def _corrections(self, contract: Contract, within: Period) -> list[tuple[tuple[Any, ...], Line]]:
        """Older periods computed again: the difference to everything posted for them (rule 7.3)."""
        names = {
            one.kind[1]
            for one in self.invoices
            if one.kind[0] == "month" and (one.customer, one.currency) == (contract.customer, contract.currency)
        }
        found = []
        for name in sorted(name for name in names if name < within.name):
            old = period(name, self.organization["billing_day"], self.zone)
            again: dict[str | None, Fraction] = {
                key[2]: Fraction(0) for key in self.posted if key[:2] == (contract.id, old)
            }
            for line in self.reckoning(contract, old).lines:
                again[line.code] = again.get(line.code, Fraction(0)) + line.amount
            for code, amount in again.items():
                difference = amount - self.posted[contract.id, old, code]
                if difference:
                    found.append(((contract.id, old, code), Line(contract.id, "adjustment", difference, code)))
        return found

    def _post(self, invoice: Invoice) -> None:
        """Late fees of earlier invoices, then tax and credit."""
        mine = [one for one in self.invoices if one.customer == invoice.customer and one.currency == invoice.currency]
        held = bool(self.scenario["customers"][invoice.customer].get("hold"))
        for earlier, line in late.late_fees(self.organization.get("late_fee"), mine, invoice.issued_on):
            earlier.fees += line.amount
            invoice.lines.append(line)
        issue(invoice, self.organization, self.credit, held)
        self.invoices.append(invoice)

    def _cycle(self, cycle: int) -> None:
        """That cycle of every prepaid contract, customer by customer, batch by batch (rules 6)."""
        for customer in self.scenario.get("customers", {}):
            for contract in self.contracts:
                if contract.customer == customer and contract.prepaid:
                    for batch in cycles.batches(contract, self.evidence, self.zone):
                        self._bill_cycle(batch, cycle)

    def _bill_cycle(self, batch: cycles.Batch, cycle: int) -> None:
        contract, first_on = batch.contract, batch.first_day(cycle)
        kind = ("cycle", contract.id, batch.first_on.isoformat(), str(cycle))
        if any(one.kind == kind for one in self.invoices):
            return
        lines = cycles.prepayments(batch, cycle)
        for old in range(1, cycle - 1):
            key = (contract.id, batch.first_on, old)
            difference = cycles.reconciled(batch, self.evidence, old) - self.posted[key]
            if difference:
                lines.append(Line(contract.id, "adjustment", difference, "energy"))
                self.posted[key] += difference
        if lines:
            self._post(
                Invoice(
                    customer=contract.customer,
                    currency=contract.currency,
                    kind=kind,
                    printed_on=(first_on, batch.first_day(cycle + 1) - timedelta(days=1)),
                    issued_on=first_on - timedelta(days=self.organization.get("due_days", 15)),
                    due_on=first_on,
                    lines=lines,
                )
            )


def _beside(invoice: Invoice, reckonings: Sequence[Reckoning]) -> None:
    """Variance and unbilled hours of the whole invoice (rules 4.3 and 4.4)."""
    billed = sum((one.billed_kwh for one in reckonings), Fraction(0))
    by_meter = sum((one.metered_kwh for one in reckonings), Fraction(0))
    if by_meter:
        invoice.variance = (billed - by_meter) / by_meter * 100
    spent: dict[str, Fraction] = defaultdict(Fraction)
    for one in reckonings:
        for unit, lost in one.unbilled.items():
            spent[unit] += lost
    invoice.unbilled = {unit: half_up(lost, 3) for unit, lost in spent.items()}
