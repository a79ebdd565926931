"""`/v1/branding`: the organization's logo, and its face as the sign-in page shows it. `/v1/issuing-entities`."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Annotated
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel, Field, StringConstraints

from common.db import new_id
from common.errors import NotFound
from common.http import PUBLIC, Body, Caller, IfMatch, OwnDatabase, Transaction, allow, etag, new_router
from identity.domain.issuing_entity import IssuingEntity
from identity.gateways.logo_pictures import MOST_BYTES, BadLogo, drawn_anew
from identity.store import faces, hosts
from identity.store.tenancy import GATE, enter, organization_of
from identity.use_cases.keep_entity import keep_entity

router = new_router("branding")
Short = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class Face(BaseModel):
    """What a sign-in page shows of an organization; of none that is known, Hostbook's own."""

    name: str = "Hostbook"
    team_name: str | None = None
    slogan: str | None = None
    primary_colour: str | None = None
    accent_colour: str | None = None
    logo: str | None = Field(None, description="Where the logo lies.")
    has_sso: bool = False


class LogoAnswer(BaseModel):
    """Where the logo lies now."""

    logo: str


class EntityFields(Body):
    """A legal person that the organization bills as."""

    legal_name: str = Field(min_length=1, max_length=200, examples=["Panhandle Hosting LLC"])
    address: list[Short] = Field(min_length=1, max_length=6, examples=[["1 Substation Road", "Amarillo, TX 79101"]])
    country: str = Field(min_length=2, max_length=2, examples=["US"])
    tax_ids: dict[str, Short] = Field({}, max_length=8, examples=[{"us_ein": "12-3456789"}])
    is_default: bool = False

    def entity(self, entity_id: UUID, version: int) -> IssuingEntity:
        values = self.model_dump() | {"address": tuple(self.address)}
        return IssuingEntity(id=entity_id, version=version, **values)


class EntityAnswer(BaseModel):
    id: UUID
    legal_name: str
    address: list[str]
    country: str
    tax_ids: dict[str, str]
    is_default: bool
    version: int

    @classmethod
    def of(cls, entity: IssuingEntity) -> EntityAnswer:
        shown = {name: getattr(entity, name) for name in cls.model_fields}
        return cls(**shown | {"address": list(entity.address), "tax_ids": dict(entity.tax_ids)})


class EntityList(BaseModel):
    items: list[EntityAnswer]


def _place(organization_id: UUID, sha256: str) -> str:
    return f"/v1/auth/logos/{organization_id}/{sha256}.png"


@router.put("/v1/branding/logo", **allow("organization.write", transaction=False))
async def put_logo(request: Request, database: OwnDatabase, caller: Caller) -> LogoAnswer:
    """Set the logo: a square picture of at least 200 pixels, at most 2 MB, sent as the body; it is drawn anew."""
    sent = await request.body()
    if len(sent) > MOST_BYTES:
        raise BadLogo(f"The logo has {len(sent):,} bytes.", field="logo", remedy="at most 2 MB")
    png = await asyncio.to_thread(drawn_anew, sent)
    sha256 = hashlib.sha256(png).hexdigest()
    async with database.transaction(caller.tenant) as tx:
        await faces.put_logo(tx, caller.organization_id, png, sha256)
    return LogoAnswer(logo=_place(caller.organization_id, sha256))


@router.delete("/v1/branding/logo", status_code=204, **allow("organization.write"))
async def remove_logo(tx: Transaction) -> Response:
    """No logo from now on."""
    await faces.remove_logo(tx)
    return Response(status_code=204)


@router.get("/v1/auth/logos/{organization_id}/{file}", response_class=Response, **allow(PUBLIC))
async def show_logo(database: OwnDatabase, organization_id: UUID, file: str) -> Response:
    """The logo by its hash: it never changes, and nothing in it is run."""
    async with database.transaction(GATE) as tx:
        found = await faces.logo(tx, organization_id)
    if found is None or file != f"{found[1]}.png":
        raise NotFound("There is no such logo.")
    kept = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(found[0], media_type="image/png", headers=kept)


@router.get("/v1/auth/faces/{organization}", **allow(PUBLIC))
async def show_face(database: OwnDatabase, organization: str) -> Face:
    """What the sign-in page shows; a former short name shows the same, an unknown one Hostbook's own face."""
    async with database.transaction(GATE) as tx:
        organization_id = await organization_of(tx, organization)
        if organization_id is None or str(organization_id) == organization:
            return Face()
        await enter(tx, organization_id)
        host, sha256 = await hosts.get(tx, organization_id), await faces.logo_sha256(tx)
        has_sso = await faces.has_sso(tx)
    shown = {name: getattr(host, name) for name in ("name", "team_name", "slogan", "primary_colour", "accent_colour")}
    return Face(**shown, logo=_place(organization_id, sha256) if sha256 else None, has_sso=has_sso)


@router.get("/v1/issuing-entities", **allow("issuing_entities.read"))
async def list_entities(tx: Transaction) -> EntityList:
    """The legal persons that the organization bills as, by name."""
    return EntityList(items=[EntityAnswer.of(one) for one in await faces.entities(tx)])


@router.post("/v1/issuing-entities", status_code=201, **allow("issuing_entities.write"))
async def add_entity(tx: Transaction, caller: Caller, body: EntityFields, response: Response) -> EntityAnswer:
    """Add one; a default one takes the place of the default before."""
    entity = await keep_entity(tx, caller.organization_id, body.entity(new_id(), 1))
    response.headers.update(etag(entity.version))
    return EntityAnswer.of(entity)


@router.get("/v1/issuing-entities/{entity_id}", **allow("issuing_entities.read"))
async def read_entity(tx: Transaction, entity_id: UUID, response: Response) -> EntityAnswer:
    """One of them."""
    entity = await faces.entity(tx, entity_id)
    response.headers.update(etag(entity.version))
    return EntityAnswer.of(entity)


@router.put("/v1/issuing-entities/{entity_id}", **allow("issuing_entities.write"))
async def change_entity(
    tx: Transaction, caller: Caller, entity_id: UUID, body: EntityFields, version: IfMatch, response: Response
) -> EntityAnswer:
    """Change one; whoever copies it hears of it."""
    await faces.entity(tx, entity_id)
    entity = await keep_entity(tx, caller.organization_id, body.entity(entity_id, version + 1))
    response.headers.update(etag(entity.version))
    return EntityAnswer.of(entity)
