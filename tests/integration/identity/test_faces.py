"""Logos, faces and issuing entities."""

import io
from typing import Any

import httpx
import pytest
from PIL import Image

from common.auth import HEADER
from events.identity import IssuingEntityChanged, OrganizationChanged
from support.identity_at import IdentityHere

ENTITY = {"legal_name": "Alpha LLC", "address": ["1 Road"], "country": "US", "tax_ids": {"us_ein": "12-3456789"}}


def picture(side: int) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (side, side), 5).save(written, "PNG")
    return written.getvalue()


async def put_logo(identity: IdentityHere, organization: str, sent: bytes) -> httpx.Response:
    headers = {"X-Forwarded-Method": "PUT", "X-Forwarded-Uri": "/v1/branding/logo"}
    told = await identity.door(identity.key, organization).straight("GET", "/internal/forward-auth", None, headers)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(identity.app), base_url="https://gateway.test"
    ) as client:
        return await client.put("/v1/branding/logo", content=sent, headers={HEADER: told.headers[HEADER]})


async def test_a_face_is_shown_to_everybody_under_every_name_it_ever_had(identity: IdentityHere) -> None:
    """B4: logo, slogan, colours on the page of signing in; old links survive a change of the short name."""
    opened = await identity.open_organization()
    path, door = f"/v1/organizations/{opened['id']}", identity.door(identity.key, opened["id"])
    face = {
        "slogan": "Cheap power",
        "primary_colour": "#1a2b3c",
        "team_name": "The Team",
        "slug": f"{opened['slug']}-2",
    }
    changed = await door.call("PATCH", path, face, {"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    event = (await identity.published(opened["id"]))[-1]
    assert isinstance(event, OrganizationChanged)
    assert (event.slogan, event.team_name) == ("Cheap power", "The Team")
    put = await put_logo(identity, opened["id"], picture(300))
    assert put.status_code == 200, put.text
    for slug in (opened["slug"], face["slug"]):
        shown = (await identity.door().straight("GET", f"/v1/auth/faces/{slug}")).json()
        assert (shown["slogan"], shown["team_name"], shown["logo"]) == ("Cheap power", "The Team", put.json()["logo"])
    logo = await identity.door().straight("GET", put.json()["logo"])
    assert (logo.headers["content-type"], logo.headers["x-content-type-options"]) == ("image/png", "nosniff")
    unknown = await identity.door().straight("GET", "/v1/auth/faces/no-such-host")
    assert (unknown.status_code, unknown.json()["name"]) == (200, "Hostbook")
    cleared = await door.call("PATCH", path, {"slogan": None}, {"If-Match": '"2"'})
    assert cleared.json()["slogan"] is None


@pytest.mark.parametrize("sent", [picture(199), b"<svg/>", b"", bytes(2 * 1024 * 1024 + 1)])
async def test_what_cannot_be_a_logo_is_refused_by_its_field(
    identity: IdentityHere, organization: str, sent: bytes
) -> None:
    refused = await put_logo(identity, organization, sent)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "logo")


async def test_of_several_issuing_entities_one_is_the_default(identity: IdentityHere, organization: str) -> None:
    """B9: one host bills by more than one legal person."""
    door, path = identity.door(identity.key, organization), "/v1/issuing-entities"
    first = (await door.call("POST", path, ENTITY | {"is_default": True})).json()
    second = (await door.call("POST", path, ENTITY | {"legal_name": "Beta LLC", "is_default": True})).json()
    listed = {e["legal_name"]: e["is_default"] for e in (await door.call("GET", path)).json()["items"]}
    assert listed == {"Alpha LLC": False, "Beta LLC": True}
    one = f"{path}/{first['id']}"
    assert (await door.call("PUT", one, ENTITY | {"country": "CA"}, {"If-Match": '"9"'})).status_code == 412
    changed = await door.call("PUT", one, ENTITY | {"country": "CA"}, {"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["country"], changed.json()["version"]) == (200, "CA", 2)
    assert (await door.call("POST", path, ENTITY)).status_code == 409
    told = [e for e in await identity.published(organization) if isinstance(e, IssuingEntityChanged)]
    assert [(e.legal_name, e.version) for e in told] == [("Alpha LLC", 1), ("Beta LLC", 1), ("Alpha LLC", 2)]
    foreign = (await identity.open_organization())["id"]
    assert (await identity.door(identity.key, foreign).call("GET", f"{path}/{second['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"country": "usa"}, "country"), ({"country": "us"}, "country"), ({"address": []}, "address"),
        ({"legal_name": "\u202e"}, "legal_name"), ({"tax_ids": {"x": "\u0000"}}, "tax_ids.x"), ({"id": "mine"}, "id"),
    ],
)  # fmt: skip
async def test_an_impossible_entity_is_refused_by_its_field(
    identity: IdentityHere, organization: str, changes: dict[str, Any], field: str
) -> None:
    answer = await identity.door(identity.key, organization).call("POST", "/v1/issuing-entities", ENTITY | changes)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
