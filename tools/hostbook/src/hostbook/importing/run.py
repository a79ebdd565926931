"""An import from its first line to its last: gather, send, note how far it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hostbook.demo.api import Api
from hostbook.importing.checkpoint import Checkpoint, Progress
from hostbook.importing.faults import BadLine, FaultFile, LineFault
from hostbook.importing.groups import Entry, Target
from hostbook.importing.lines import Lines, Row


@dataclass(slots=True)
class Count:
    """What an import came to so far."""

    lines: int = 0
    accepted: int = 0
    faults: int = 0
    would_send: int = 0


Watch = Callable[[Lines, Count], None]


class Import:
    """One run over a file; without a gateway it is a dry one."""

    def __init__(self, lines: Lines, target: Target, faults: FaultFile, watch: Watch) -> None:
        self._lines, self._target, self._faults, self._watch = lines, target, faults, watch
        self.count = Count()

    def dry(self) -> Count:
        """Reads and checks every line, sends nothing."""
        for row in self._lines.rows(Progress().place):
            self._take(row)
            self.count.would_send += len(self._target.due(everything=False))
            self._watched()
        self.count.would_send += len(self._target.due(everything=True))
        return self.count

    def run(self, api: Api, checkpoint: Checkpoint, start: Progress) -> Count:
        """From where the last run ended; progress is noted after each call that was answered."""
        self.count.accepted = start.accepted
        last: Row | LineFault | None = None
        for last in self._lines.rows(start.place):
            self._take(last)
            due = self._target.due(everything=False)
            if due:
                self._send(api, due)
                place = self._target.first_open()
                if place is not None:
                    checkpoint.keep(Progress(place.line, place.offset, self.count.accepted))
            self._watched()
        self._send(api, self._target.due(everything=True))
        end = last.line + 1 if last is not None else start.line
        checkpoint.keep(Progress(end, start.offset, self.count.accepted, is_done=True))
        return self.count

    def _take(self, row: Row | LineFault) -> None:
        self.count.lines += 1
        if isinstance(row, LineFault):
            self._add(row)
            return
        try:
            self._target.take(row)
        except BadLine as error:
            self._add(LineFault.of(row.line, error, row.text))

    def _add(self, fault: LineFault) -> None:
        self._faults.add(fault)
        self.count.faults = self._faults.count

    def _send(self, api: Api, entries: list[Entry]) -> None:
        size = self._target.batch
        for begin in range(0, len(entries), size):
            sent = self._target.send(api, entries[begin : begin + size])
            self.count.accepted += sent.accepted
            for fault in sent.faults:
                self._add(fault)
            self._watch(self._lines, self.count)

    def _watched(self) -> None:
        if self.count.lines % 1000 == 0:
            self._watch(self._lines, self.count)
