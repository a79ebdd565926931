"""What an example says in a field of a name: sensible, and the same everywhere in the document."""

from __future__ import annotations

import hashlib
import re
from typing import Any

BY_NAME: dict[str, Any] = {
    "accent_colour": "#F7931A", "primary_colour": "#1F2933", "address": "203.0.113.7",
    "account": "receivable", "actor": "user:0195d3a2-7c00-7000-8000-2f1a40c9d7e1", "agent": "Firefox on Linux",
    "amount": "125.00", "balance": "125.00", "billing_email": "billing@alpha.example", "btc": "0.01250000",
    "buyer_email": "buyer@alpha.example", "buyer_name": "Alpha Digital LLC", "city": "Amarillo", "country": "US",
    "clear_at": "70", "client_id": "hostbook", "client_secret": "s3cr3t-of-the-provider", "code": "123456",
    "company": "Alpha Digital LLC", "contact_email": "ops@alpha.example", "content": "JVBERi0xLjcK",
    "contract_type": "hosted", "csv": "name,contact_email\nAlpha Digital,ops@alpha.example\n", "currency": "USD",
    "current": "correct horse battery staple", "new": "longer words make a better password", "cursor": "Zm9vYmFy",
    "description": "Hands-on work", "detail": "The unit reports no hashrate.", "email": "ops@alpha.example",
    "email_domain": "alpha.example", "field": "name", "file": "logo.png", "hashprice_series": "daily-average",
    "hashrate_ths": "200", "invoice_email": "billing@alpha.example", "issuer": "https://login.alpha.example",
    "job": "Controller", "key": "hbk_live_5f3a_example", "kind": "renewed", "label": "Visa 4242",
    "legal_name": "Alpha Hosting LLC", "link": "https://books.example.com/auth#token", "locale": "en-US",
    "mac": "aa:bb:cc:00:11:22", "market": "ERCOT", "media_type": "application/pdf", "message": "Unit 12 is offline.",
    "method": "metered", "model": "S21", "msg": "Field required", "name": "Alpha Digital", "next": "Zm9vYmFyMTIz",
    "note": "As agreed by telephone", "number": "C-000042", "organization": "alpha-hosting", "outlet": "A12",
    "owner": "host", "password": "correct horse battery staple", "path": "Building 1 / Rack 4", "period": "2025-03",
    "permission": "invoices.read", "phone": "+1 806 555 0100", "prefix": "hbk_live_5f3a", "programme": "ERS",
    "q": "alpha", "rate": "0.075", "rate_per_kwh": "0.075", "raw": "From: ops@alpha.example\n\nStill offline.",
    "reason": "Agreed with the customer", "reference": "PO-2025-17", "region": "TX", "remedy": "add this field",
    "role": "finance", "secret": "JBSWY3DPEHPK3PXP", "serial": "SN0012345", "series": "daily-average",
    "service": "contracts", "severity": "warning", "sha256": "0" * 64, "text_sha256": "0" * 64, "site": "AMA1",
    "sku": "S21-200", "slogan": "Power where it is", "slug": "alpha-hosting", "state": "active", "status": "active",
    "source": "InvoiceIssued", "subject": "user:0195d3a2-7c00-7000-8000-2f1a40c9d7e1", "tag": "texas",
    "tax_code": "energy", "team_name": "Alpha Digital", "text": "The host powers the units.", "thing": "contract",
    "timezone": "America/Chicago", "title": "Maintenance on Sunday", "token": "example-of-a-token-of-43-characters",
    "type": "contracts.contract.activated.v1", "unit_name": "AMA1-R04-12", "uri": "https://books.example.com/logo.png",
    "wallet": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "summary": "Contract C-000042 was activated",
    "line": 2, "lines": 1, "version": 3, "limit": 50, "is_active": True, "billing_day": 1, "due_days": 15,
    "default_rate_per_kwh": "0.075", "redirect_url": "https://books.example.com/v1/auth/sso/callback",
    "percent": "2.5", "value": "104.2", "code_of_site": "AMA1", "first_invoice_number": "INV-2025-000017",
    "first_invoice_status": "paid", "number_prefix": "INV-", "credit_note_prefix": "CN-", "footer": "Thank you.",
    "row_id": "0195d3a2-7c00-7000-8000-2f1a40c9d7e1", "terms_text": "Valid for 14 days.",
    "logo": "/v1/auth/logos/1/a.png",
    "priority": "normal", "change": "amended", "by": "user:0195d3a2-7c00-7000-8000-2f1a40c9d7e1", "event": "voided",
}  # fmt: skip
_MONEY = (
    "subtotal total tax taxable amount_due credit_applied refunded fee fee_monthly price unit_price proceeds margin"
    " deposit install shipping transfer sales_tax admin equipment cost_basis fixed_monthly_per_unit per_mwh per_kw cap"
)
BY_NAME |= dict.fromkeys(_MONEY.split(), "125.00")
_AMOUNTS = "kwh quantity energy_kwh metered_unit_hours unit_hours hours threshold observed"
BY_NAME |= dict.fromkeys(_AMOUNTS.split(), "720.5")
BY_NAME |= {"variance_band": "within", "split_by": "register", "raise_at": "80", "usd_per_ph_day": "52.30"}
BY_ENDING = {
    "_at": "2025-03-31T05:00:00Z", "_on": "2025-03-31", "_email": "ops@alpha.example", "_kwh": "1234.5", "_kw": "3.5",
    "_percent": "2.5", "_hours": "720", "_w": "3500", "_ths": "200", "_jth": "17.5", "_url": "https://books.example.com",
    "_colour": "#1F2933", "_mwh": "31.20",
}  # fmt: skip
BY_FORMAT = {
    "date-time": "2025-03-31T05:00:00Z",
    "date": "2025-03-31",
    "email": "ops@alpha.example",
    "uri": "https://books.example.com/hooks",
    "binary": "",
    "time": "06:00:00",
}
_EXACT = "12.5"
_PATTERNS = ("alpha", "a", "hosted", "USD", "en-US", "US", _EXACT, "12", "1.00", "2025-03", "aa:bb:cc:00:11:22")


def id_of(name: str) -> str:
    """An id for a name: the customer is the same in a path, a query and a body."""
    noun = re.sub(r"_ids?$", "", name) or "id"
    return f"0195d3a2-7c00-7000-8000-{hashlib.sha256(noun.encode()).hexdigest()[:12]}"


def candidates(name: str, schema: dict[str, Any]) -> list[Any]:
    """Values for a text of that name, the most telling first; the first that fits the schema is taken."""
    by_ending = [value for ending, value in BY_ENDING.items() if name.endswith(ending)]
    by_name = [BY_NAME[name]] if name in BY_NAME else []
    form = schema.get("format")
    if form == "uuid":
        return [id_of(name)]
    plain = [BY_FORMAT[form]] if form in BY_FORMAT else []
    least, most = schema.get("minLength", 0), schema.get("maxLength", 60)
    as_long = ("x" * least)[:most] if least > len(name) else name.replace("_", " ")[:most]
    return [*by_name, *plain, *by_ending, *(_PATTERNS if "pattern" in schema else ()), as_long, "0" * 64]
