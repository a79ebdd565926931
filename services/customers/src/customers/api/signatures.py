"""`/v1/customers/{id}/agreements`: what a customer has signed, and has to sign."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import Request
from pydantic import AwareDatetime, BaseModel, Field, field_validator

from common.auth import Principal
from common.clock import day_start
from common.db import Tx, new_id
from common.errors import Forbidden
from common.http import Body, Caller, Transaction, allow, new_router
from common.organizations import organization
from customers.api.agreements import Standing, standings
from customers.api.uploads import Upload
from customers.domain.agreement import BadAgreement, Signature, Way
from customers.store import agreements, customers, documents
from customers.use_cases.sign_agreement import keep_signature, sign_agreement

router = new_router("agreements")
PLACE = "/v1/customers/{customer_id}/agreements"


class Click(Body):
    """The signer's full name, and exactly what was read: version and fingerprint as the agreement showed them."""

    signed_by: str = Field(min_length=2, max_length=120, examples=["A. Signer"])
    version: int = Field(ge=1)
    text_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    accepts: bool = Field(strict=True, description="That the signer agrees, said by themselves: true.")

    @field_validator("accepts")
    @classmethod
    def _agreed(cls, value: bool) -> bool:
        if not value:
            raise ValueError("Nothing is signed without the signer's word: true")
        return value


class Paper(Body):
    """A signed paper, scanned as PDF: which version it is of, who signed it, and on which day."""

    version: int = Field(ge=1)
    signed_by: str = Field(min_length=2, max_length=120, examples=["A. Signer"])
    signed_on: date = Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))
    file: Upload


class SignatureAnswer(BaseModel):
    """Evidence of a signature. `address` is the network address it came from."""

    id: UUID
    agreement_id: UUID | None
    contract_id: UUID | None
    version: int
    text_sha256: str
    signed_by: str
    signed_at: AwareDatetime
    way: Way
    subject: str
    address: str | None
    document_id: UUID | None

    @classmethod
    def of(cls, signature: Signature) -> SignatureAnswer:
        return cls(**{name: getattr(signature, name) for name in cls.model_fields})


class AgreementsOfCustomer(BaseModel):
    """How the customer stands, and every signature there is."""

    standings: list[Standing]
    signatures: list[SignatureAnswer]


@router.get(PLACE, **allow("agreements.read"))
async def list_signed(tx: Transaction, customer_id: UUID) -> AgreementsOfCustomer:
    """What is signed, missing, outdated or altered since."""
    await customers.get(tx, customer_id)
    signatures = [SignatureAnswer.of(s) for s in await agreements.signatures_of(tx, customer_id)]
    return AgreementsOfCustomer(standings=await standings(tx, customer_id), signatures=signatures)


@router.post(PLACE + "/{agreement_id}/sign", status_code=201, **allow("agreements.sign"))
async def sign(
    tx: Transaction, caller: Caller, request: Request, customer_id: UUID, agreement_id: UUID, body: Click
) -> SignatureAnswer:
    """Sign by click, in the portal: the customer's own people alone, and the newest text alone."""
    made = await _click(tx, caller, request, customer_id, body)
    signature = Signature(agreement_id=agreement_id, **made)
    return SignatureAnswer.of(await sign_agreement(tx, caller.organization_id, signature, at=made["signed_at"]))


@router.post(PLACE + "/{agreement_id}/upload", status_code=201, **allow("agreements.write"))
async def upload(
    tx: Transaction, caller: Caller, request: Request, customer_id: UUID, agreement_id: UUID, body: Paper
) -> SignatureAnswer:
    """Keep a paper that came back signed: a PDF of at most 8 MB without active content."""
    text = await agreements.version_of(tx, agreement_id, body.version)
    made, at = await _paper(tx, caller, request, customer_id, body)
    signature = Signature(agreement_id=agreement_id, **made | {"text_sha256": text.text_sha256})
    return SignatureAnswer.of(await keep_signature(tx, caller.organization_id, signature, at=at))


CONTRACT = "/v1/customers/{customer_id}/contracts/{contract_id}"


@router.post(CONTRACT + "/sign", status_code=201, **allow("agreements.sign"))
async def sign_contract(
    tx: Transaction, caller: Caller, request: Request, customer_id: UUID, contract_id: UUID, body: Click
) -> SignatureAnswer:
    """Sign the document of a contract by click; `text_sha256` is the fingerprint of the PDF that was read."""
    made = await _click(tx, caller, request, customer_id, body)
    signature = Signature(agreement_id=None, contract_id=contract_id, **made)
    return SignatureAnswer.of(await keep_signature(tx, caller.organization_id, signature, at=made["signed_at"]))


@router.post(CONTRACT + "/upload", status_code=201, **allow("agreements.write"))
async def upload_contract(
    tx: Transaction, caller: Caller, request: Request, customer_id: UUID, contract_id: UUID, body: Paper
) -> SignatureAnswer:
    """Keep a contract's document that came back signed on paper."""
    made, at = await _paper(tx, caller, request, customer_id, body)
    signature = Signature(agreement_id=None, contract_id=contract_id, **made)
    return SignatureAnswer.of(await keep_signature(tx, caller.organization_id, signature, at=at))


async def _click(tx: Tx, caller: Principal, request: Request, customer_id: UUID, body: Click) -> dict[str, Any]:
    """What a click proves: who, when, from where, of what."""
    if caller.customer_id is None:
        remedy = "the customer signs in the portal; a signed paper is uploaded"
        raise Forbidden("The host does not sign for a customer.", field="signed_by", remedy=remedy)
    await customers.get(tx, customer_id)
    at = (await organization(tx, caller.organization_id)).now_at
    return {
        "id": new_id(),
        "customer_id": customer_id,
        "version": body.version,
        "text_sha256": body.text_sha256,
        "signed_by": body.signed_by,
        "signed_at": at,
        "way": Way.CLICK,
        "subject": caller.subject,
        "address": address_of(caller.address, request),
    }


async def _paper(
    tx: Tx, caller: Principal, request: Request, customer_id: UUID, body: Paper
) -> tuple[dict[str, Any], datetime]:
    """What a paper proves, its file kept; and the instant at which it was handed in."""
    await customers.get(tx, customer_id)
    file, host = body.file.file("file", only_pdf=True), await organization(tx, caller.organization_id)
    signed_at = day_start(body.signed_on, host.timezone)
    if signed_at > host.now_at:
        raise BadAgreement(f"{body.signed_on} has not come yet.", field="signed_on", remedy="today or a day before")
    document_id = await documents.add(tx, caller.organization_id, file, customer_id=customer_id)
    made = {
        "id": new_id(),
        "customer_id": customer_id,
        "version": body.version,
        "text_sha256": file.sha256,
        "signed_by": body.signed_by,
        "signed_at": signed_at,
        "way": Way.UPLOAD,
        "subject": caller.subject,
        "address": address_of(caller.address, request),
        "document_id": document_id,
    }
    return made, host.now_at


def address_of(told: str | None, request: Request) -> str | None:
    """As identity saw it at the gateway; else the last hop that our gateway wrote down."""
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    seen = told or forwarded or (request.client.host if request.client else None)
    return seen[:64] if seen else None
