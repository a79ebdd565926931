"""A card processor that speaks Stripe's protocol, keeps its state on disk and lies in scripted ways.

Test cards, bank accounts, idempotency keys, error objects and signed webhooks follow the vendor's public documentation.
"""
