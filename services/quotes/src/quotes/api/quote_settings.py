"""`/v1/quotes/settings`: from what quotes are prefilled (CB-97, CB-98)."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, Field

from common.http import Body, Caller, IfMatch, Transaction, allow, etag, new_router
from common.money import decimal_of
from events.types import DecimalText
from quotes.domain.pricing import FeeRates
from quotes.domain.quote import BadQuote
from quotes.domain.words import checked_text
from quotes.store import copies, settings
from quotes.store.settings import QuoteSettings, texts

router = new_router("quote-settings")


class FeeRatesBody(Body):
    """Amounts in the organization's currency; the deposit is `deposit_hours` of power at the quoted rate."""

    admin: DecimalText | None = Field(None, examples=["250.00"])
    transfer: DecimalText | None = None
    install_per_unit: DecimalText | None = Field(None, examples=["45.00"])
    shipping: DecimalText | None = None
    deposit_hours: DecimalText | None = Field(None, examples=["730"])
    tax_percent: DecimalText | None = Field(None, examples=["8.25"], description="Sales tax, on equipment alone.")


class QuoteSettingsBody(Body):
    """All of them at once; what is left out takes its usual value."""

    fee_rates: FeeRatesBody = FeeRatesBody()
    site_fee_rates: dict[UUID, FeeRatesBody] = Field(default_factory=dict, max_length=500)
    terms_text: str | None = Field(None, max_length=50_000, description="The terms template of new quotes.")
    valid_days: int = 30


class QuoteSettingsAnswer(BaseModel):
    fee_rates: dict[str, str]
    site_fee_rates: dict[str, dict[str, str]]
    terms_text: str | None
    valid_days: int
    version: int

    @classmethod
    def of(cls, own: QuoteSettings) -> QuoteSettingsAnswer:
        sites = {site: texts(rates) for site, rates in own.site_fee_rates.items()}
        return cls(
            fee_rates=texts(asdict(own.fee_rates)),
            site_fee_rates=sites,
            terms_text=own.terms_text,
            valid_days=own.valid_days,
            version=own.version,
        )


@router.get("/v1/quotes/settings", **allow("quotes.write"))
async def read(tx: Transaction, response: Response) -> QuoteSettingsAnswer:
    """The organization's; version 0 stands for none made yet."""
    own = await settings.read(tx)
    response.headers.update(etag(own.version))
    return QuoteSettingsAnswer.of(own)


@router.put("/v1/quotes/settings", **allow("catalogue.write"))
async def write(
    tx: Transaction, caller: Caller, body: QuoteSettingsBody, version: IfMatch, response: Response
) -> QuoteSettingsAnswer:
    """Replace them. Drafts take them up when they are saved the next time; sent quotes never."""
    if not 1 <= body.valid_days <= 365:
        raise BadQuote(f"{body.valid_days} days are not possible.", field="valid_days", remedy="1 to 365")
    if body.terms_text is not None:
        checked_text(body.terms_text, "terms_text", 50_000, lines=True)
    rates, sites = FeeRates(**_numbers(body.fee_rates)), {}
    for site_id, given in body.site_fee_rates.items():
        await copies.site_name(tx, site_id)
        sites[str(site_id)] = _numbers(given)
        rates.overridden(sites[str(site_id)])
    await settings.write(
        tx, caller.organization_id, QuoteSettings(rates, sites, body.terms_text, body.valid_days, version)
    )
    return await read(tx, response)


def _numbers(given: FeeRatesBody) -> dict[str, Decimal]:
    return {name: decimal_of(text, field=name) for name, text in given.model_dump().items() if text is not None}
