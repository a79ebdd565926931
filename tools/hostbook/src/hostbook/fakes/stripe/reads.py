"""Objects that are only read over the wire: charges, events, disputes, mandates, balance transactions."""

from __future__ import annotations

from collections.abc import Callable

from hostbook.fakes.stripe import listing
from hostbook.fakes.stripe.call import Call
from hostbook.fakes.stripe.errors import missing
from hostbook.fakes.stripe.store import Thing


def one(kind: str) -> Callable[[Call], Thing]:
    """Retrieves an object of that kind by id."""

    def retrieve(call: Call) -> Thing:
        thing = call.store.get(kind, call.path["id"])
        if thing is None:
            raise missing(kind, call.path["id"])
        return thing

    return retrieve


def many(kind: str) -> Callable[[Call], Thing]:
    """Lists objects of that kind by customer, payment intent, charge, source or type."""

    def listed(call: Call) -> Thing:
        known = {"customer": "str", "payment_intent": "str", "charge": "str", "source": "str", "type": "str"}
        params = call.params(listing.PAGE | known | {"types": "any"})
        rows = call.store.all(kind, customer=params.get("customer"))
        for name in ("payment_intent", "charge", "source", "type"):
            if name in params:
                rows = [row for row in rows if row.get(name) == params[name]]
        if "types" in params:
            rows = [row for row in rows if row.get("type") in params["types"]]
        return listing.page(call, rows, params)

    return listed


def charge_search(call: Call) -> Thing:
    return listing.search(call, "charge")
