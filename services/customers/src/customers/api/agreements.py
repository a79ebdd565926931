"""`/v1/agreements`: the host's texts and their versions; how each customer stands to them."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from fastapi import Response
from pydantic import AwareDatetime, BaseModel, Field

from common.db import new_id
from common.http import Body, Caller, IfMatch, Transaction, allow, etag, new_router
from common.organizations import business_now
from customers.domain.agreement import Agreement, SignatureState, state_of
from customers.store import agreements, copies
from customers.use_cases.publish_agreement import add_agreement, change_agreement, publish_version

router = new_router("agreements")
Type = Literal["hosted", "lease", "infinity", "om"]
Text = Field(min_length=1, max_length=200_000, description="Plain text; what is signed is exactly this.")


class NewAgreement(Body):
    """An agreement; the contract types that need it signed before their units are energized may be none."""

    name: str = Field(min_length=1, max_length=200, examples=["Hosting agreement"])
    contract_types: list[Type] = Field([], max_length=4)
    text: str = Text


class NewVersion(Body):
    """The next version of the text, and whether those who signed an earlier one have to sign again."""

    text: str = Text
    must_sign_again: bool


class AgreementChange(Body):
    """Texts are never changed, only followed by others; a withdrawn agreement stays so."""

    name: str | None = Field(None, min_length=1, max_length=200)
    contract_types: list[Type] | None = Field(None, max_length=4)
    is_withdrawn: Literal[True] | None = None

    def changes(self) -> dict[str, Any]:
        given = {k: v for k, v in self.model_dump(exclude_unset=True).items() if v is not None}
        return given | ({"contract_types": tuple(given["contract_types"])} if "contract_types" in given else {})


class AgreementAnswer(BaseModel):
    """An agreement with its newest text. Who signs sends `version` and `text_sha256` back."""

    id: UUID
    name: str
    contract_types: list[str]
    version: int
    accepted_from_version: int
    is_withdrawn: bool
    text: str
    text_sha256: str

    @classmethod
    def of(cls, agreement: Agreement) -> AgreementAnswer:
        names = [name for name in cls.model_fields if name != "text_sha256"]
        return cls(**{name: getattr(agreement, name) for name in names}, text_sha256=agreement.sha256)


class AgreementList(BaseModel):
    items: list[AgreementAnswer]


class VersionAnswer(BaseModel):
    """A version as it was published; its text does not change."""

    version: int
    text_sha256: str
    published_at: AwareDatetime
    published_by: str


class VersionList(BaseModel):
    items: list[VersionAnswer]


class Standing(BaseModel):
    """How a customer stands to an agreement; `is_required` by a contract of theirs, or, without one, by any type.

    `outdated`: a newer version must be signed. `altered`: what is stored is no longer what was signed.
    """

    agreement_id: UUID
    name: str
    version: int
    state: SignatureState
    is_required: bool
    signed_version: int | None
    signed_at: AwareDatetime | None


AGREEMENTS = "/v1/agreements"


@router.post(AGREEMENTS, status_code=201, **allow("agreements.write"))
async def add(tx: Transaction, caller: Caller, body: NewAgreement, response: Response) -> AgreementAnswer:
    """Publish the first version of an agreement."""
    at = await business_now(tx, caller.organization_id)
    agreement = Agreement(new_id(), body.name, tuple(body.contract_types), body.text)
    await add_agreement(tx, caller.organization_id, agreement, by=caller.subject, at=at)
    response.headers.update(etag(agreement.version))
    return AgreementAnswer.of(agreement)


@router.get(AGREEMENTS, **allow("agreements.read"))
async def list_agreements(tx: Transaction) -> AgreementList:
    """Every agreement of the host with its newest text."""
    return AgreementList(items=[AgreementAnswer.of(a) for a in await agreements.all_of(tx)])


@router.get(AGREEMENTS + "/{agreement_id}", **allow("agreements.read"))
async def read(tx: Transaction, agreement_id: UUID, response: Response) -> AgreementAnswer:
    """An agreement with its newest text."""
    agreement = await agreements.get(tx, agreement_id)
    response.headers.update(etag(agreement.version))
    return AgreementAnswer.of(agreement)


@router.get(AGREEMENTS + "/{agreement_id}/versions", **allow("agreements.write"))
async def list_versions(tx: Transaction, agreement_id: UUID) -> VersionList:
    """When each version was published, and by whom."""
    await agreements.get(tx, agreement_id)
    rows = await agreements.versions(tx, agreement_id)
    return VersionList(items=[VersionAnswer(**row._mapping) for row in rows])


@router.post(AGREEMENTS + "/{agreement_id}/versions", status_code=201, **allow("agreements.write"))
async def add_version(tx: Transaction, caller: Caller, agreement_id: UUID, body: NewVersion) -> AgreementAnswer:
    """Publish the next version; earlier ones stay as they are."""
    made, again = (caller.subject, await business_now(tx, caller.organization_id)), body.must_sign_again
    after = await publish_version(tx, caller.organization_id, agreement_id, body.text, must_sign_again=again, made=made)
    return AgreementAnswer.of(after)


@router.patch(AGREEMENTS + "/{agreement_id}", **allow("agreements.write"))
async def change(
    tx: Transaction, caller: Caller, agreement_id: UUID, body: AgreementChange, version: IfMatch
) -> AgreementAnswer:
    """Another name or other contract types; or withdraw it for good. Signatures stay as good as they were."""
    made = (caller.subject, await business_now(tx, caller.organization_id))
    ids = (caller.organization_id, agreement_id)
    return AgreementAnswer.of(await change_agreement(tx, *ids, body.changes(), version=version, made=made))


async def standings(tx: Transaction, customer_id: UUID) -> list[Standing]:
    """How the customer stands to every agreement that is not withdrawn, or that they signed."""
    signed, types = await agreements.signatures_of(tx, customer_id), await copies.contract_types(tx, customer_id)
    found = list[Standing]()
    for agreement in await agreements.all_of(tx):
        mine = [s for s in signed if s.agreement_id == agreement.id]
        if agreement.is_withdrawn and not mine:
            continue
        wanted = bool(agreement.contract_types) if not types else bool(types & set(agreement.contract_types))
        newest = max(mine, key=lambda s: s.version, default=None)
        texts = await agreements.fingerprints(tx, agreement.id) if mine else {}
        found.append(
            Standing(
                agreement_id=agreement.id,
                name=agreement.name,
                version=agreement.version,
                state=state_of(agreement, mine, texts),
                is_required=wanted and not agreement.is_withdrawn,
                signed_version=newest.version if newest else None,
                signed_at=newest.signed_at if newest else None,
            )
        )
    return found
