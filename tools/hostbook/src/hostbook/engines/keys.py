"""Passwords and keys of one stack: made at random on first use, kept in one file only its owner reads."""

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Keys:
    """`payload_key` is base64 of 32 bytes; the token keys are Ed25519 as PEM text."""

    master: str
    payload_key: str
    token_private_key: str
    token_public_key: str

    def password(self, purpose: str) -> str:
        """One secret per purpose (a database role, a vendor's key), always the same in one stack."""
        return hmac.new(self.master.encode(), purpose.encode(), hashlib.sha256).hexdigest()[:40]


def kept_keys(file: Path) -> Keys:
    """The keys of the stack whose file this is; made now if there are none."""
    if not file.exists():
        fresh = file.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
            json.dump(asdict(_new_keys()), output)
        fresh.replace(file)
    return Keys(**json.loads(file.read_text()))


def _new_keys() -> Keys:
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Keys(
        master=secrets.token_hex(32),
        payload_key=base64.b64encode(secrets.token_bytes(32)).decode(),
        token_private_key=pem.decode(),
        token_public_key=public.decode(),
    )
