"""`hostbook simulate site.json --speed 3600`: a site of any size as fakes, read by the real collector, in less time.

Fakes and collector are processes of their own with one clock, that lies in the past and runs `speed` times as fast.
With a stack (`hostbook up`), everything that the site needs is made through the gateway, in an organization in test
mode, and usage is compared with what the registers counted. Exit code 0 only if all was taken and both are equal.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console

from common.clock import wall_now
from common.errors import RuleBroken
from hostbook.collect.secret_store import SecretStore
from hostbook.collect.shared_clock import SharedClock
from hostbook.demo.api import Api, ApiRefused
from hostbook.demo.stages import Stages
from hostbook.engines.errors import EngineTrouble, NothingListens
from hostbook.engines.layout import chosen_state
from hostbook.engines.stack import Stack
from hostbook.simulate.create import Made, create
from hostbook.simulate.files import Folder, write_all
from hostbook.simulate.follow import Tally, drain, follow
from hostbook.simulate.plan import BadSite, SitePlan, read_site
from hostbook.simulate.processes import Processes
from hostbook.simulate.summary import compared, tell
from hostbook.simulate.world import Span

FASTEST = 100_000
NOWHERE = "http://127.0.0.1:9"
KEY_VARIABLE = "HOSTBOOK_API_KEY"
console = Console(highlight=False, soft_wrap=True)
if not console.is_terminal:
    console.width = 140  # a file or a pipe need not be narrow


def simulate(
    site: Annotated[Path, typer.Argument(help="the site, a JSON file; see docs/collectors-meters-and-miners.md")],
    speed: Annotated[int, typer.Option(min=1, max=FASTEST, help="simulated seconds in a real one")] = 3600,
    name: Annotated[str, typer.Option("--name", help="which stack: its state lies in .state/NAME")] = "local",
    url: Annotated[str | None, typer.Option(help=f"another gateway; a platform's key is {KEY_VARIABLE}")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="no gateway: what is read stays in the spool")] = False,
) -> None:
    """Run a site of any size as fakes against the real collector, at accelerated time."""
    try:
        plan = read_site(site)
        folder = Folder(chosen_state(name).path / "simulate" / plan.code)
        if offline:
            is_well = _run(plan, folder, speed, None)
        else:
            with _api(name, url) as api:
                is_well = _run(plan, folder, speed, api)
    except RuleBroken as error:
        console.print(f"[red]{error.message}[/] ({error.field}) -> {error.remedy}")
        raise typer.Exit(2) from None
    except (ApiRefused, httpx.TransportError) as error:
        console.print(f"[red]The gateway:[/] {error}. Is the stack up (hostbook up)? Without one: --offline")
        raise typer.Exit(2) from None
    except NothingListens as none:
        raise EngineTrouble(none.what, f"{none.remedy}; without one: --offline", exit_code=2) from None
    raise typer.Exit(0 if is_well else 1)


def _api(name: str, url: str | None) -> Api:
    if url is None:
        return Api.of_platform(Stack(chosen_state(name).path))
    key = os.environ.get(KEY_VARIABLE)
    if not key:
        raise BadSite("There is no API key.", field=KEY_VARIABLE, remedy="a platform administrator's key")
    return Api(url.rstrip("/"), key)


def _run(plan: SitePlan, folder: Folder, speed: int, api: Api | None) -> bool:
    span, stages = Span.of(plan), Stages(console)
    if span.ends_at > wall_now():
        raise BadSite(
            "The simulation would end in the future.", field="begins_at", remedy="begin earlier, or leave out"
        )
    made = create(api, plan, span, stages) if api is not None else None
    write_all(folder, plan, span, _gateway(api, made))
    _keep_secrets(folder, api)
    tally = _collected(plan, folder, span, speed, stages, drains=api is not None)
    rows = compared(api, plan, span, made) if api is not None and made is not None else None
    is_well = tell(console, plan, tally, rows)
    console.print(f"[dim]logs, spool and configuration: {folder.path}[/]")
    return is_well


def _collected(plan: SitePlan, folder: Folder, span: Span, speed: int, stages: Stages, *, drains: bool) -> Tally:
    """The simulated time, with a read of every device while the clock stands at its beginning and at its end."""
    tally, pdus = Tally(), frozenset(pdu.name for pdu in plan.all_pdus()) | dict(plan.all_meters()).keys()
    clock = SharedClock.make(folder.clock, span.begins_at, span.ends_at, speed)
    with Processes(folder) as processes:
        with stages.stage("first read of every device"):
            processes.fakes(plan)
            processes.collect_once()
            tally.add(folder, pdus)
            stages.note(f"{tally.polls} PDUs and meters, {tally.scans} miners")
        with stages.stage(f"{plan.hours} h at {speed} x"):
            processes.collector()
            clock.start()
            follow(console, folder, processes, clock, span)
            if drains:
                drain(folder, processes)
            processes.stop_collector()
            tally.add(folder, pdus)
            stages.note(f"{tally.polls:,} polls, {tally.taken:,} entries taken")
        with stages.stage("last read of every device"):
            processes.collect_once()
            tally.add(folder, pdus)
    return tally


def _gateway(api: Api | None, made: Made | None) -> dict[str, Any]:
    if api is None or made is None:
        return {"url": NOWHERE}
    return {"url": api.url, "organization": made.organization_id}


def _keep_secrets(folder: Folder, api: Api | None) -> None:
    store = SecretStore(folder.path / "secrets.json", folder.path / "collect.key")
    store.keep("gateway-key", api.key if api is not None else "none")
    store.keep("pdus.community", "public")
