"""One line per stage: what it is, how it goes on, how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status


class Stages:
    """Prints a line when a stage ends; while it lasts, a moving one where there is a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._title = ""
        self._said = ""

    @contextmanager
    def stage(self, title: str) -> Iterator[None]:
        started, self._title, self._said = time.monotonic(), title, ""
        with self._console.status(title) as self._status:
            yield
        self._status = None
        self._console.print(f"[green]✓[/] {title:<34} {time.monotonic() - started:6.1f} s  [dim]{self._said}[/]")

    def note(self, text: str) -> None:
        """What the running stage is at; the last one stays on its line."""
        self._said = text
        if self._status is not None:
            self._status.update(f"{self._title}: {text}")

    def happened(self, day: str, text: str) -> None:
        """Something that a day of the story brought."""
        self._console.print(f"    [cyan]{day}[/]  {text}")
