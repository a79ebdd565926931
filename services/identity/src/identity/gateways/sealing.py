"""Secrets that must be read again are kept sealed (AES-GCM): second factors, a provider's secret, mail on its way."""

from __future__ import annotations

import base64
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class Sealing:
    """`keys`: base64 of 32 bytes each, with commas between. The first one seals; what a former one sealed still opens.

    What was sealed for one purpose does not open for another.
    """

    def __init__(self, keys: str) -> None:
        if not keys:
            raise ValueError("PAYLOAD_KEY is not set; without it nothing that is sealed could be opened again.")
        self._keys = [base64.b64decode(key) for key in keys.split(",")]
        self._ciphers = [AESGCM(key) for key in self._keys]

    def seal(self, plain: bytes, purpose: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._ciphers[0].encrypt(nonce, plain, purpose.encode())

    def opened(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed; `InvalidTag` where none of the keys opens it."""
        for cipher in self._ciphers:
            plain = _opened(cipher, sealed, purpose)
            if plain is not None:
                return plain
        raise InvalidTag

    def anew(self, sealed: bytes, purpose: str) -> bytes | None:
        """The same, sealed with the first key; None where that key opens it already."""
        if _opened(self._ciphers[0], sealed, purpose) is not None:
            return None
        return self.seal(self.opened(sealed, purpose), purpose)

    def derived(self, purpose: str, text: str) -> str:
        """A secret that can be told again from the text and guessed from nothing, while the first key stays."""
        return hmac.new(self._keys[0], f"{purpose}|{text}".encode(), "sha256").hexdigest()


def _opened(cipher: AESGCM, sealed: bytes, purpose: str) -> bytes | None:
    try:
        return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
    except InvalidTag:
        return None
