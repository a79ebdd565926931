"""The copy of contracts: whose they are."""

from common.consuming import EventRouter
from common.db import Tx
from events.contracts import ContractActivated
from events.envelope import Envelope
from revenueguard.store import contracts

router = EventRouter()


@router.on(ContractActivated)
async def keep_contract(tx: Tx, event: ContractActivated, envelope: Envelope) -> None:
    await contracts.keep(tx, envelope.organization_id, event.contract_id, event.terms.customer_id)
