"""Ask the processor what became of an attempt. Runs between two transactions, never inside one."""

from datetime import datetime

from payments.domain.attempts import AttemptStatus
from payments.domain.outcomes import Outcome
from payments.domain.resolution import Step, concluded, conclusive, steps
from payments.gateways.processor import PaymentProcessor
from payments.use_cases.begin_attempt import Begun


async def ask_processor(processor: PaymentProcessor, begun: Begun, at: datetime) -> Outcome:
    """The first call charges; later ones repeat it with the same key, or look. `at` is the wall clock."""
    order, attempt = begun.order, begun.attempt
    if begun.is_first_call:
        return await processor.charge(order)
    if attempt.status is AttemptStatus.PROCESSING and order.reference:
        return await processor.look(order.reference)
    age = at - attempt.called_at
    if Step.REPEAT in steps(age):
        repeated = await processor.charge(order)
        if conclusive(repeated):
            return repeated
    found = await (processor.look(order.reference) if order.reference else processor.find(order, attempt.called_at))
    return concluded(found, age)
