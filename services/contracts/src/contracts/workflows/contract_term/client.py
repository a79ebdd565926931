"""How the rest of the service reaches the workflow that ends or renews a contract."""

from datetime import datetime
from uuid import UUID

from common import wakeups
from common.db import Tx

WORKFLOW = "ContractTerm"


def workflow_id(contract_id: UUID) -> str:
    """One term workflow per contract."""
    return f"contract-term/{contract_id}"


async def begin(tx: Tx, organization_id: UUID, contract_id: UUID, *, at: datetime) -> None:
    args = {"contract_id": str(contract_id)}
    target = (WORKFLOW, workflow_id(contract_id))
    await wakeups.start(tx, organization_id, target, at=at, reason="activated", args=args)


async def tell(tx: Tx, organization_id: UUID, contract_id: UUID, *, at: datetime, reason: str) -> None:
    """Wake it: the end may have moved."""
    target = (WORKFLOW, workflow_id(contract_id))
    await wakeups.signal(tx, organization_id, target, at=at, reason=reason, payload={})
