"""A part of the stack: one process, what it needs before it starts, and how to know that it serves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hostbook.engines.keys import Keys
from hostbook.engines.layout import StateFolder
from hostbook.engines.ports import Ports

SERVICES = ("identity", "customers", "contracts", "metering", "invoicing", "payments", "revenueguard", "quotes")
ENGINES = ("postgres", "kafka", "temporal")
FAKES = ("mail", "stripe", "otlp")
PARTS = (*ENGINES, *FAKES, *SERVICES, "gateway")


def _nothing() -> None:
    """Most parts need no preparation."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the definitions of parts are made from."""

    state: StateFolder
    ports: Ports
    keys: Keys
    parts: frozenset[str]
    durable: bool

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"


@dataclass(frozen=True, slots=True)
class Part:
    """`prepare` runs before the process starts and is safe to repeat; `provision` once it is ready."""

    name: str
    command: tuple[str, ...]
    directory: Path
    is_ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = _nothing
    provision: Callable[[], None] = _nothing
    stop_signal: str = "TERM"
    stop_wait_s: int = 15
