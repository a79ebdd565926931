"""`hostbook contract import FILE`: drafts of contracts from a CSV file, with their units reserved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

import typer

from contracts.domain.contract import ContractType
from contracts.domain.pricing import Method
from contracts.domain.terms import TermKind
from customers.domain.importing import Line, LineError, read_table
from hostbook.books.connection import books
from hostbook.books.faults import ErrorFile, as_fault, tell, text_of
from hostbook.books.shown import AsJson
from hostbook.client.contracts import put_contract_units, read_contract
from hostbook.client.customers import every_customer
from hostbook.client.sites import every_site
from hostbook.client.units import every_unit
from hostbook.demo.api import Api, ApiRefused

NEEDED = ("customer", "type", "start_on")
PLAIN = (
    "reference",
    "currency",
    "rate_per_kwh",
    "power_cap_kw",
    "cap_overage_rate",
    "fixed_monthly_per_unit",
    "wallet",
)
NUMBERS = ("term_days", "notice_days", "max_extensions")
KNOWN = (*NEEDED, "term", "end_on", "site", "billing_methods", "auto_renew", "units", *PLAIN, *NUMBERS)
WORDS: dict[str, list[str]] = {"type": [t.value for t in ContractType], "term": [t.value for t in TermKind]}
YES_NO = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Names:
    """What files call customers, sites and units, in small letters, and their ids."""

    customers: Mapping[str, str]
    sites: Mapping[str, str]
    units: Mapping[str, str]


def import_contracts(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV with a heading line.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every line, draft none.")] = False,
    errors: ErrorFile = None,
    as_json: AsJson = False,
) -> None:
    """Draft the contracts of a CSV file: customer, type, start_on, and what else was agreed; units by name.

    Further columns: term, term_days, end_on, site, rate_per_kwh, billing_methods and units (several with semicolons
    between them), currency, auto_renew, notice_days, max_extensions, power_cap_kw, cap_overage_rate,
    fixed_monthly_per_unit, wallet, reference. One bad line drafts nothing. Importing the same file again drafts
    nothing twice.
    """
    text = text_of(file)
    with books() as api:
        lines, faulty = read_table(text, KNOWN, NEEDED)
        checked, wrong = check(lines, _names(api))
        faults = [as_fault(e) for e in sorted([*faulty, *wrong], key=lambda e: (e.line, e.field))]
        taken = len(checked)
        if not dry_run and not faults:
            taken, faults = _draft(api, checked, hashlib.sha256(text.encode()).hexdigest())
    tell("contracts", taken, faults, dry_run=dry_run, place=errors, as_json=as_json)


def check(lines: Sequence[Line], names: Names) -> tuple[list[tuple[int, dict[str, Any], list[str]]], list[LineError]]:
    """Each line as the API takes it, with its units; and what is wrong with those that are not right."""
    checked, wrong = list[tuple[int, dict[str, Any], list[str]]](), list[LineError]()
    reserved = dict[str, int]()
    for line in lines:
        found = list(_faults(line, names, reserved))
        wrong += found
        if not found:
            units = [names.units[name.casefold()] for name in _several(line.values.get("units", ""))]
            checked.append((line.number, _body(line.values, names), units))
    return checked, wrong


def _faults(line: Line, names: Names, reserved: dict[str, int]) -> Iterator[LineError]:
    """What can be known without the API: names, words, days and numbers, and a unit that two lines want."""
    values, number = line.values, line.number
    for field, known in (("customer", names.customers), ("site", names.sites)):
        if field in values and values[field].casefold() not in known:
            remedy = f"what exactly one is called: hostbook {field} list"
            yield LineError(number, field, f"There is no one {field} {values[field]!r}.", remedy)
    for field, words in WORDS.items():
        if field in values and values[field] not in words:
            yield LineError(number, field, f"{values[field]!r} is no {field}.", f"one of {', '.join(words)}")
    for method in _several(values.get("billing_methods", "")):
        if method not in list(Method):
            remedy = f"of {', '.join(Method)}, the first one that counts first"
            yield LineError(number, "billing_methods", f"{method!r} is no method.", remedy)
    if "auto_renew" in values and values["auto_renew"].lower() not in YES_NO:
        yield LineError(number, "auto_renew", f"{values['auto_renew']!r} is neither yes nor no.", "yes or no")
    yield from _of_days_and_numbers(line)
    yield from _of_units(line, names, reserved)


def _of_days_and_numbers(line: Line) -> Iterator[LineError]:
    days = dict[str, date]()
    for field in ("start_on", "end_on"):
        if field in line.values:
            try:
                days[field] = date.fromisoformat(line.values[field])
            except ValueError:
                yield LineError(line.number, field, f"{line.values[field]!r} is no day.", "as in 2026-03-01")
    if len(days) == 2 and days["end_on"] < days["start_on"]:
        yield LineError(line.number, "end_on", "The end lies before the start.", "a day on or after start_on")
    for field in NUMBERS:
        if field in line.values and not line.values[field].isdecimal():
            yield LineError(line.number, field, f"{line.values[field]!r} is no whole number.", "digits")


def _of_units(line: Line, names: Names, reserved: dict[str, int]) -> Iterator[LineError]:
    for name in _several(line.values.get("units", "")):
        if name.casefold() not in names.units:
            yield LineError(line.number, "units", f"There is no unit {name!r}.", "hostbook unit list")
        elif name.casefold() in reserved:
            said = f"{name!r} stands in line {reserved[name.casefold()]} too."
            yield LineError(line.number, "units", said, "each unit on one contract")
        reserved.setdefault(name.casefold(), line.number)


def _body(values: Mapping[str, str], names: Names) -> dict[str, Any]:
    body: dict[str, Any] = {
        name: values[name] for name in (*PLAIN, "type", "term", "start_on", "end_on") if name in values
    }
    body |= {name: int(values[name]) for name in NUMBERS if name in values}
    body["customer_id"] = names.customers[values["customer"].casefold()]
    if "site" in values:
        body["site_id"] = names.sites[values["site"].casefold()]
    if "billing_methods" in values:
        body["billing_methods"] = _several(values["billing_methods"])
    if "auto_renew" in values:
        body["auto_renew"] = YES_NO[values["auto_renew"].lower()]
    return body


def _draft(
    api: Api, checked: Sequence[tuple[int, dict[str, Any], list[str]]], file_sha256: str
) -> tuple[int, list[dict[str, Any]]]:
    """What the API refuses is told by line; the other lines are drafted."""
    taken, faults = 0, list[dict[str, Any]]()
    for number, body, units in checked:
        key = {"Idempotency-Key": str(uuid5(NAMESPACE_URL, f"{file_sha256}/{number}"))}
        try:
            draft = api.call("POST", "/v1/contracts", body, headers=key)
            current = read_contract(api, draft["id"])
            if units and sorted(current.get("unit_ids", [])) != sorted(units) and current["number"] is None:
                put_contract_units(api, draft["id"], {"unit_ids": units}, current["version"])
            taken += 1
        except ApiRefused as refused:
            faults += _refusals(number, refused)
    return taken, faults


def _refusals(number: int, refused: ApiRefused) -> list[dict[str, Any]]:
    said = refused.problem.get("errors") or [{}]
    detail = str(refused.problem.get("detail") or refused)
    return [
        {
            "line": number,
            "field": e.get("field", ""),
            "message": e.get("message", detail),
            "remedy": e.get("remedy", ""),
        }
        for e in said
    ]


def _names(api: Api) -> Names:
    """Names that several things share name none of them."""
    sites = _once((s[key], s["id"]) for s in every_site(api) for key in ("name", "code"))
    known = [c for c in every_customer(api) if c["merged_into"] is None]
    customers = _once((c[key], c["id"]) for c in known for key in ("name", "contact_email"))
    return Names(customers, sites, _once((u["name"], u["id"]) for u in every_unit(api)))


def _once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found = dict[str, set[str]]()
    for name, id_ in pairs:
        found.setdefault(name.casefold(), set()).add(id_)
    return {name: ids.pop() for name, ids in found.items() if len(ids) == 1}


def _several(text: str) -> list[str]:
    return [one.strip() for one in text.replace("|", ";").split(";") if one.strip()]
