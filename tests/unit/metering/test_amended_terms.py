"""Terms that were amended count from their instant on, whatever is told of the contract afterwards (rule 4.6)."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from metering.domain.values import Method
from metering.use_cases.windows_of import billed

CONTRACT, UNIT, CUSTOMER = (UUID(int=n) for n in (1, 2, 3))


def on(month: int) -> datetime:
    return datetime(2025, month, 1, tzinfo=UTC)


def terms(methods: list[str], *former: tuple[int, list[str]]) -> dict[str, Any]:
    own = {"failover": None, "efficiency_jth": None, "power_cap_kw": None, "wants_profile": False}
    before = [own | {"methods": named, "until_at": on(month).isoformat()} for month, named in former]
    instants = [on(1).isoformat(), *(one["until_at"] for one in before)]
    return own | {
        "methods": methods, "start_at": on(1).isoformat(), "end_at": None, "rate_instants": instants, "former": before,
    }  # fmt: skip


def version(number: int, effective: int | None, agreed: dict[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(
        contract_id=CONTRACT, version=number, customer_id=CUSTOMER, ended_at=None, terms=agreed,
        effective_at=on(effective) if effective else None,
    )  # fmt: skip


def methods(*versions: SimpleNamespace) -> list[tuple[datetime, list[Method]]]:
    held = SimpleNamespace(unit_id=UNIT, contract_id=CONTRACT, from_at=on(1), to_at=None)
    return [(window.from_at, list(window.methods)) for window in billed([held], versions).windows[UNIT]]


def test_an_amendment_to_come_stays_to_come_when_the_contract_is_extended_meanwhile() -> None:
    first = version(1, None, terms(["metered"]))
    july = terms(["hash"], (7, ["metered"]))
    assert methods(first, version(2, 7, july)) == [(on(1), [Method.METERED]), (on(7), [Method.HASH])]
    extended_in_may = version(3, 5, july)
    assert methods(first, version(2, 7, july), extended_in_may) == [
        (on(1), [Method.METERED]), (on(7), [Method.HASH]),
    ]  # fmt: skip


def test_each_of_several_amendments_holds_from_its_own_instant() -> None:
    agreed = terms(["calculated"], (4, ["metered"]), (9, ["hash"]))
    assert methods(version(1, None, agreed)) == [
        (on(1), [Method.METERED]), (on(4), [Method.HASH]), (on(9), [Method.CALCULATED]),
    ]  # fmt: skip
