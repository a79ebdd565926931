"""Who is billed for a unit and when: assignments within their contracts, under the terms in force (rules 4.5, 4.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from metering.domain.values import ContractWindow, Method
from metering.domain.windows import clipped

_BEGIN = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Billed:
    """The windows of some units, whose contracts they are, and whether any of them is priced by the market."""

    windows: Mapping[UUID, Sequence[ContractWindow]]
    customers: Mapping[UUID, UUID]
    by_market: bool


@dataclass(frozen=True, slots=True)
class _Life:
    """A contract from start to end, and its terms from instant to instant."""

    start_at: datetime
    end_at: datetime | None
    pieces: Sequence[tuple[datetime, Mapping[str, Any]]]
    edges: Sequence[datetime]


def billed(assignments: Sequence[Any], versions: Sequence[Any]) -> Billed:
    """Rows of assignments and of contract versions; an assignment whose contract is not known yet bills nothing."""
    by_contract: dict[UUID, list[Any]] = defaultdict(list)
    for version in versions:
        by_contract[version.contract_id].append(version)
    lives = {contract_id: life for contract_id, rows in by_contract.items() if (life := _life(rows)) is not None}
    windows: dict[UUID, list[ContractWindow]] = defaultdict(list)
    for one in assignments:
        if one.contract_id in lives:
            windows[one.unit_id] += _windows(one, lives[one.contract_id])
    return Billed(
        windows=windows,
        customers={rows[0].contract_id: rows[0].customer_id for rows in by_contract.values()},
        by_market=any(terms["failover"] == "market_hashprice" for life in lives.values() for _, terms in life.pieces),
    )


def _life(versions: Sequence[Any]) -> _Life | None:
    """Each version's terms hold from the instant at which it takes effect, until a later version takes over."""
    pieces: list[tuple[datetime, Mapping[str, Any]]] = []
    end_at: datetime | None = None
    for version in versions:
        if version.terms is None:
            end_at = version.ended_at
            continue
        since = version.effective_at or _BEGIN
        pieces = [*(piece for piece in pieces if piece[0] < since), *_pieces(since, version.terms)]
        end_at = _instant(version.terms["end_at"])
    if not pieces:
        return None
    newest = pieces[-1][1]
    start_at = datetime.fromisoformat(newest["start_at"])
    edges = [datetime.fromisoformat(one) for one in newest["rate_instants"]]
    return _Life(start_at, end_at, _merged(pieces), edges)


def _pieces(since: datetime, terms: Mapping[str, Any]) -> list[tuple[datetime, Mapping[str, Any]]]:
    """A version's terms from an instant on: before each amendment in it, those that it replaces."""
    pieces: list[tuple[datetime, Mapping[str, Any]]] = []
    for one in terms.get("former", ()):
        until = datetime.fromisoformat(one["until_at"])
        if since < until:
            pieces.append((since, {**terms, **one}))
            since = until
    return [*pieces, (since, terms)]


def _merged(pieces: Sequence[tuple[datetime, Mapping[str, Any]]]) -> list[tuple[datetime, Mapping[str, Any]]]:
    """Terms that differ in nothing that metering knows are one piece."""
    kept: list[tuple[datetime, Mapping[str, Any]]] = []
    for since, terms in pieces:
        if not kept or _rules(kept[-1][1]) != _rules(terms):
            kept.append((since, terms))
    return kept


def _rules(terms: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(terms[name] for name in ("methods", "failover", "efficiency_jth", "wants_profile"))


def _windows(assignment: Any, life: _Life) -> list[ContractWindow]:
    inside = clipped((assignment.from_at, assignment.to_at), (life.start_at, life.end_at))
    if inside is None:
        return []
    windows = []
    for number, (since, terms) in enumerate(life.pieces):
        until = life.pieces[number + 1][0] if number + 1 < len(life.pieces) else None
        part = clipped(inside, (since, until))
        if part is not None:
            windows.append(
                ContractWindow(
                    contract_id=str(assignment.contract_id),
                    from_at=part[0],
                    to_at=part[1],
                    methods=[Method(one) for one in terms["methods"]],
                    failover=terms["failover"] is not None,
                    efficiency_jth=Fraction(terms["efficiency_jth"]) if terms["efficiency_jth"] else None,
                    wants_profile=terms["wants_profile"],
                    edges=life.edges,
                )
            )
    return windows


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
