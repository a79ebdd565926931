"""The table of `hostbook collect --check`."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from hostbook.collect.checking import Tried
from hostbook.collect.driver import Failure, MinerRead, OutletRead, OutletState, PduPoll
from hostbook.collect.scans import decimal_text

_FIRST = 3


def check_table(found: Iterable[Tried]) -> Table:
    """One row per device; what is wrong is red and says what to do."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("device", "model", "outlets", "first reads", "cannot read", "remarks"):
        table.add_column(title, overflow="fold", justify="right" if title == "outlets" else "left")
    for tried in found:
        table.add_row(
            tried.entry.name,
            _model(tried),
            _outlets(tried),
            _reads(tried),
            "; ".join(tried.cannot_read),
            _remarks(tried),
            style="" if tried.is_good else "red",
        )
    return table


def _outlets(tried: Tried) -> str:
    """How many, and which of them give no power."""
    if tried.identity is None or not tried.identity.outlets:
        return ""
    polls = tried.answer if isinstance(tried.answer, tuple) else ()
    off = sum(outlet.state is OutletState.OFF for poll in polls for outlet in poll.outlets)
    return f"{tried.identity.outlets} ({off} off)" if off else str(tried.identity.outlets)


def _model(tried: Tried) -> str:
    identity = tried.identity
    if identity is None:
        return f"({tried.entry.driver} at {tried.entry.address})"
    return " ".join(filter(None, (identity.model, identity.firmware, identity.serial)))


def _reads(tried: Tried) -> str:
    if isinstance(tried.answer, MinerRead):
        read = tried.answer
        parts = [read.status.value]
        parts += [f"{decimal_text(read.hashrate_ths)} TH/s"] if read.hashrate_ths is not None else []
        parts += [f"{read.power_w} W"] if read.power_w is not None else []
        return ", ".join(parts)
    if isinstance(tried.answer, tuple):
        return "\n".join(map(_first_outlets, tried.answer))
    return ""


def _first_outlets(poll: PduPoll) -> str:
    texts = [
        f"{_called(outlet)}: {_figure(outlet.energy_wh, 'Wh')} {_figure(outlet.power_w, 'W')} {outlet.state.value}"
        for outlet in poll.outlets[:_FIRST]
    ]
    return ", ".join(texts)


def _called(outlet: OutletRead) -> str:
    return str(outlet.number) if outlet.name == str(outlet.number) else f"{outlet.number} {outlet.name!r}"


def _figure(value: int | None, unit: str) -> str:
    return f"{value:,} {unit}" if value is not None else f"no {unit}"


def _remarks(tried: Tried) -> str:
    if tried.refused:
        where = f"{tried.refused.field}: " if tried.refused.field else ""
        return f"{where}{tried.refused.message} {tried.refused.remedy or ''}".strip()
    if isinstance(tried.answer, Failure):
        return f"{tried.answer.reason} {tried.answer.remedy}"
    return "; ".join(tried.notes)
