"""How a workflow waits for business time. Safe to import from workflow modules: standard library and temporalio only.

A workflow of ours is started and woken by one signal, `wake`. It waits with `sleep_until`: a Temporal timer for a live
organization; for one in test mode the wait is a row in the service's `wakeups` table, and the advance signals it.
Every wake that was dealt with is reported at the next rest, so that "has everything settled?" has an exact answer.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NoReturn

from temporalio import workflow
from temporalio.common import RetryPolicy

DUE = "due"
QUICK = timedelta(seconds=30)
PATIENT = RetryPolicy(initial_interval=timedelta(milliseconds=300), maximum_interval=timedelta(seconds=20))


@dataclass
class Wake:
    """Why a workflow is woken: `reason` (an event's name, or `due`), and the business instant `at` it acts at."""

    id: str
    reason: str
    at: datetime
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass
class Begin:
    """Input of every workflow: whose it is, its business arguments, and wakes carried over a continue-as-new."""

    organization_id: str
    args: dict[str, Any] = field(default_factory=dict)
    pending: list[Wake] = field(default_factory=list)


@dataclass
class Rest:
    """A workflow comes to rest: these wakes are dealt with; wake it again at `due_at`, if given."""

    organization_id: str
    workflow: str
    workflow_id: str
    wakeup_id: str
    handled: list[str]
    due_at: datetime | None


class Wakeable:
    """What a workflow class inherits: the `wake` signal, `sleep_until` and `finished`."""

    def __init__(self) -> None:
        self._organization_id = ""
        self._wakes: list[Wake] = []
        self._seen: set[str] = set()
        self._handled: list[str] = []

    def begin(self, begin: Begin) -> datetime | None:
        """Call first in `run`: take over the input. Answers until when the history before this one was waiting."""
        self._organization_id = begin.organization_id
        self._wakes = [*begin.pending, *self._wakes]
        self._seen.update(w.id for w in begin.pending)
        due_at = begin.args.get("due_at")
        return datetime.fromisoformat(due_at) if due_at else None

    @workflow.signal
    def wake(self, wake: Wake) -> None:
        if wake.id not in self._seen:
            self._seen.add(wake.id)
            self._wakes.append(wake)

    async def start_afresh(self, begin: Begin, due_at: datetime | None) -> NoReturn:
        """Go on in a fresh history, waiting until `due_at`; wakes that were not taken yet go along."""
        await self._rest(due_at)
        args = {**begin.args, "due_at": due_at.isoformat() if due_at else None}
        workflow.continue_as_new(Begin(begin.organization_id, args, list(self._wakes)))

    async def sleep_until(self, due_at: datetime | None) -> Wake:
        """The next wake: one that was sent, or `due` when the instant has come. None waits for a wake alone."""
        while True:
            while self._wakes:
                wake = self._wakes.pop(0)
                self._handled.append(wake.id)
                replaced = wake.reason == DUE and (due_at is None or wake.at < due_at)
                if not replaced:
                    return wake
            wait_s = await self._rest(due_at)
            timeout = None if wait_s is None else timedelta(seconds=wait_s)
            try:
                await workflow.wait_condition(lambda: bool(self._wakes), timeout=timeout)
            except TimeoutError:
                assert due_at is not None
                return Wake(id="", reason=DUE, at=due_at)

    async def finished(self) -> bool:
        """Report everything as dealt with; false when another wake came meanwhile and the workflow must go on."""
        await self._rest(None)
        return not self._wakes

    async def _rest(self, due_at: datetime | None) -> float | None:
        handled, self._handled = [h for h in self._handled if h], []
        me, wakeup_id = workflow.info(), str(workflow.uuid4())
        rest = Rest(self._organization_id, me.workflow_type, me.workflow_id, wakeup_id, handled, due_at)
        answer: Any = float | None
        wait_s: float | None = await workflow.execute_activity(
            "rest", rest, start_to_close_timeout=QUICK, retry_policy=PATIENT, result_type=answer
        )
        return wait_s
