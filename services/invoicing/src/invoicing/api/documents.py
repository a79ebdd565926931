"""Documents of invoices, and the credit notes that correct them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from common.errors import NotFound
from common.http import Caller, OwnDatabase, Transaction, allow, new_router
from common.money import decimal_of
from common.organizations import business_now
from invoicing.api.invoices import seen
from invoicing.api.money_schemas import NewNote, NoteAnswer, NoteList
from invoicing.gateways.documents import Documents, file_name
from invoicing.store import credit_notes
from invoicing.use_cases.billing_rules import billing_rules
from invoicing.use_cases.credit_invoice import Wanted, credit_invoice
from invoicing.use_cases.present_invoice import notes_of, printed_invoice, printed_note

router = new_router("documents")


def _documents(request: Request) -> Documents:
    return request.app.state.documents  # type: ignore[no-any-return]


Typeset = Annotated[Documents, Depends(_documents)]


def _pdf(document: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(document, media_type="application/pdf", headers=headers)


@router.get("/v1/invoices/{invoice_id}/pdf", response_class=Response, **allow("invoices.read", transaction=False))
async def pdf(database: OwnDatabase, caller: Caller, invoice_id: UUID, documents: Typeset) -> Response:
    """The document; written now if it never was."""
    async with database.transaction(caller.tenant) as tx:
        await seen(tx, caller, invoice_id)
        printed = await printed_invoice(tx, caller.organization_id, invoice_id)
    document = await documents.document(caller.organization_id, printed.content)
    return _pdf(document, file_name(printed.content))


@router.post("/v1/invoices/{invoice_id}/credit-notes", status_code=201, **allow("invoices.cancel"))
async def give_note(tx: Transaction, caller: Caller, invoice_id: UUID, body: NewNote) -> NoteAnswer:
    """Correct an issued invoice: the note lowers what is owed of it, the rest becomes credit (rule 7.3)."""
    at = await business_now(tx, caller.organization_id)
    prefix = (await billing_rules(tx, caller.organization_id)).preferences.credit_note_prefix
    wanted = Wanted(invoice_id, decimal_of(body.amount, field="amount"), body.reason, prefix)
    return NoteAnswer.of(await credit_invoice(tx, caller.organization_id, wanted, at=at))


@router.get("/v1/invoices/{invoice_id}/credit-notes", **allow("invoices.read"))
async def list_notes(tx: Transaction, caller: Caller, invoice_id: UUID) -> NoteList:
    """The credit notes of an invoice, the oldest first."""
    await seen(tx, caller, invoice_id)
    return NoteList(items=[NoteAnswer.of(note) for note in await notes_of(tx, invoice_id)], next=None)


@router.get(
    "/v1/invoices/{invoice_id}/credit-notes/{note_id}/pdf",
    response_class=Response,
    **allow("invoices.read", transaction=False),
)
async def note_pdf(
    database: OwnDatabase, caller: Caller, invoice_id: UUID, note_id: UUID, documents: Typeset
) -> Response:
    """The document of a credit note."""
    async with database.transaction(caller.tenant) as tx:
        note = await credit_notes.get(tx, note_id)
        if note.note.invoice_id != str(invoice_id):
            raise NotFound(f"There is no credit note {note_id} of this invoice.", field="note_id")
        content = await printed_note(tx, caller.organization_id, note)
    return _pdf(await documents.document(caller.organization_id, content), file_name(content))
