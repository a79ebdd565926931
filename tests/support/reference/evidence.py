"""Evidence of a unit as functions of time, constant between edges (rules 2.6 and 3)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from support.reference.case import Channel, Unit
from support.reference.days import Instant, hours, instant
from support.reference.registers import Read, Register, Span, usable, walk

ONLINE = ("hashing", "online")
DAY = 24 * 3600


@dataclass(frozen=True)
class Piece:
    """Constant power (kW) from an instant to another."""

    start: Instant
    end: Instant
    kw: Fraction
    estimated: bool = False


def at(pieces: Sequence[Piece], moment: Instant) -> Piece | None:
    """The piece that holds the moment, of pieces in order that do not overlap."""
    index = bisect_right(pieces, moment, key=lambda piece: piece.start) - 1
    return pieces[index] if index >= 0 and moment < pieces[index].end else None


def cuts(edges: Iterable[Instant]) -> list[tuple[Instant, Instant]]:
    """Neighbouring pairs of the edges, in order."""
    ordered = sorted(set(edges))
    return list(pairwise(ordered))


def _mean_before(spans: Sequence[Span], start: Instant) -> Fraction | None:
    """Mean kW measured on an outlet in the 24 hours before an instant, resets left out; None without any."""
    energy = covered = Fraction(0)
    for span in spans:
        overlap = min(span.end, start) - max(span.start, start - DAY)
        if span.kind != "reset" and overlap > 0:
            energy += span.kwh * Fraction(overlap) / (span.end - span.start)
            covered += hours(0, overlap)
    return energy / covered if covered else None


def _piece(span: Span, spans: Sequence[Span], estimate: bool) -> Piece:
    length, kwh, added = hours(span.start, span.end), span.kwh, Fraction(0)
    if estimate and span.kind == "reset":
        mean = _mean_before(spans, span.start)
        added = Fraction(0) if mean is None else max(Fraction(0), mean * length - kwh)
    return Piece(span.start, span.end, (kwh + added) / length, added > 0)


def outlet_pieces(own: Sequence[Span], all_spans: Sequence[Span], estimate: bool) -> list[Piece]:
    """Power where a unit's channels on an outlet know it; estimates look at all channels of the outlet."""
    return sorted((_piece(span, all_spans, estimate) for span in own), key=lambda piece: piece.start)


def channel_spans(channel: Channel, rated_kw: Fraction, raw: Sequence[Read]) -> list[Span]:
    register = Register(rated_kw, channel.modulus, channel.tick)
    return walk(register, usable(register, raw, channel.start, channel.end))


def metered(feeds: Sequence[tuple[Instant, Instant, list[Piece]]]) -> list[Piece]:
    """Power of a unit while every outlet that then feeds it is measured; feeds are (from, to, pieces)."""
    edges = [edge for start, end, pieces in feeds for edge in (start, end)]
    edges += [edge for _, _, pieces in feeds for piece in pieces for edge in (piece.start, piece.end)]
    found = []
    for start, end in cuts(edges):
        feeding = [pieces for opens, closes, pieces in feeds if opens <= start < closes]
        parts = [at(pieces, start) for pieces in feeding]
        known = [part for part in parts if part is not None]
        if known and len(known) == len(parts):
            kw = sum((part.kw for part in known), Fraction(0))
            found.append(Piece(start, end, kw, any(part.estimated for part in known)))
    return found


def ruling(rows: Sequence[Any]) -> list[tuple[Instant, Instant, Fraction, str]]:
    """Telemetry without overlaps: the row that begins later, of two that begin together the lower TH/s."""
    spans = [(instant(row[0]), instant(row[1]), Fraction(row[2]), str(row[3])) for row in rows]
    found = []
    for start, end in cuts(edge for span in spans for edge in span[:2]):
        holding = [span for span in spans if span[0] <= start < span[1]]
        if holding:
            latest = max(span[0] for span in holding)
            ths, status = min((span[2], span[3]) for span in holding if span[0] == latest)
            found.append((start, end, ths, status))
    return found


def hashed(rows: Sequence[Any], jth: Fraction | None) -> list[Piece]:
    """TH/s as recorded times J/TH, whatever the status; unavailable where no efficiency is known."""
    return [] if jth is None else [Piece(start, end, ths * jth / 1000) for start, end, ths, _ in ruling(rows)]


def calculated(rows: Sequence[Any], unit: Unit) -> list[Piece]:
    """Rated power while online, nothing while known to be offline."""
    zero = Fraction(0)
    return [Piece(start, end, unit.rated_kw if status in ONLINE else zero) for start, end, _, status in ruling(rows)]
