"""A contract that rests for a while: its term runs on, what its units use is billed, but none is energized.

Whole local days of rest cost no fixed amount and no minimum; invoicing counts them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from common.clock import instant_text
from common.errors import Conflict
from contracts.domain.activation import checked_active
from contracts.domain.contract import Contract, ContractState
from contracts.domain.former import Rest


class AlreadySuspended(Conflict):
    """It rests already."""

    code = "already_suspended"


class NotSuspended(Conflict):
    """Only what rests is resumed."""

    code = "not_suspended"


def suspended(contract: Contract, at: datetime) -> Contract:
    """The contract from an instant on at rest."""
    if checked_active(contract).state is ContractState.SUSPENDED:
        since = instant_text(contract.suspended_at) if contract.suspended_at else "before"
        raise AlreadySuspended(f"The contract rests since {since}.", field="state", remedy="resume it")
    return replace(contract, state=ContractState.SUSPENDED, suspended_at=at)


def resumed(contract: Contract, at: datetime) -> Contract:
    """The contract active again from an instant on; the time of its rest stays known."""
    if contract.state is not ContractState.SUSPENDED:
        raise NotSuspended(f"The contract is {contract.state.value}.", field="state", remedy="a suspended contract")
    since = contract.suspended_at
    rests = (*contract.rests, Rest(since, at)) if since is not None and since < at else contract.rests
    return replace(contract, state=ContractState.ACTIVE, suspended_at=None, rests=rests)
