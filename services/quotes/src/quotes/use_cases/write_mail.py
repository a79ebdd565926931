"""The mail that carries a quote to its buyer: nothing in it that is the host's own."""

from __future__ import annotations

from common.clock import local_day
from common.mail import Attachment, Mail
from common.money import Money
from common.organizations import Organization
from quotes.domain.equipment import QuotedItem
from quotes.domain.pricing import FEES
from quotes.domain.quote import Quote

FEE_NAMES = {
    "admin": "Administration",
    "transfer": "Transfer",
    "install": "Installation",
    "deposit": "Hosting deposit",
    "shipping": "Shipping and handling",
    "sales_tax": "Sales tax",
}
TERM_NAMES = {"month_to_month": "month to month"}


def write_mail(quote: Quote, host: Organization, attachments: tuple[Attachment, ...] = ()) -> Mail:
    """Recognisable when it goes out twice: its Message-ID comes from the quote."""
    assert quote.buyer.email is not None
    return Mail(
        cause=f"quote-{quote.id}",
        to=quote.buyer.email,
        subject=f"Quote {quote.number} from {host.name}",
        text=mail_text(quote, host),
        attachments=attachments,
    )


def mail_text(quote: Quote, host: Organization) -> str:
    assert quote.expires_at is not None
    last_day = local_day(quote.expires_at, host.timezone).toordinal() - 1
    valid_to_on = local_day(quote.expires_at, host.timezone).fromordinal(last_day)
    fees = [(FEE_NAMES[name], getattr(quote.priced.fees, name)) for name in FEES]
    lines = [
        f"{quote.buyer.name},",
        "",
        f"this is our quote {quote.number}. It stands until {valid_to_on:%d %B %Y}.",
        "",
        *(_item_line(item) for item in quote.items),
        "",
        _amount_line("Equipment", quote.priced.equipment),
        *(_amount_line(name, money) for name, money in fees if money),
        _amount_line("Total", quote.priced.total),
        "",
        f"Term: {TERM_NAMES.get(quote.term, quote.term.replace('_', ' '))}. "
        f"Energy: {quote.rate_per_kwh:f} {quote.currency} per kWh.",
        *(["", quote.terms_text] if quote.terms_text else []),
        "",
        host.name,
    ]
    return "\n".join(lines) + "\n"


def _item_line(item: QuotedItem) -> str:
    rating = item.rating
    particulars = [f"{rating.hashrate_ths:f} TH/s" if rating.hashrate_ths else "", item.condition.value]
    shown = ", ".join(part for part in particulars if part)
    return f"{item.quantity} x {item.name} ({shown}) at {item.unit_price}: {item.amount}"


def _amount_line(name: str, money: Money) -> str:
    return f"{name + ':':<24}{money}"
