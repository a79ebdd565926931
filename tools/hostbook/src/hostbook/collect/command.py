"""`hostbook collect`: the collector of a site, its check, its secrets, and what the gateway refused."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console

from common.clock import instant_text
from common.errors import RuleBroken
from hostbook.collect.adopting import adopted, told_together
from hostbook.collect.checking import Tried, plain, try_all
from hostbook.collect.config import Config, read_config
from hostbook.collect.registered import Registered, ask_whole, last_known, refitted
from hostbook.collect.running import collect, collect_once, key_of, log_to_stderr
from hostbook.collect.secret_store import SecretStore
from hostbook.collect.spool.store import Spool
from hostbook.collect.table import check_table
from hostbook.collect.uplink import Uplink

ConfigPath = Annotated[Path, typer.Option("--config", "-c", help="The collector's configuration (YAML or JSON).")]
DEFAULT = Path("collect.yaml")
_WIDE = 200

app = typer.Typer(add_completion=False, no_args_is_help=False, help="The collector of a site.")
secret = typer.Typer(add_completion=False, no_args_is_help=True, help="Credentials, encrypted at rest.")
app.add_typer(secret, name="secret")


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    config: ConfigPath = DEFAULT,
    check: Annotated[bool, typer.Option("--check", help="Try every device once and print a table.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Read every device once, send, and end.")] = False,
    devices_only: Annotated[bool, typer.Option("--devices-only", help="With --check: do not ask the gateway.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --check: everything, for programs.")] = False,
) -> None:
    """Read the site's PDUs, meters and miners, and bring every read to the gateway (one process per site)."""
    context.obj = config
    if context.invoked_subcommand is not None:
        return
    log_to_stderr()
    settings, secrets = _opened(config)
    with _explained():
        if check:
            raise typer.Exit(asyncio.run(_check(settings, secrets, not devices_only, as_json)))
        if once:
            raise typer.Exit(0 if asyncio.run(collect_once(settings, secrets)) else 1)
        asyncio.run(collect(settings, secrets))


@secret.command("set")
def set_secret(context: typer.Context, name: str) -> None:
    """Keep a secret; it is asked for, or read from standard input."""
    store = _opened(context.obj)[1]
    value = typer.prompt(name, hide_input=True) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    with _explained():
        store.keep(name, value)


@secret.command("list")
def list_secrets(context: typer.Context) -> None:
    """The names of all secrets."""
    for name in sorted(_opened(context.obj)[1]):
        typer.echo(name)


@secret.command("forget")
def forget_secret(context: typer.Context, name: str) -> None:
    """Remove a secret."""
    store = _opened(context.obj)[1]
    with _explained():
        store.forget(name)


@app.command("refused")
def refused(
    context: typer.Context,
    send_again: Annotated[
        bool, typer.Option("--send-again", help="Put everything back in line, after the cause was mended.")
    ] = False,
    limit: Annotated[int, typer.Option(help="How many to show.")] = 20,
) -> None:
    """What the gateway did not take, and why."""
    settings = _opened(context.obj)[0]
    spool = Spool(settings.path(settings.spool))
    if send_again:
        registered = last_known(settings.path(settings.spool))
        moved = spool.send_again(lambda entry: refitted(entry, registered))
        typer.echo(f"{moved} entries are in line again.")
        return
    for entry in spool.refused(limit):
        about = f"{entry.entry.device} {instant_text(entry.entry.at)}"
        typer.echo(f"{about}: {entry.field}: {entry.reason} {entry.remedy}")


@app.command("forget")
def forget(context: typer.Context, device: str) -> None:
    """Learn a device's outlets and serial number anew: after the PDU was replaced."""
    settings = _opened(context.obj)[0]
    Spool(settings.path(settings.spool)).forget_places(device)


def _opened(path: Path) -> tuple[Config, SecretStore]:
    with _explained():
        config = read_config(path)
        return config, SecretStore(config.path(config.secrets), config.path(config.key_file))


@contextmanager
def _explained() -> Iterator[None]:
    """What is refused ends the command with a sentence instead of a traceback."""
    try:
        yield
    except RuleBroken as bad:
        raise typer.Exit(_say(bad)) from None


def _say(bad: RuleBroken) -> int:
    where = f"{bad.field}: " if bad.field else ""
    typer.secho(f"{where}{bad.message}", fg="red", err=True)
    if bad.remedy:
        typer.echo(f"  {bad.remedy}", err=True)
    return 2


async def _check(file: Config, secrets: Mapping[str, str], with_gateway: bool, as_json: bool) -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    registered, skew, trouble = await _gateway(file, secrets) if with_gateway else (None, None, None)
    known = await asyncio.to_thread(last_known, file.path(file.spool)) if registered is None else registered
    adoption = adopted(file, known)
    found = await try_all(adoption.config, adoption.config.devices, secrets, registered)
    told = Told(adoption.config.site, known.settings.get("version"), told_together(adoption.faults), skew, trouble)
    if as_json:
        typer.echo(json.dumps({**told.plain(), "devices": [*map(plain, found)]}))
    else:
        _print(found, told, with_gateway)
    return 0 if all(tried.is_good for tried in found) and not trouble and not adoption.faults else 1


@dataclass(frozen=True, slots=True)
class Told:
    """What the check found beside the devices; `faults` are in what is set at Hostbook."""

    site: str | None
    version: int | None
    faults: str | None
    skew: float | None
    trouble: str | None

    def plain(self) -> dict[str, Any]:
        return {
            "gateway": {"clock_ahead_s": self.skew, "trouble": self.trouble},
            "configuration": {"site": self.site, "version": self.version, "trouble": self.faults},
        }


def _print(found: list[Tried], told: Told, with_gateway: bool) -> None:
    console = Console(soft_wrap=False) if sys.stdout.isatty() else Console(width=_WIDE)
    console.print(check_table(found))
    good = sum(tried.is_good for tried in found)
    console.print(f"\n{good} of {len(found)} devices answer.")
    if told.version is not None:
        console.print(f"configuration: {told.site or 'no site'}, version {told.version} at Hostbook")
    if told.faults:
        console.print(f"configuration: refused, and the one before kept: {told.faults}", style="red", markup=False)
    if with_gateway and told.trouble:
        console.print(f"gateway: {told.trouble}", style="red", markup=False)
    elif with_gateway:
        skew = told.skew
        ahead = "" if skew is None else f"; this machine's clock is {abs(skew)} s {'ahead' if skew >= 0 else 'behind'}"
        console.print(f"gateway: answers{ahead}")


async def _gateway(config: Config, secrets: Mapping[str, str]) -> tuple[Registered | None, float | None, str | None]:
    try:
        key = key_of(config, secrets)
    except RuleBroken as bad:
        return None, None, f"{bad.message} {bad.remedy}"
    async with Uplink(config.gateway, key) as uplink:
        registered = await ask_whole(uplink, config, _configured(config))
        skew = round(uplink.skew.total_seconds(), 1) if uplink.skew is not None else None
        return (None if registered.trouble else registered), skew, registered.trouble


def _configured(config: Config) -> set[str] | None:
    """The names of the PDUs that are read; None for all of the site."""
    if config.devices_from != "file":
        return None
    return {name for one in config.devices for name in (*(one.units or {}).values(), one.name)}
