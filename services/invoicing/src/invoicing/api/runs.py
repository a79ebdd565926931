"""`/v1/billing-runs` and `/v1/billing-settings`: when and how invoices are made."""

from uuid import UUID

from fastapi import Response

from common.http import Caller, IfMatch, Transaction, allow, etag, new_router
from common.organizations import business_now, organization
from invoicing.api.money_schemas import SettingsAnswer, SettingsFields
from invoicing.api.schemas import NewRun, RunAnswer
from invoicing.store import runs
from invoicing.use_cases.billing_rules import rules_of
from invoicing.use_cases.start_run import Wanted, start_run
from invoicing.workflows.billing_calendar import client as calendar
from invoicing.workflows.billing_run import client

router = new_router("billing")


@router.post("/v1/billing-runs", status_code=202, **allow("invoices.write"))
async def run(tx: Transaction, caller: Caller, body: NewRun) -> RunAnswer:
    """Start a billing run; it goes on by itself, `GET` says how far it is."""
    at = await business_now(tx, caller.organization_id)
    wanted = Wanted(body.period, body.customer_id, body.skip_existing)
    run_id = await start_run(tx, caller.organization_id, wanted, at=at)
    await client.begin(tx, caller.organization_id, run_id, at=at)
    return RunAnswer.of(await runs.get(tx, run_id))


@router.get("/v1/billing-runs/{run_id}", **allow("invoices.read"))
async def read_run(tx: Transaction, run_id: UUID) -> RunAnswer:
    """How far a run is and what it made."""
    run = await runs.get(tx, run_id)
    return RunAnswer.of(run, None if run.state == "finished" else await runs.made(tx, run_id))


@router.get("/v1/billing-settings", **allow("invoices.read"))
async def read_settings(tx: Transaction, response: Response) -> SettingsAnswer:
    """The settings in force; version 0 are the ones every organization begins with."""
    body, version = await runs.settings_row(tx)
    response.headers.update(etag(version))
    return SettingsAnswer(**body, version=version)


@router.put("/v1/billing-settings", **allow("billing_settings.write"))
async def change_settings(
    tx: Transaction, caller: Caller, body: SettingsFields, version: IfMatch, response: Response
) -> SettingsAnswer:
    """Replace the settings; they hold for invoices made from now on."""
    host = await organization(tx, caller.organization_id)
    kept = body.model_dump(mode="json")
    rules_of(host, kept, version)
    new_version = await runs.save_settings(tx, caller.organization_id, kept, version)
    await calendar.begin(tx, caller.organization_id, at=host.now_at, reason="settings")
    response.headers.update(etag(new_version))
    return SettingsAnswer(**kept, version=new_version)
