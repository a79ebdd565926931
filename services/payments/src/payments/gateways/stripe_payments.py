"""Stripe: the only file that knows its library. Every POST carries a key of ours; no silent retry happens below us."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from datetime import datetime
from typing import Any, TypeVar

import stripe

from payments.domain.outcomes import Answer, ChargeOrder, Outcome, RefundOrder, minor_units
from payments.gateways import stripe_answers
from payments.gateways.processor import BadNotice, Notice, ProcessorRefused, ProcessorSilent, SavedMethod

API_VERSION = "2026-10-28.endive"
_TOLERANCE_S = 300
_FULL = ["latest_charge.balance_transaction"]
_Found = TypeVar("_Found")


class StripePayments:
    """`address` is another one than the vendor's only for a fake on this machine; `webhook_secrets`: any may sign."""

    name = "stripe"

    def __init__(
        self, key: str, webhook_secrets: tuple[str, ...], *, address: str | None = None, timeout_s: int = 20
    ) -> None:
        stripe.enable_telemetry = False
        self._http = stripe.HTTPXClient(timeout=timeout_s)
        places: Any = {"base_addresses": {"api": address}} if address else {}
        self._client = stripe.StripeClient(
            key, http_client=self._http, stripe_version=API_VERSION, max_network_retries=0, **places
        )
        self._secrets = webhook_secrets

    async def register(self, name: str, *, labels: dict[str, str], key: str) -> str:
        params: Any = {"name": name, "metadata": labels}
        made = await _asked(self._client.v1.customers.create_async(params, {"idempotency_key": key}))
        return made.id

    async def begin_saving(self, customer_reference: str, *, key: str) -> str:
        params: Any = {"customer": customer_reference, "usage": "off_session", "payment_method_types": ["card"]}
        made = await _asked(self._client.v1.setup_intents.create_async(params, {"idempotency_key": key}))
        return made.client_secret or ""

    async def save(self, customer_reference: str, token: str, *, key: str) -> SavedMethod:
        params: Any = {
            "customer": customer_reference,
            "payment_method": token,
            "payment_method_types": ["card"],
            "usage": "off_session",
            "confirm": True,
            "expand": ["payment_method"],
        }
        setup = await _asked(self._client.v1.setup_intents.create_async(params, {"idempotency_key": key}))
        if setup.status != "succeeded":
            raise ProcessorRefused("authentication_required", "The bank asks the cardholder first.")
        return stripe_answers.saved_method(setup.to_dict()["payment_method"])

    async def remove(self, method_reference: str) -> None:
        try:
            await _asked(self._client.v1.payment_methods.detach_async(method_reference))
        except ProcessorRefused:
            return

    async def charge(self, order: ChargeOrder) -> Outcome:
        options: Any = {"idempotency_key": order.key}
        params: Any = {"payment_method": order.method_reference, "off_session": True, "expand": _FULL}
        if order.reference:
            call = self._client.v1.payment_intents.confirm_async(order.reference, params, options)
            return await _charged(call, order.reference)
        params |= {
            "amount": minor_units(order.amount),
            "currency": order.amount.currency.lower(),
            "customer": order.customer_reference,
            "payment_method_types": ["card"],
            "confirm": True,
            "metadata": dict(order.labels),
        }
        return await _charged(self._client.v1.payment_intents.create_async(params, options), None)

    async def look(self, reference: str) -> Outcome:
        """Here no error tells anything about the charge: all of them leave it unknown."""
        try:
            found = await self._client.v1.payment_intents.retrieve_async(reference, {"expand": _FULL})
        except stripe.StripeError as error:
            return Outcome(Answer.UNKNOWN, reference, _code(error))
        return stripe_answers.outcome_of_intent(found.to_dict())

    async def find(self, order: ChargeOrder, since: datetime) -> Outcome | None:
        """By list, not by search: search lags behind writes."""
        wanted = order.labels["payment_id"]
        params: Any = {"customer": order.customer_reference, "created": {"gte": int(since.timestamp()) - 300}}
        page = await _asked(self._client.v1.payment_intents.list_async(params | {"limit": 100}))
        async for intent in page.auto_paging_iter():
            if intent.to_dict().get("metadata", {}).get("payment_id") == wanted:
                return await self.look(intent.id)
        return None

    async def refund(self, order: RefundOrder) -> Outcome:
        params: Any = {
            "payment_intent": order.reference,
            "amount": minor_units(order.amount),
            "metadata": dict(order.labels),
        }
        call = self._client.v1.refunds.create_async(params, {"idempotency_key": order.key})
        try:
            return stripe_answers.refund_outcome((await call).to_dict())
        except stripe.StripeError as error:
            return _failed(error, None)

    def notice(self, body: bytes, signature: str, at: datetime) -> Notice:
        """Signed by one of our secrets, and no more than five minutes old or ahead."""
        if not any(self._signed(body, signature, secret) for secret in self._secrets):
            raise BadNotice("not signed by this processor")
        stamps = [part.partition("=")[2] for part in signature.split(",") if part.strip().startswith("t=")]
        if not stamps or not stamps[0].isdigit() or abs(int(stamps[0]) - at.timestamp()) > _TOLERANCE_S:
            raise BadNotice("signed for another moment")
        event = json.loads(body)
        thing = event["data"]["object"]
        key = (event.get("request") or {}).get("idempotency_key")
        subject = stripe_answers.subject_of(thing)
        return Notice(event["id"], event["type"], subject, key, dict(thing.get("metadata") or {}))

    def _signed(self, body: bytes, signature: str, secret: str) -> bool:
        try:
            return bool(stripe.WebhookSignature.verify_header(body.decode(), signature, secret))
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            return False

    async def close(self) -> None:
        closing: Any = self._http
        await closing.close_async()


async def _asked(call: Awaitable[_Found]) -> _Found:
    """A call that moves no money: refused for good, or silent and to be repeated."""
    try:
        return await call
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        raise ProcessorRefused(_code(error), error.user_message or str(error)) from error
    except stripe.StripeError as error:
        raise ProcessorSilent(str(error)) from error


async def _charged(call: Awaitable[stripe.PaymentIntent], reference: str | None) -> Outcome:
    try:
        return stripe_answers.outcome_of_intent((await call).to_dict())
    except stripe.StripeError as error:
        return _failed(error, reference)


def _failed(error: stripe.StripeError, reference: str | None) -> Outcome:
    """Definite decline, definite nothing, come again, or unknown; what is not understood is unknown."""
    body = _body(error)
    intent = body.get("payment_intent") or {}
    reference = intent.get("id") or reference
    if isinstance(error, stripe.CardError):
        return stripe_answers.declined(body, reference)
    if error.http_status in (401, 403, 409, 429):
        return Outcome(Answer.LIMITED, reference, _code(error))
    if body.get("code") == "payment_intent_unexpected_state" and intent:
        return stripe_answers.outcome_of_intent(intent)
    if isinstance(error, stripe.InvalidRequestError):
        return Outcome(Answer.REFUSED, reference, _code(error))
    return Outcome(Answer.UNKNOWN, reference, _code(error))


def _code(error: stripe.StripeError) -> str:
    body = _body(error)
    return str(body.get("decline_code") or error.code or body.get("type") or type(error).__name__)


def _body(error: stripe.StripeError) -> dict[str, Any]:
    parsed: Any = error.json_body
    found: Any = parsed.get("error") if isinstance(parsed, dict) else None
    return found if isinstance(found, dict) else {}
