"""A host in test mode for one story: everything through the gateway, every event accounted for.

What the story makes is noted as a scenario document too, so that the expected invoices come from the same facts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from hostbook.client.assignments import add_assignment, every_assignment, release_assignment
from hostbook.client.channels import add_channel
from hostbook.client.contracts import activate_contract, add_contract, put_contract_units
from hostbook.client.credits import add_credit
from hostbook.client.customers import add_customer
from hostbook.client.hashprice import add_hashprice
from hostbook.client.invoices import every_invoice
from hostbook.client.organizations import add_organization, read_organization_test_clock
from hostbook.client.payment_methods import add_payment_method
from hostbook.client.payments import add_payment
from hostbook.client.pdus import add_pdu
from hostbook.client.readings import send_readings
from hostbook.client.shapes import ContractAnswer, InvoiceAnswer
from hostbook.client.sites import add_site
from hostbook.client.telemetry import send_telemetry
from hostbook.client.units import add_unit, put_unit, read_unit
from hostbook.demo.api import Api
from hostbook.demo.clock import advance, wait_settled
from hostbook.engines.stack import Stack
from support.event_log import EventLog, Heard
from support.facts import assert_same_invoices, empty_document, priced
from support.polls import text
from support.telling import FOLDED, UNTOLD, told

PATIENCE_S = 900
MODULUS, TICK = "4294967.296", "0.001"
_POLLS_A_CALL = 1000


class World:
    """One organization; things are called by the names that the story gives them."""

    def __init__(
        self, stack: Stack, platform: Api, log: EventLog, *, patience_s: float = PATIENCE_S, **fields: Any
    ) -> None:
        self.stack, self._log, self._patience_s = stack, log, patience_s
        self.api = Api(platform.url, platform.key, patience_s=patience_s)
        chosen: Any = {
            "timezone": "America/Chicago",
            "currency": "USD",
            "billing_day": 1,
            "due_days": 15,
            "mode": "test",
        }
        chosen |= {"clock_at": "2025-03-01T06:00:00Z", "slug": f"h-{uuid4().hex[:10]}", "name": "Panhandle"} | fields
        self.organization = add_organization(self.api, chosen)
        self.id = self.organization["id"]
        self.api.of_organization(self.id)
        self.zone = ZoneInfo(chosen["timezone"])
        self.facts = empty_document(chosen)
        self.ids: dict[str, str] = {}
        self._heard = 0
        self.site_id = ""
        self.settle()

    # ---- names

    @property
    def name_of(self) -> dict[str, str]:
        """The story's name behind an id."""
        return {one: name for name, one in self.ids.items()}

    def instant(self, day: str, hour: int = 0) -> datetime:
        """A local hour of a day, as an instant."""
        start = datetime.fromisoformat(day).replace(tzinfo=self.zone, hour=hour)
        return start.astimezone(UTC)

    # ---- what is made

    def customer(self, name: str, *, credit: str = "0.00", **fields: Any) -> str:
        body: Any = {"name": name.title(), "contact_email": f"{name}-{self.id[-12:]}@mail.example"} | fields
        self.ids[name] = add_customer(self.api, body)["id"]
        self.facts["customers"][name] = {"credit": credit}
        if credit != "0.00":
            self.settle()
            currency, reason = self.organization["currency"], "opening balance"
            add_credit(
                self.api, {"customer_id": self.ids[name], "amount": credit, "currency": currency, "reason": reason}
            )
        return self.ids[name]

    def site(self, **fields: Any) -> str:
        body: Any = {"name": "Amarillo 1", "code": "AMA-1", "timezone": str(self.zone), "capacity_kw": "5000"} | fields
        self.site_id = add_site(self.api, body)["id"]
        return self.site_id

    def unit(self, name: str, owner: str | None, *, rated_w: str = "3500", rated_ths: str = "200") -> str:
        """A machine; `owner` is a customer's name, None for the host's own."""
        rating = {"rated_w": rated_w, "rated_ths": rated_ths, "efficiency_jth": "17.5"}
        body: Any = {"name": name, "model": "S21", "site_id": self.site_id or self.site(), **rating}
        self.ids[name] = add_unit(self.api, body | {"customer_id": self.ids[owner] if owner else None})["id"]
        self.facts["units"].append({"id": name, **rating, "assignments": []})
        return self.ids[name]

    def pdu(self, name: str, units: Sequence[str]) -> str:
        """A PDU with an outlet for each of the units, and their channels."""
        self.settle()
        register = {"tick_kwh": TICK, "modulus_kwh": MODULUS}
        body: Any = {"name": name, "site_id": self.site_id, "outlet_count": len(units), **register}
        self.ids[name] = add_pdu(self.api, body)["id"]
        channels: Any = []
        for position, unit in enumerate(units, 1):
            outlet = f"{name}/{position}"
            channels.append(
                {"pdu_id": self.ids[name], "position": position, "outlet": outlet, "unit_id": self.ids[unit]}
            )
            self.facts["channels"].append({"id": outlet, "outlet": outlet, "unit": unit, **register})
        add_channel(self.api, {"channels": channels})
        self.settle()
        return self.ids[name]

    def draft(self, name: str, customer: str, start: str, **terms: Any) -> ContractAnswer:
        """A draft contract; `terms` in the words of the API and of scenario files alike (`end`, `rate_per_kwh`...)."""
        type_, end = terms.pop("type", "hosted"), terms.pop("end", None)
        agreed = {"rate_per_kwh": "0.08", "billing_methods": ["metered"]} | terms
        parties = {"customer_id": self.ids[customer], "reference": name}
        body: Any = parties | {"type": type_, "start_on": start, "end_on": end} | agreed
        made = add_contract(self.api, body)
        self.ids[name] = made["id"]
        noted = {"id": name, "customer": customer, "type": type_, "start": start, "end": end, "plan": "usage"}
        self.facts["contracts"].append(noted | agreed)
        return made

    def contract(self, name: str, customer: str, units: Sequence[str], start: str, **terms: Any) -> str:
        """An active contract with its units from its start on."""
        draft = self.draft(name, customer, start, **terms)
        put_contract_units(self.api, draft["id"], {"unit_ids": [self.ids[unit] for unit in units]}, draft["version"])
        activate_contract(self.api, draft["id"], {"assignments": []})
        for unit in units:
            self.note_assignment(unit, name, self.instant(start))
        self.settle()
        return self.ids[name]

    def note_assignment(self, unit: str, contract: str, from_at: datetime) -> None:
        self._of_unit(unit)["assignments"].append({"contract": contract, "from": text(from_at), "to": None})

    def _of_unit(self, unit: str) -> dict[str, Any]:
        found: dict[str, Any] = next(u for u in self.facts["units"] if u["id"] == unit)
        return found

    def release(self, unit: str, contract: str, at: datetime) -> None:
        """The unit leaves the contract."""
        held = next(every_assignment(self.api, unit_id=self.ids[unit], contract_id=self.ids[contract]))
        release_assignment(self.api, held["id"], {"to_at": text(at)})
        self._of_unit(unit)["assignments"][-1]["to"] = text(at)

    def assign(self, unit: str, contract: str, at: datetime) -> None:
        """The unit joins an active contract."""
        add_assignment(self.api, {"contract_id": self.ids[contract], "unit_id": self.ids[unit], "from_at": text(at)})
        self.note_assignment(unit, contract, at)

    def hand_over(self, unit: str, contracts: tuple[str, str], owner: str, at: datetime) -> None:
        """The unit changes hands at an instant: from one contract to the other, with its new owner."""
        self.release(unit, contracts[0], at)
        version = read_unit(self.api, self.ids[unit])["version"]
        rating = {k: v for k, v in self._of_unit(unit).items() if k not in ("id", "assignments")}
        body: Any = {"name": unit, "model": "S21", "site_id": self.site_id, "customer_id": self.ids[owner], **rating}
        put_unit(self.api, self.ids[unit], body, version)
        self.assign(unit, contracts[1], at)

    def save_card(self, customer: str, token: str = "pm_card_visa", *, auto_pay: bool = True) -> str:
        saved = add_payment_method(self.api, {"customer_id": self.ids[customer], "token": token, "auto_pay": auto_pay})
        return saved["id"]

    # ---- evidence

    def poll(self, pdu: str, polls: Iterable[dict[str, Any]], *, note: bool = True) -> None:
        """Sends polls; all are taken. They are noted as reads of the document."""
        rows = [{"pdu": pdu, **poll} for poll in polls]
        for n in range(0, len(rows), _POLLS_A_CALL):
            part: Any = rows[n : n + _POLLS_A_CALL]
            answer = send_readings(self.api, {"polls": part})
            assert answer == {"accepted": len(part), "refused": []}, answer
        if note:
            for channel, reads in reads_of_polls(pdu, rows).items():
                self.facts["reads"].setdefault(channel, []).extend(reads)

    def scan(self, scans: Iterable[dict[str, Any]]) -> None:
        """Sends telemetry; noted likewise."""
        rows = list(scans)
        sent: Any = [
            {**scan, "site": self.site_id, "miners": {self.ids[unit]: row for unit, row in scan["miners"].items()}}
            for scan in rows
        ]
        answer = send_telemetry(self.api, {"scans": sent})
        assert answer == {"accepted": len(rows), "refused": []}, answer
        for scan in rows:
            to_at = text(datetime.fromisoformat(scan["scanned_at"]) + timedelta(seconds=scan["interval_s"]))
            for unit, (ths, status) in scan["miners"].items():
                row = [scan["scanned_at"], to_at, ths, status]
                self.facts["telemetry"].setdefault(unit, []).append(row)

    def hashprice(self, rows: Sequence[tuple[str, str, str]]) -> None:
        body: Any = [{"from_at": a, "to_at": b, "usd_per_ph_day": price} for a, b, price in rows]
        add_hashprice(self.api, {"series": "default", "rows": body})
        self.facts["hashprice"] += [list(row) for row in rows]

    # ---- time and what it brings

    def settle(self) -> None:
        wait_settled(self.api, self.id, timeout_s=self._patience_s)

    @property
    def clock_at(self) -> datetime:
        return datetime.fromisoformat(read_organization_test_clock(self.api, self.id)["now_at"])

    def advance(
        self, *, to: datetime | None = None, days: int | None = None, expecting: Sequence[str] | None = None
    ) -> list[Heard]:
        """Moves the clock, waits until all has settled, and asserts the events that it brought: no more, no less."""
        self.settle()
        if expecting is not None:
            self.heard()
        if to is None:
            assert days is not None
            local = self.clock_at.astimezone(self.zone)
            to = (local + timedelta(days=days)).astimezone(UTC)
        advance(self.api, self.id, text(to), timeout_s=self._patience_s)
        return self.heard(expecting)

    def heard(self, expecting: Sequence[str] | None = None) -> list[Heard]:
        """The events since the last look, in the order of their topics; exactly those expected, where given."""
        self.settle()
        everything = self._log.of(self.id)
        new, self._heard = everything[self._heard :], len(everything)
        if expecting is not None:
            self.assert_told(new, expecting)
        return new

    def everything(self) -> list[Heard]:
        """All events from the first one on."""
        return self._log.of(self.id)

    def assert_told(self, events: Iterable[Heard], expecting: Sequence[str]) -> None:
        """The same events as expected, whatever their order; many of one kind are counted (`31 UsageDayClosed`)."""
        names = self.name_of
        counted = Counter(h.name for h in events if h.name in FOLDED)
        found = [told(h.event, names) for h in events if h.name not in FOLDED and h.name not in UNTOLD]
        found += [f"{n} {name}" for name, n in counted.items()]
        missing, extra = Counter(expecting) - Counter(found), Counter(found) - Counter(expecting)
        wrong = {"missing": sorted(missing.elements()), "not expected": sorted(extra.elements())}
        assert not any(wrong.values()), wrong

    # ---- what it came to

    def invoices(self, **query: Any) -> list[InvoiceAnswer]:
        return list(every_invoice(self.api, **query))

    def invoice(self, customer: str, period: str) -> InvoiceAnswer:
        """The only one of the customer's in the period."""
        (found,) = self.invoices(customer_id=self.ids[customer], period=period)
        return found

    def priced(self, *periods: str, steps: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
        """What the scenario command makes of the same facts."""
        return priced(self.facts, *periods, steps=steps)

    def assert_priced(self, *periods: str, steps: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
        """The API's invoices are the scenario command's; answers these."""
        expected = self.priced(*periods, steps=steps)
        assert_same_invoices(expected, list(self.invoices()), self.name_of)
        return expected

    def pay(self, customer: str, invoice: InvoiceAnswer) -> None:
        """The whole balance by wire."""
        body: Any = {"customer_id": self.ids[customer], "invoice_id": invoice["id"], "amount": invoice["balance"]}
        add_payment(self.api, body | {"currency": invoice["currency"], "method": "wire"})

    def letters(self) -> list[str]:
        """Subjects of the mail to the customers of this world, in order."""
        index = self.stack.mail_dir / "index.jsonl"
        rows = [json.loads(line) for line in index.read_text().splitlines()] if index.exists() else []
        return [row["subject"] for row in rows if self.id[-12:] in str(row)]


def reads_of_polls(pdu: str, polls: Iterable[dict[str, Any]]) -> dict[str, list[list[str]]]:
    """Reads by channel (`PDU/position`) in kWh, as scenario files have them; unreadable outlets have none."""
    reads: dict[str, list[list[str]]] = {}
    for poll in polls:
        for position, wh in enumerate(poll["energy_wh"], 1):
            if wh is not None:
                kwh = f"{wh // 1000}.{wh % 1000:03}"
                reads.setdefault(f"{pdu}/{position}", []).append([poll["polled_at"], kwh])
    return reads
