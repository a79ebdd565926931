"""Every role at every operation of every service: who lacks the permission is refused before anything is read (API5).

The operations come from the applications themselves, so that a new one is in the matrix without being written here.
"""

from __future__ import annotations

import importlib
import re
from collections import Counter
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from common.auth import HEADER, Principal, mint
from common.http import PUBLIC
from hostbook.engines.part import SERVICES
from identity.domain.portal_view import SEEN
from identity.domain.roles import PERMISSIONS, PORTAL_ROLES, Role, permissions_of
from metering.api.admission import Admission

KEY = Ed25519PrivateKey.generate()
PRIVATE = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC_KEY = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
METHODS = ("get", "post", "put", "patch", "delete")
# What needs no permission, and why it may: signing in, what a sign-in page shows, a vendor's signed word.
OPEN = re.compile(r"/v1/auth/|/auth$|/host/\{slug\}/auth$|/hooks/")


def callers() -> dict[str, Principal]:
    """A caller of each role, somebody who looks as a customer, and one who has yet to show a second factor."""
    known = {
        role.value: Principal("user:x", uuid4(), permissions_of(role), uuid4() if role in PORTAL_ROLES else None)
        for role in Role
    }
    known["onlooker"] = Principal("customer:x", uuid4(), SEEN, uuid4(), "user:x", read_only=True)
    known["weak"] = Principal("user:x", uuid4(), frozenset(), held={"*": "second_factor"})
    return known


def operations(name: str) -> list[tuple[str, str, str]]:
    """Method, path (with made-up ids) and permission."""
    paths: dict[str, Any] = importlib.import_module(f"{name}.main").service.app().openapi()["paths"]
    return [
        (method.upper(), path, said["x-permission"])
        for path, methods in paths.items()
        for method, said in methods.items()
        if method in METHODS
    ]


@pytest.mark.parametrize("name", SERVICES)
async def test_whoever_lacks_the_permission_is_refused_at_every_operation(name: str) -> None:
    app = importlib.import_module(f"{name}.main").service.app()
    app.state.public_key = PUBLIC_KEY
    app.state.admission = Admission(1_000_000)  # metering counts bodies before anything else
    told: Counter[str] = Counter()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://matrix") as client:
        for method, path, permission in operations(name):
            place = re.sub(r"\{[^}]+\}", str(uuid4()), path)
            if permission == PUBLIC:
                assert OPEN.search(path), f"{method} {path} is open to everybody"
                continue
            assert permission in PERMISSIONS, f"{method} {path} asks for {permission}, which nobody holds"
            nobody = await client.request(method, place, json={})
            assert (nobody.status_code, nobody.json()["code"]) == (401, "not_signed_in"), f"{method} {path}"
            for role, caller in callers().items():
                if caller.may(permission) and not (caller.read_only and method != "GET"):
                    told["allowed"] += 1
                    continue
                headers = {HEADER: mint(caller, PRIVATE), "Idempotency-Key": str(uuid4()), "If-Match": '"1"'}
                answer = await client.request(method, place, headers=headers, json={})
                expected = "second_factor_required" if role == "weak" else "forbidden"
                assert (answer.status_code, answer.json()["code"]) == (403, expected), f"{role}: {method} {path}"
                told["refused"] += 1
    print(f"{name}: {told['refused']} refused, {told['allowed']} allowed by the role")
