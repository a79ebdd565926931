"""The vendor's endpoints that we use, each with the operation behind it."""

from __future__ import annotations

from collections.abc import Callable

from hostbook.fakes.stripe import customers, intents, methods, reads, refunds, setups
from hostbook.fakes.stripe.call import Call
from hostbook.fakes.stripe.store import Thing

Operation = Callable[[Call], Thing]

ROUTES: tuple[tuple[str, str, Operation], ...] = (
    ("POST", "/v1/customers", customers.create),
    ("GET", "/v1/customers", customers.listed),
    ("GET", "/v1/customers/{id}", customers.retrieve),
    ("POST", "/v1/customers/{id}", customers.update),
    ("DELETE", "/v1/customers/{id}", customers.delete),
    ("GET", "/v1/customers/{customer}/payment_methods", methods.listed),
    ("GET", "/v1/customers/{customer}/payment_methods/{id}", methods.retrieve),
    ("POST", "/v1/payment_methods", methods.create),
    ("GET", "/v1/payment_methods", methods.listed),
    ("GET", "/v1/payment_methods/{id}", methods.retrieve),
    ("POST", "/v1/payment_methods/{id}/attach", methods.attach),
    ("POST", "/v1/payment_methods/{id}/detach", methods.detach),
    ("POST", "/v1/setup_intents", setups.create),
    ("GET", "/v1/setup_intents", setups.listed),
    ("GET", "/v1/setup_intents/{id}", setups.retrieve),
    ("POST", "/v1/setup_intents/{id}/confirm", setups.confirm),
    ("POST", "/v1/setup_intents/{id}/cancel", setups.cancel),
    ("POST", "/v1/payment_intents", intents.create),
    ("GET", "/v1/payment_intents", intents.listed),
    ("GET", "/v1/payment_intents/search", intents.searched),
    ("GET", "/v1/payment_intents/{id}", intents.retrieve),
    ("POST", "/v1/payment_intents/{id}", intents.update),
    ("POST", "/v1/payment_intents/{id}/confirm", intents.confirm),
    ("POST", "/v1/payment_intents/{id}/cancel", intents.cancel),
    ("GET", "/v1/charges", reads.many("charge")),
    ("GET", "/v1/charges/search", reads.charge_search),
    ("GET", "/v1/charges/{id}", reads.one("charge")),
    ("POST", "/v1/refunds", refunds.create),
    ("GET", "/v1/refunds", refunds.listed),
    ("GET", "/v1/refunds/{id}", refunds.retrieve),
    ("GET", "/v1/disputes", reads.many("dispute")),
    ("GET", "/v1/disputes/{id}", reads.one("dispute")),
    ("GET", "/v1/mandates/{id}", reads.one("mandate")),
    ("GET", "/v1/events", reads.many("event")),
    ("GET", "/v1/events/{id}", reads.one("event")),
    ("GET", "/v1/balance_transactions", reads.many("balance_transaction")),
    ("GET", "/v1/balance_transactions/{id}", reads.one("balance_transaction")),
)
