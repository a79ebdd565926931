"""The gate before units are energized: first invoice paid, agreement signed, contract in force (rule 6.2, SF-06).

A deposit that opens the gate is a condition of its own, where the parties agreed on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.errors import Conflict
from contracts.domain.contract import Contract, ContractState
from contracts.domain.pricing import Plan


class EnergizeGateClosed(Conflict):
    """The unit must not run yet."""

    code = "energize_gate_closed"


@dataclass(frozen=True, slots=True)
class Required:
    """An agreement that this type of contract needs signed, from which version on a signature counts."""

    agreement_id: str
    name: str
    accepted_from_version: int


@dataclass(frozen=True, slots=True)
class Signatures:
    """What the customer signed: versions by agreement, and whether this contract's own document."""

    versions: dict[str, int]
    has_document: bool = False


@dataclass(frozen=True, slots=True)
class FirstInvoice:
    """The invoice of the first prepaid cycle of a unit, or one that charges a deposit."""

    number: str
    is_settled: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """For one unit: open, or what is missing, in words."""

    unit_id: str
    missing: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        return not self.missing


def missing_signatures(required: Sequence[Required], signed: Signatures) -> list[str]:
    """Each agreement that is to be signed still. The signed document of the contract itself stands for all of them."""
    if signed.has_document:
        return []
    if not required:
        return [] if signed.versions else ["the hosting agreement is not signed"]
    out = []
    for one in required:
        version = signed.versions.get(one.agreement_id)
        if version is None:
            out.append(f"the agreement {one.name} is not signed")
        elif version < one.accepted_from_version:
            out.append(
                f"the agreement {one.name} was changed after its signature: version {one.accepted_from_version} "
                f"is to be signed, version {version} is"
            )
    return out


def missing_deposit(contract: Contract, invoice: FirstInvoice | None) -> list[str]:
    """What is still to be done about a deposit that opens the gate; nothing where none was agreed to."""
    if contract.deposit is None or not contract.deposit.opens_gate:
        return []
    if invoice is None:
        return ["the deposit is not invoiced yet"]
    return [] if invoice.is_settled else [f"the deposit on invoice {invoice.number} is not paid"]


def gate_of(contract: Contract, unit_id: str, first: FirstInvoice | None, others: Sequence[str]) -> Gate:
    """The gate of one unit of the contract; `others` are missing for all of them (signatures, the deposit).

    A contract that bills usage has no first invoice to be paid.
    """
    missing: list[str] = []
    if contract.state is ContractState.SUSPENDED:
        missing.append("the contract is suspended")
    elif contract.state is not ContractState.ACTIVE:
        missing.append(f"the contract is {contract.state.value}")
    if contract.plan is Plan.PREPAID_31D:
        if first is None:
            missing.append("the first invoice is not made yet")
        elif not first.is_settled:
            missing.append(f"invoice {first.number} is not paid")
    missing.extend(others)
    return Gate(unit_id, tuple(missing))


def checked_open(gate: Gate, name: str) -> None:
    """Refuses to energize a unit whose gate is closed, and says why."""
    if not gate.is_open:
        raise EnergizeGateClosed(
            f"Unit {name} must not be energized: {'; '.join(gate.missing)}.",
            field="unit_id",
            remedy="see what is missing at the contract's energize-gate",
        )
