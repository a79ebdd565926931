"""`/v1/contracts/{id}/...`: its document, attachments, versions, reminders, and the gate before its units run."""

import base64
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from common.http import Caller, OwnDatabase, Transaction, allow, new_router
from common.organizations import business_now
from contracts.api.paper_schemas import (
    AttachmentAnswer,
    AttachmentList,
    GateAnswer,
    NewAttachment,
    ReminderAnswer,
    ReminderList,
    VersionAnswer,
    VersionList,
)
from contracts.domain.attachments import AttachmentKindUnknown
from contracts.gateways.documents import Documents
from contracts.store import contracts, papers, past, units
from contracts.use_cases.attach_paper import attach_paper
from contracts.use_cases.describe_contract import describe_contract
from contracts.use_cases.energize_unit import energize_gates, missing_of

router = new_router("contracts")


def _documents(request: Request) -> Documents:
    return request.app.state.documents  # type: ignore[no-any-return]


Typeset = Annotated[Documents, Depends(_documents)]


@router.get(
    "/v1/contracts/{contract_id}/document",
    response_class=Response,
    **allow("contracts.read", transaction=False),
)
async def document(database: OwnDatabase, caller: Caller, contract_id: UUID, documents: Typeset) -> Response:
    """The contract as PDF, for signature. `X-Text-SHA256` is the digest of its words, `X-Document-SHA256` the file's:
    both change when the words do, and only then.

    Whoever may see the contract gets the same document, also with machines that are the host's.
    """
    async with database.transaction(caller.tenant) as tx:
        await contracts.get(tx, contract_id)
    async with database.of(caller.organization_id) as tx:
        content = await describe_contract(tx, caller.organization_id, await contracts.get(tx, contract_id))
    printed = await documents.document(content)
    headers = {"Content-Disposition": f'attachment; filename="{printed.file_name}"'}
    headers |= {"X-Text-SHA256": printed.text_sha256, "X-Document-SHA256": printed.file_sha256}
    return Response(printed.content, media_type="application/pdf", headers=headers)


@router.get("/v1/contracts/{contract_id}/versions", **allow("contracts.read"))
async def versions(tx: Transaction, caller: Caller, contract_id: UUID) -> VersionList:
    """The contract as it stood after every change, the oldest first; who did it and why is for the host alone."""
    await contracts.get(tx, contract_id)
    for_customer, rows = caller.customer_id is not None, await past.versions_of(tx, contract_id)
    return VersionList(items=[VersionAnswer.of_row(row, for_customer=for_customer) for row in rows])


@router.get("/v1/contracts/{contract_id}/reminders", **allow("contracts.read"))
async def reminders(tx: Transaction, contract_id: UUID) -> ReminderList:
    """What the parties were reminded of, and whether it was mailed."""
    await contracts.get(tx, contract_id)
    return ReminderList(items=[ReminderAnswer.of_row(row) for row in await papers.reminders_told(tx, contract_id)])


@router.get("/v1/contracts/{contract_id}/energize-gate", **allow("contracts.read"))
async def gate(tx: Transaction, caller: Caller, contract_id: UUID) -> GateAnswer:
    """Whether the contract's units may be energized, unit by unit, and what is missing (rule 6.2).

    The first invoice's payment, signatures in an accepted version, a deposit that opens the gate; the one word on it.
    """
    kept = await contracts.get(tx, contract_id)
    gates = await energize_gates(tx, kept)
    at = await business_now(tx, caller.organization_id)
    names = {str(m.unit_id): m.name for m in await units.of_ids(tx, [UUID(g.unit_id) for g in gates], at)}
    return GateAnswer.of(kept.contract, gates, names, await missing_of(tx, kept.contract))


@router.post("/v1/contracts/{contract_id}/attachments", status_code=201, **allow("contracts.write"))
async def attach(tx: Transaction, caller: Caller, contract_id: UUID, body: NewAttachment) -> AttachmentAnswer:
    """Attach a PDF or a picture. What it is says its content."""
    try:
        content = base64.b64decode(body.content, validate=True)
    except ValueError as error:  # also what is not ASCII
        raise AttachmentKindUnknown("The content is not base64.", field="content", remedy="base64 text") from error
    at = await business_now(tx, caller.organization_id)
    paper = body.name, content, body.is_internal
    row = await attach_paper(tx, caller.organization_id, contract_id, paper, by=caller.subject, at=at)
    return AttachmentAnswer.of_row(row)


@router.get("/v1/contracts/{contract_id}/attachments", **allow("contracts.read"))
async def attachments(tx: Transaction, caller: Caller, contract_id: UUID) -> AttachmentList:
    """What is attached; a customer sees what is shared with them."""
    await contracts.get(tx, contract_id)
    rows = await papers.of_contract(tx, contract_id, shared_only=caller.customer_id is not None)
    return AttachmentList(items=[AttachmentAnswer.of_row(row) for row in rows])


@router.get(
    "/v1/contracts/{contract_id}/attachments/{attachment_id}", response_class=Response, **allow("contracts.read")
)
async def attachment(tx: Transaction, caller: Caller, contract_id: UUID, attachment_id: UUID) -> Response:
    """The attached file itself; a browser saves it and never shows it within our pages."""
    row = await papers.attachment(tx, contract_id, attachment_id, shared_only=caller.customer_id is not None)
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(bytes(row.content), media_type=row.media_type, headers=headers)
