"""What the three imports have in common: files beside the file, the gateway, the bar, the exit code."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from common.errors import RuleBroken
from hostbook.client.pdus import every_pdu
from hostbook.demo.api import Api, ApiRefused
from hostbook.importing.checkpoint import Checkpoint
from hostbook.importing.columns import BadMap, Map
from hostbook.importing.faults import FaultFile
from hostbook.importing.groups import Target
from hostbook.importing.lines import Lines
from hostbook.importing.run import Count, Import

TAKEN, SOME_REFUSED, CANNOT_BEGIN, BROKEN_OFF = 0, 1, 2, 3
KEY_VARIABLE, ORGANIZATION_VARIABLE = "HOSTBOOK_API_KEY", "HOSTBOOK_ORGANIZATION"
console = Console(stderr=True, highlight=False)


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line."""

    file: Path
    url: str | None
    dry_run: bool
    again: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A map, and the target made of it once a gateway (or none, in a dry run) is known."""

    columns: Map
    target: Callable[[Api | None], Target]
    to: str = ""


def perform(wish: Wish, plan: Callable[[], Plan]) -> int:
    """The whole command; answers its exit code."""
    try:
        made = plan()
        if wish.dry_run and wish.url is None:
            return _dry(wish, made, None)
        with _api(wish) as api:
            return _dry(wish, made, api) if wish.dry_run else _real(wish, made, api)
    except ApiRefused as refused:
        console.print(f"[red]The gateway refuses ({refused.status}):[/] {refused.problem.get('detail')}")
        return CANNOT_BEGIN if refused.status in (401, 403, 404) else BROKEN_OFF
    except RuleBroken as error:
        console.print(f"[red]{error.message}[/] ({error.field}) -> {error.remedy}")
        return CANNOT_BEGIN
    except httpx.TransportError as error:
        console.print(f"[red]The gateway does not answer:[/] {error}. Run the same command again to go on.")
        return BROKEN_OFF
    except (EOFError, OSError, zlib.error) as error:
        console.print(f"[red]{wish.file} breaks off:[/] {error}")
        return BROKEN_OFF
    except KeyboardInterrupt:
        console.print("Stopped. Run the same command again to go on.")
        return BROKEN_OFF


def outlets_of(api: Api) -> Mapping[str, int]:
    """By name and by id, how many outlets each PDU has."""
    return {key: pdu["outlet_count"] for pdu in every_pdu(api) for key in (pdu["name"], pdu["id"])}


def _api(wish: Wish) -> Api:
    key = os.environ.get(KEY_VARIABLE)
    if wish.url is None:
        raise BadMap("Where the gateway is is not said.", field="--url", remedy="--url, or HOSTBOOK_URL; or --dry-run")
    if not key:
        raise BadMap("There is no API key.", field=KEY_VARIABLE, remedy=f"set {KEY_VARIABLE}; needs readings.write")
    api = Api(wish.url.rstrip("/"), key)
    if organization := os.environ.get(ORGANIZATION_VARIABLE):  # where the key is the platform's
        api.of_organization(organization)
    return api


def _dry(wish: Wish, plan: Plan, api: Api | None) -> int:
    lines = Lines(wish.file, plan.columns.file)
    target = plan.target(api)
    target.check(lines)
    faults = FaultFile(_beside(wish.file, "errors.csv"), from_line=1)
    with _bar(lines) as watch:
        count = Import(lines, target, faults, watch).dry()
    faults.close()
    lines.close()
    console.print(f"Dry run: {count.lines:,} lines would become {count.would_send:,} {target.noun}; nothing was sent.")
    return _told(faults)


def _real(wish: Wish, plan: Plan, api: Api) -> int:
    lines = Lines(wish.file, plan.columns.file)
    checkpoint = Checkpoint(_beside(wish.file, "checkpoint"), wish.file, plan.columns, f"{api.url} {plan.to}")
    if wish.again:
        checkpoint.forget()
    start = checkpoint.load()
    if start.is_done:
        console.print(f"{wish.file.name} is imported already ({start.accepted:,} taken). --again sends it once more.")
        return TAKEN
    if start.line > 1:
        console.print(f"Going on from line {start.line:,}.")
    target = plan.target(api)
    target.check(lines)
    faults = FaultFile(_beside(wish.file, "errors.csv"), from_line=start.line)
    try:
        with _bar(lines) as watch:
            count = Import(lines, target, faults, watch).run(api, checkpoint, start)
    finally:
        faults.close()
        lines.close()
    console.print(f"{count.lines:,} lines read, {count.accepted:,} {target.noun} taken.")
    return _told(faults)


def _told(faults: FaultFile) -> int:
    if faults.count:
        console.print(f"[yellow]{faults.count:,} faults[/] of lines are in {faults.path}.")
    return SOME_REFUSED if faults.count else TAKEN


def _beside(file: Path, ending: str) -> Path:
    return file.with_name(f"{file.name}.{ending}")


class _bar:
    """A bar of bytes read, with what was taken; nothing where nobody looks on."""

    def __init__(self, lines: Lines) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
        self._task = self._progress.add_task(lines.path.name, total=max(lines.size, 1))

    def __enter__(self) -> Callable[[Lines, Count], None]:
        self._progress.start()
        return self._moved

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def _moved(self, lines: Lines, count: Count) -> None:
        text = f"{count.lines:,} lines, {count.accepted:,} taken, {count.faults:,} faults"
        self._progress.update(self._task, completed=lines.read_bytes, description=text)
