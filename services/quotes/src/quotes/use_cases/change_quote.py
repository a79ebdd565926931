"""Change a draft; its figures are made anew each time (CB-96, CB-97)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from common.db import Tx
from common.http import Stale
from quotes.domain.pricing import Fees
from quotes.domain.quote import Quote
from quotes.store import copies, quotes
from quotes.use_cases.compose import buyer_of, figures, items_of
from quotes.use_cases.draft_quote import fees_from

_AS_THEY_ARE = ("fulfilment", "term", "rate_per_kwh", "site_id", "terms_text", "notes", "valid_days")


async def change_quote(tx: Tx, quote_id: UUID, changes: Mapping[str, Any], *, version: int) -> Quote:
    """What is left out stays; `items` are replaced as a whole."""
    before = await quotes.get(tx, quote_id, for_change=True)
    if before.version != version:
        raise Stale("The quote was changed meanwhile.", field="If-Match", remedy="read it again and repeat the change")
    parts: dict[str, Any] = {name: changes[name] for name in _AS_THEY_ARE if name in changes}
    if changes.get("site_id") is not None:
        await copies.site_name(tx, changes["site_id"])
    if "customer_id" in changes or "prospect" in changes:
        parts["buyer"] = await buyer_of(tx, changes.get("customer_id"), changes.get("prospect"))
    if "items" in changes:
        parts["items"] = await items_of(tx, changes["items"], before.currency)
    if "fees" in changes:
        parts["fees"] = fees_from(changes["fees"], before.fees, before.currency)
    return await _saved(tx, before.changed(**parts))


async def reset_fees(tx: Tx, quote_id: UUID) -> Quote:
    """Every fee as the organization's settings and the chosen site suggest (CB-97)."""
    before = await quotes.get(tx, quote_id, for_change=True)
    return await _saved(tx, before.changed(fees=Fees()))


async def _saved(tx: Tx, draft: Quote) -> Quote:
    figured = await figures(tx, draft.items, draft.fees, draft.rate_per_kwh, draft.site_id, draft.currency)
    after = draft.repriced(figured)
    await quotes.save(tx, after)
    return after
