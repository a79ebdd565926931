"""Which rates are rates: at most six decimals, never absurd, negative only from a market (rule 1.4)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from common.errors import RuleBroken
from common.money import decimal_of, minor_unit

RATE_DECIMALS = 6
_STRONG_CEILING = Decimal(10)  # ten dollars a kWh: above any contract, and where a rate in cents is noticed
_UNITS_PER_DOLLAR = {  # order of magnitude only; the ceiling moves with it
    1: "AED BOB BRL BWP CNY DKK EGP ETB GHS GTQ HKD ILS MAD MOP MVR MXN MYR NOK PEN PLN QAR RON SAR SEK TJS TMT TTD "
    "TRY UAH VES ZAR ZMW MDL NAD SZL LSL SCR SRD UYU DOP HNL NIO TWD THB CZK MRU MUR PHP",
    2: "AFN ALL AOA ARS BDT BTN CVE DJF DZD HTG HUF INR ISK JMD JPY KES KGS KMF LKR LRD MKD MZN NPR PKR RSD RUB VUV "
    "XPF YER CRC AMD KZT CLP GMD SLE",
    3: "BIF CDF COP GNF IQD KHR KRW MGA MMK MNT MWK NGN PYG RWF SDG SOS SSP SYP TZS UGX UZS XAF XOF",
    4: "IDR LAK VND STN",
    5: "IRR LBP",
}
CEILING = {code: _STRONG_CEILING * 10**power for power, codes in _UNITS_PER_DOLLAR.items() for code in codes.split()}


class RateOutOfRange(RuleBroken):
    """A rate that no contract can mean: no number, negative, too fine or absurdly high."""

    code = "rate_out_of_range"


def rate_of(text: str, currency: str, *, field: str = "rate_per_kwh", market: bool = False) -> Decimal:
    """The rate behind a text; `market` allows the negative prices of a market pass-through."""
    return checked_rate(decimal_of(text, field=field), currency, field=field, market=market)


def checked_rate(rate: Decimal, currency: str, *, field: str = "rate_per_kwh", market: bool = False) -> Decimal:
    """The same rate, or the refusal that says what is wrong with it."""
    minor_unit(currency)
    try:
        settled = rate.quantize(Decimal(1).scaleb(-RATE_DECIMALS)) if rate.is_finite() else None
    except InvalidOperation:
        settled = None
    if settled is None or settled != rate:
        raise RateOutOfRange(
            f"{rate} is not a rate per kWh (rule 1.4).",
            field=field,
            remedy=f"a number with at most {RATE_DECIMALS} decimals",
        )
    if rate < 0 and not market:
        raise RateOutOfRange(
            f"The rate {rate} is negative; only a market price may be (rule 1.4).", field=field, remedy="0 or more"
        )
    ceiling = CEILING.get(currency, _STRONG_CEILING)
    if abs(rate) > ceiling:
        raise RateOutOfRange(
            f"{rate} {currency} per kWh is above the {ceiling} {currency} that a rate can be (rule 1.4).",
            field=field,
            remedy=f"at most {ceiling}; a rate in cents is written as 0.075, not 7.5",
        )
    return rate


def starting_rate(site_rate: Decimal | None, organization_rate: Decimal | None) -> Decimal | None:
    """What a draft's rate is filled with: the site's, else the organization's (CB-42). Copied once, no live link."""
    return site_rate if site_rate is not None else organization_rate
