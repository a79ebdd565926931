"""A device with passkeys, as a browser's WebAuthn API answers for it: ES256, no attestation, its holder known."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64encode
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, KNOWN, WITH_KEY = 0x01, 0x04, 0x40


def text(octets: bytes) -> str:
    return urlsafe_b64encode(octets).decode().rstrip("=")


class Authenticator:
    """One passkey for one site."""

    def __init__(self, site: str, origin: str) -> None:
        self._site, self._origin = site, origin
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(32)
        self.uses = 0

    def _said(self, kind: str, challenge: str) -> bytes:
        said = {"type": f"webauthn.{kind}", "challenge": challenge, "origin": self._origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _state(self, flags: int) -> bytes:
        self.uses += 1
        return hashlib.sha256(self._site.encode()).digest() + struct.pack(">BI", flags, self.uses)

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create` gives back."""
        numbers = self._key.public_key().public_numbers()
        key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        about = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + key
        state = self._state(PRESENT | KNOWN | WITH_KEY) + about
        said = self._said("create", options["challenge"])
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": state})
        return self._answer({"clientDataJSON": text(said), "attestationObject": text(made)})

    def get(self, options: dict[str, Any], *, flags: int = PRESENT | KNOWN) -> dict[str, Any]:
        """What `navigator.credentials.get` gives back."""
        state, said = self._state(flags), self._said("get", options["challenge"])
        signature = self._key.sign(state + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        shown = {"clientDataJSON": text(said), "authenticatorData": text(state), "signature": text(signature)}
        return self._answer(shown)

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        name = text(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}
