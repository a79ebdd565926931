"""What a person calls things, and their ids: customers and units by name, sites by code, contracts by number."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hostbook.books.connection import books
from hostbook.demo.api import Api
from hostbook.engines.errors import EngineTrouble


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def customer_of(api: Api, name: str) -> dict[str, Any]:
    """By id, or by name whatever its capitals."""
    if _is_id(name):
        return dict(api.get(f"/v1/customers/{name}"))
    return _one([c for c in api.all("/v1/customers") if c["name"].casefold() == name.casefold()], "customer", name)


def site_of(api: Api, code: str) -> dict[str, Any]:
    """By id, code or name."""
    if _is_id(code):
        return dict(api.get(f"/v1/sites/{code}"))
    known = code.casefold()
    found = [s for s in api.all("/v1/sites") if known in (s["code"].casefold(), s["name"].casefold())]
    return _one(found, "site", code)


def unit_of(api: Api, name: str) -> dict[str, Any]:
    """By id or name."""
    if _is_id(name):
        return dict(api.get(f"/v1/units/{name}"))
    return _one(list(api.all("/v1/units", name=name)), "unit", name)


def contract_of(api: Api, number: str) -> dict[str, Any]:
    """By id, number, or the host's own reference."""
    if _is_id(number):
        return dict(api.get(f"/v1/contracts/{number}"))
    numbered = list(api.all("/v1/contracts", number=number.upper()))
    return _one(numbered or list(api.all("/v1/contracts", reference=number)), "contract", number)


def _one(found: list[dict[str, Any]], what: str, name: str) -> dict[str, Any]:
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
            known = [c["number"] or c["reference"] for c in api.all("/v1/contracts")]
    except EngineTrouble:
        return []
    return [one for one in known if one and one.startswith(incomplete)]


def known_customers(incomplete: str) -> list[str]:
    try:
        with books() as api:
            return [c["name"] for c in api.all("/v1/customers") if c["name"].startswith(incomplete)]
    except EngineTrouble:
        return []


def known_sites(incomplete: str) -> list[str]:
    try:
        with books() as api:
            return [s["code"] for s in api.all("/v1/sites") if s["code"].startswith(incomplete)]
    except EngineTrouble:
        return []
