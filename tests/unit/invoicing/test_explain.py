"""Explain: from the amount down to the reads (issue 4)."""

from decimal import Decimal
from fractions import Fraction

from invoicing.domain.explain import Node, explained
from invoicing.domain.terms import Failover, FailoverMode
from invoicing.domain.usage import ChannelEvidence, FailoverUsage, PricedSpan
from support.billing import HASH, at, rated, terms, used
from support.billing import rates as rates_of


def texts(node: Node) -> list[str]:
    return [node.text, *(text for child in node.children for text in texts(child))]


def test_a_metered_line_leads_to_its_channels_reads_and_flags() -> None:
    seen = ChannelEvidence("p1/1", at(1), Fraction("12345.678"), at(31), Fraction("14897.112"), 8928)
    usage = used("u1", "2551.434", evidence=(seen,), flags=frozenset({"spike"}))
    (line,) = rated(terms(), usage).lines
    assert texts(explained(line, "USD", terms(), [usage])) == [
        "energy 191.36 USD = 2551.434 kWh x 0.075",
        "method metered: number 1 of metered, hash; counts where none before it is known",
        "unit u1: 2551.434 kWh",
        "2025-01-01T00:00:00Z to 2025-02-01T00:00:00Z: 2551.434 kWh in 744 h",
        "evidence: spike",
        "channel p1/1: 8928 reads, from 12345.678 at 2025-01-01T00:00:00Z to 14897.112 at 2025-01-31T00:00:00Z",
    ]


def test_a_line_shows_only_the_spans_of_its_method_and_rate() -> None:
    contract = terms(rates=rates_of((at(1), "0.1"), (at(11), "0.2")))
    spans = [
        used("u1", 1, from_at=at(1), to_at=at(11)),
        used("u1", 2, from_at=at(11), to_at=at(1, month=2)),
        used("u1", 3, from_at=at(1), to_at=at(11), method=HASH),
    ]
    lines = rated(contract, *spans).lines
    shown = [[t for t in texts(explained(line, "USD", contract, spans)) if " in " in t] for line in lines]
    assert [len(one) for one in shown] == [1, 1, 1]


def test_a_quantity_that_does_not_end_is_given_exactly() -> None:
    usage = used("u1", Fraction(1, 3))
    (line,) = rated(terms(), usage).lines
    assert any(
        "0.333333 kWh (exactly 1/3) in 744 h" in text for text in texts(explained(line, "USD", terms(), [usage]))
    )


def test_failover_by_hashprice_shows_its_factors_and_the_series() -> None:
    contract = terms(failover=Failover(FailoverMode.MARKET_HASHPRICE, percent=Decimal(60)))
    row = PricedSpan(at(1), at(2), Fraction(50))
    usage = used("u1", failover=FailoverUsage(Fraction(24), Fraction(24), Fraction(1200)), hashprice=(row,))
    (line,) = rated(contract, usage).lines
    assert texts(explained(line, "USD", contract, [usage]))[2:] == [
        "u1: percent 0.6 x mean hashprice 50 $/PH/s/day x rated hashrate 0.2 PH/s x time 1 days = 6",
        "hashprice 50 from 2025-01-01T00:00:00Z to 2025-01-02T00:00:00Z",
    ]
