"""How `hostbook up` and `hostbook status` show a stack."""

from collections.abc import Iterable

from rich.table import Table

from hostbook.engines.part import ENGINES
from hostbook.engines.stack import Stack
from hostbook.engines.status import PartStatus


def status_table(rows: Iterable[PartStatus]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("part", "address", "state", "health"):
        table.add_column(title, no_wrap=title != "health")
    for title in ("pid", "MB", "restarts", "lag", "outbox"):
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row.name,
            row.address,
            row.state.lower(),
            _health(row),
            str(row.pid or ""),
            str(row.memory_mb or ""),
            str(row.restarts),
            _number(row.consumer_lag),
            _number(row.outbox_pending),
            style="" if row.ready else "dim" if row.state == "LEFT OUT" else "red",
        )
    return table


def addresses(stack: Stack) -> Table:
    """Where to look, for a person."""
    table = Table.grid(padding=(0, 2))
    if "gateway" in stack.names:
        table.add_row("API", stack.url("gateway"))
    if "temporal" in stack.names:
        table.add_row("Temporal's page", stack.url("temporal-ui"))
    if "mail" in stack.names:
        table.add_row("mail", f"{stack.url('mail-http')}  (files: {stack.mail_dir})")
    table.add_row("state", str(stack.state.path))
    table.add_row("logs", f"{stack.logs_dir}  (hostbook logs NAME -f; engines: {', '.join(ENGINES)})")
    return table


def _health(row: PartStatus) -> str:
    if row.ready:
        return "ready"
    if row.state == "LEFT OUT":
        return "not there yet"
    return "not ready" + (f": {', '.join(row.failing)}" if row.failing else "")


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
