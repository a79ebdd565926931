"""What a buyer gets to see: never the cost, the margin or the notes (CB-92, CB-99, CB-113)."""

from datetime import UTC, datetime
from uuid import uuid4

from common.auth import Principal
from common.organizations import Organization
from quotes.api.answers import BuyersQuote, HostsQuote, answer_for
from quotes.use_cases.write_mail import write_mail
from support.offers import AT, draft

CLOCK_AT = datetime(2025, 3, 1, tzinfo=UTC)
HOST = Organization(uuid4(), "p", "Panhandle", "America/Chicago", "USD", 1, 15, None, True, CLOCK_AT)
QUOTE = draft().sent("America/Chicago", AT)
HIDDEN = ("3600", "2200", "13.25", "margin", "thin", "cost", "notes")


def test_the_buyers_copy_holds_nothing_of_the_hosts_own() -> None:
    shown = BuyersQuote.of(QUOTE).model_dump_json()
    assert not [word for word in HIDDEN if word in shown]
    assert "19586.00" in shown


def test_customers_people_get_the_buyers_copy_and_the_hosts_people_theirs() -> None:
    portal = Principal("user:a", HOST.organization_id, frozenset({"quotes.read"}), QUOTE.buyer.customer_id)
    assert type(answer_for(QUOTE, portal)) is BuyersQuote
    hosts = answer_for(QUOTE, Principal("user:b", HOST.organization_id))
    assert isinstance(hosts, HostsQuote)
    assert (hosts.margin, hosts.notes, hosts.items[0].cost_basis) == ("2200.00", "margin is thin here", "3600.00")


def test_the_mail_names_every_figure_the_last_day_and_the_terms() -> None:
    mail = write_mail(QUOTE, HOST)
    assert (mail.to, mail.subject) == ("ops@alpha.example", "Quote Q-00001 from Panhandle")
    for words in ("4 x S21", "16600.00 USD", "766.50 USD", "1369.50 USD", "19586.00 USD", "31 March 2025", "the terms"):
        assert words in mail.text
    assert not [word for word in HIDDEN if word in mail.text]
    assert "Transfer" not in mail.text


def test_a_mail_sent_twice_is_known_by_its_cause() -> None:
    assert write_mail(QUOTE, HOST).cause == write_mail(QUOTE, HOST).cause == f"quote-{QUOTE.id}"
