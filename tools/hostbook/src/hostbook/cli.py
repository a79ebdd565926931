"""The command line. A command's module is imported only when it is called, so that `hostbook status` stays quick."""

from __future__ import annotations

import importlib
from typing import Any, cast

import typer
from typer.core import TyperGroup

from hostbook.engines.errors import EngineTrouble

# Command -> where it lives: a function with typer's annotations, or a typer.Typer with commands of its own.
COMMANDS = {
    "up": "hostbook.engines.commands:up",
    "down": "hostbook.engines.commands:down",
    "status": "hostbook.engines.commands:status",
    "logs": "hostbook.engines.commands:logs",
    "run": "hostbook.engines.commands:run",
    "doctor": "hostbook.engines.commands:doctor",
    "demo": "hostbook.demo:demo",
    "customer": "hostbook.books.customers:customer",
    "unit": "hostbook.books.units:unit",
    "contract": "hostbook.books.contracts:contract",
    "invite": "hostbook.books.invitations:invite",
    "invitation": "hostbook.books.invitations:invitation",
    "member": "hostbook.books.members:member",
    "webhook": "hostbook.books.webhooks:webhook",
    "scenario": "hostbook.scenario:scenario",
    "import": "hostbook.importing:app",
    "simulate": "hostbook.simulate:simulate",
    "metering": "hostbook.rederiving:app",
    "trace": "hostbook.trace:trace",
    "bench": "hostbook.bench:bench",
    "specs": "hostbook.specs:specs",
    "collect": "hostbook.collect.command:app",
}


EXIT_AWAY = 2
PASSES_ON = {"allow_extra_args": True, "ignore_unknown_options": True}  # the rest is for the service's own command


class LazyCommands(TyperGroup):
    """Finds commands by the table above; what cannot be imported is not listed, and says why when called."""

    def list_commands(self, _ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        try:
            target = getattr(importlib.import_module(module), name)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            return None
        if not isinstance(target, typer.Typer):
            app = typer.Typer(add_completion=False)
            app.command(cmd_name, context_settings=PASSES_ON if cmd_name == "run" else None)(target)
            target = app
        return typer.main.get_command(target)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except EngineTrouble as trouble:
            typer.secho(trouble.what, fg="red", err=True)
            typer.echo(f"  {trouble.remedy}", err=True)
            raise typer.Exit(trouble.exit_code) from trouble
        except _transport_error() as error:
            typer.secho(f"The gateway does not answer: {error}.", fg="red", err=True)
            typer.echo("  `hostbook status` shows what runs here; the same command may be given again", err=True)
            raise typer.Exit(EXIT_AWAY) from error


def _transport_error() -> type[Exception]:
    """Looked for when something was raised: no command waits for the import."""
    return cast(type[Exception], importlib.import_module("httpx").TransportError)


app = typer.Typer(cls=LazyCommands, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def hostbook() -> None:
    """Billing for Bitcoin-mining hosts, on this machine."""
