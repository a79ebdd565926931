"""A contract's term: reminds, renews or ends it, each at its instant, and follows amendments (CB-09, CB-12, CB-13)."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from common.waiting import PATIENT, QUICK, Begin, Wakeable
    from contracts.workflows.contract_term.orders import TermAnswer, TermOrder

_WAKES_BEFORE_A_FRESH_START = 200


@workflow.defn(name="ContractTerm")
class ContractTerm(Wakeable):
    """One per contract, from activation to its end; what falls due next is asked anew at every wake."""

    @workflow.run
    async def run(self, begin: Begin) -> None:
        next_at = self.begin(begin)
        for _ in range(_WAKES_BEFORE_A_FRESH_START):
            wake = await self.sleep_until(next_at)
            order = TermOrder(begin.organization_id, begin.args["contract_id"], wake.at)
            answer: TermAnswer = await workflow.execute_activity(
                "reach_end", order, start_to_close_timeout=QUICK, retry_policy=PATIENT, result_type=TermAnswer
            )
            next_at = answer.next_at
            if answer.is_over and await self.finished():
                return
        await self.start_afresh(begin, next_at)
