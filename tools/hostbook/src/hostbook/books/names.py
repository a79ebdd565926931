"""What a person calls things, and their ids: customers and units by name, sites by code, contracts by number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from hostbook.books.connection import books
from hostbook.client.contracts import every_contract, read_contract
from hostbook.client.customers import every_customer, read_customer
from hostbook.client.shapes import ContractAnswer, CustomerAnswer, SiteAnswer, UnitAnswer
from hostbook.client.sites import every_site, read_site
from hostbook.client.units import every_unit, read_unit
from hostbook.demo.api import Api
from hostbook.engines.errors import EngineTrouble

Named = TypeVar("Named", CustomerAnswer, SiteAnswer, UnitAnswer, ContractAnswer)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def customer_of(api: Api, name: str) -> CustomerAnswer:
    """By id, or by name whatever its capitals."""
    if _is_id(name):
        return read_customer(api, name)
    alike = every_customer(api, q=name[:100])
    return _one([c for c in alike if c["name"].casefold() == name.casefold()], "customer", name)


def site_of(api: Api, code: str) -> SiteAnswer:
    """By id, code or name."""
    if _is_id(code):
        return read_site(api, code)
    known = code.casefold()
    found = [s for s in every_site(api) if known in (s["code"].casefold(), s["name"].casefold())]
    return _one(found, "site", code)


def unit_of(api: Api, name: str) -> UnitAnswer:
    """By id or name."""
    if _is_id(name):
        return read_unit(api, name)
    return _one(list(every_unit(api, name=name)), "unit", name)


def contract_of(api: Api, number: str) -> ContractAnswer:
    """By id, number, or the host's own reference."""
    if _is_id(number):
        return read_contract(api, number)
    numbered = list(every_contract(api, number=number.upper()))
    return _one(numbered or list(every_contract(api, reference=number)), "contract", number)


def _one(found: Sequence[Named], what: str, name: str) -> Named:
    if not found:
        raise EngineTrouble(f"There is no {what} {name!r}.", f"hostbook {what} list shows them all")
    if len(found) > 1:
        ids = ", ".join(one["id"] for one in found[:5])
        raise EngineTrouble(f"{len(found)} {what}s are called {name!r}.", f"give the id: {ids}")
    return found[0]


def known_contracts(incomplete: str) -> list[str]:
    """For the shell's completion: numbers, and references of drafts; nothing where nobody answers."""
    try:
        with books() as api:
            known = [c["number"] or c["reference"] for c in every_contract(api, fields="number,reference")]
    except EngineTrouble:
        return []
    return [one for one in known if one and one.startswith(incomplete)]


def known_customers(incomplete: str) -> list[str]:
    try:
        with books() as api:
            return [c["name"] for c in every_customer(api, fields="name") if c["name"].startswith(incomplete)]
    except EngineTrouble:
        return []


def known_sites(incomplete: str) -> list[str]:
    try:
        with books() as api:
            return [s["code"] for s in every_site(api, fields="code") if s["code"].startswith(incomplete)]
    except EngineTrouble:
        return []
