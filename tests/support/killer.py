"""`kill -9` of one part of the stack after the other while something goes on; supervisord starts them again."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType

from hostbook.engines.stack import Stack


class Killer:
    """While the block runs, the parts are killed in turn, `apart_s` seconds from one another.

    At the end of the block the rest are killed too, and the block is left when all serve again.
    """

    def __init__(self, stack: Stack, parts: Sequence[str], *, apart_s: float, patience_s: float) -> None:
        self._stack, self._parts = stack, tuple(parts)
        self._apart_s, self._patience_s = apart_s, patience_s
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._trouble: Exception | None = None
        self.killed: list[tuple[str, int]] = []

    def __enter__(self) -> Killer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.join()
        if self._trouble is not None:
            raise self._trouble
        for part in self._parts:
            self._stack.wait_ready(part, timeout_s=self._patience_s)

    def _run(self) -> None:
        pause = threading.Event()
        try:
            for part in self._parts:
                pause.wait(self._apart_s)
                self.killed.append((part, self._stack.pid(part)))
                self._stack.kill(part)
        except Exception as trouble:  # told by the thread that waits for this one
            self._trouble = trouble
