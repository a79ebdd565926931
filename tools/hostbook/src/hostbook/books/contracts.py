"""`hostbook contract ...`: from the draft to the end (CB-26 to CB-47)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from contracts.domain.contract import ContractState, ContractType
from contracts.domain.pricing import Method
from contracts.domain.terms import TermKind
from hostbook.books.connection import books
from hostbook.books.contract_file import import_contracts
from hostbook.books.contract_tables import show, show_list
from hostbook.books.days import instant_at, today
from hostbook.books.names import (
    contract_of,
    customer_of,
    known_contracts,
    known_customers,
    known_sites,
    site_of,
    unit_of,
)
from hostbook.books.options import options
from hostbook.books.shown import AsJson, Search, Sort, gathered, print_json
from hostbook.client.contracts import (
    activate_contract,
    add_contract,
    amend_contract,
    end_contract,
    every_contract,
    put_contract_units,
)
from hostbook.client.shapes import ContractAnswer, EndIn
from hostbook.demo.api import Api
from hostbook.engines.errors import EngineTrouble

contract = typer.Typer(help="Agreements with customers, from draft to end.", no_args_is_help=True)
contract.command("import")(import_contracts)
Which = Annotated[str, typer.Argument(help="Number, reference or id.", autocompletion=known_contracts)]


@dataclass(frozen=True, slots=True)
class NewContract:
    """What a person says of a new contract; the rest stands in a file of terms."""

    customer: Annotated[str, typer.Option(help="Name or id.", autocompletion=known_customers)]
    type: Annotated[ContractType, typer.Option()] = ContractType.HOSTED
    start: Annotated[str | None, typer.Option(help="First day, such as 2025-03-01; blank: today.")] = None
    term: Annotated[TermKind, typer.Option()] = TermKind.MONTH_TO_MONTH
    rate: Annotated[str | None, typer.Option(help="Per kWh; blank: the site's, else the organization's.")] = None
    method: Annotated[list[Method] | None, typer.Option(help="In order of priority; repeat it.")] = None
    site: Annotated[str | None, typer.Option(help="Whose rate is copied.", autocompletion=known_sites)] = None
    unit: Annotated[list[str] | None, typer.Option(help="A machine to reserve; repeat it.")] = None
    auto_renew: Annotated[bool, typer.Option("--auto-renew")] = False
    reference: Annotated[str | None, typer.Option(help="Your own name for it.")] = None
    terms: Annotated[Path | None, typer.Option(exists=True, help="JSON file with any further terms.")] = None
    as_json: AsJson = False


@contract.command()
@options(NewContract)
def new(said: NewContract) -> None:
    """Draft a contract, and reserve its machines. Whatever has no option of its own goes into a terms file."""
    with books() as api:
        fields = {
            "customer_id": customer_of(api, said.customer)["id"],
            "type": said.type.value,
            "start_on": said.start or today(),
            "term": said.term.value,
            "auto_renew": said.auto_renew,
            "reference": said.reference,
            "rate_per_kwh": said.rate,
            "billing_methods": [method.value for method in said.method or ()] or None,
            "site_id": site_of(api, said.site)["id"] if said.site else None,
        }
        fields |= _further(said.terms)
        given: Any = {name: value for name, value in fields.items() if value is not None}
        made = add_contract(api, given)
        if said.unit:
            unit_ids = [unit_of(api, name)["id"] for name in said.unit]
            made = put_contract_units(api, made["id"], {"unit_ids": unit_ids}, made["version"])
        _answer(api, made, as_json=said.as_json)


def _further(terms: Path | None) -> dict[str, Any]:
    if terms is None:
        return {}
    try:
        said = json.loads(terms.read_text("utf-8"))
    except ValueError as error:
        raise EngineTrouble(f"{terms.name} is not JSON: {error}.", "one object with the API's fields") from error
    if not isinstance(said, dict):
        raise EngineTrouble(f"{terms.name} holds no object.", 'such as {"deposit": "500.00"}')
    return said


@contract.command()
def activate(which: Which, as_json: AsJson = False) -> None:
    """Activate a draft: it gets its number, its machines count from its first day."""
    with books() as api:
        draft = contract_of(api, which)
        _answer(api, activate_contract(api, draft["id"], {}), as_json=as_json)


@contract.command()
def amend(
    which: Which,
    since: Annotated[str, typer.Option("--from", help="A day, or an instant with its offset.")],
    rate: Annotated[str | None, typer.Option(help="The new rate per kWh.")] = None,
    reason: Annotated[str, typer.Option()] = "",
    terms: Annotated[Path | None, typer.Option(exists=True, help="JSON file with other new terms.")] = None,
    as_json: AsJson = False,
) -> None:
    """New terms from an instant on; what was before stays."""
    with books() as api:
        found = contract_of(api, which)
        body: Any = {"effective_at": instant_at(since, found["terms"]["timezone"]), "reason": reason} | _further(terms)
        if rate is not None:
            body["rate_per_kwh"] = rate
        _answer(api, amend_contract(api, found["id"], body), as_json=as_json)


@contract.command()
def end(
    which: Which,
    on: Annotated[str, typer.Option(help="The last day that counts.")],
    reason: Annotated[str, typer.Option()],
    waive_fee: Annotated[bool, typer.Option("--waive-fee", help="Without the agreed fee of an early end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set the last day; on the day after it the machines are free."""
    with books() as api:
        found = contract_of(api, which)
        body = EndIn(end_on=on, reason=reason, waive_exit_fee=waive_fee)
        _answer(api, end_contract(api, found["id"], body), as_json=as_json)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which contracts."""

    customer: Annotated[str | None, typer.Option(autocompletion=known_customers)] = None
    state: Annotated[list[ContractState] | None, typer.Option(help="Repeat it for several.")] = None
    type: Annotated[list[ContractType] | None, typer.Option(help="Repeat it for several.")] = None
    site: Annotated[str | None, typer.Option(autocompletion=known_sites)] = None
    ends_until: Annotated[str | None, typer.Option(help="The last day at most this one.")] = None
    search: Search = None
    sort: Sort = None
    as_json: AsJson = False


@contract.command("list")
@options(Wanted)
def list_contracts(said: Wanted) -> None:
    """Contracts, all or those asked for."""
    with books() as api:
        wanted: dict[str, Any] = {
            "customer_id": customer_of(api, said.customer)["id"] if said.customer else None,
            "state": [one.value for one in said.state or ()] or None,
            "type": [one.value for one in said.type or ()] or None,
            "site_id": site_of(api, said.site)["id"] if said.site else None,
            "ends_to_on": said.ends_until,
            "q": said.search,
            "sort": said.sort,
        }
        found = gathered(every_contract(api, **wanted), "contracts")
        if said.as_json:
            print_json(found)
        else:
            show_list(api, found)


@contract.command("show")
def show_one(which: Which, as_json: AsJson = False) -> None:
    """One contract: its terms, machines, and what keeps them from running."""
    with books() as api:
        _answer(api, contract_of(api, which), as_json=as_json)


@contract.command()
def document(
    which: Which,
    out: Annotated[Path | None, typer.Option(help="Where to; blank: its number.pdf here.")] = None,
) -> None:
    """Write the contract's document, for signature."""
    with books() as api:
        found = contract_of(api, which)
        file = out or Path(f"contract-{found['number'] or found['id']}.pdf")
        file.write_bytes(api.download(f"/v1/contracts/{found['id']}/document"))
    typer.echo(f"{file} written")


def _answer(api: Api, found: ContractAnswer, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        show(api, found)
