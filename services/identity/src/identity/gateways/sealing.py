"""Secrets that must be read again are kept sealed (AES-GCM): second factors, a provider's secret, mail on its way."""

from __future__ import annotations

import base64
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class Sealing:
    """`key` is base64 of 32 bytes. What was sealed for one purpose does not open for another."""

    def __init__(self, key: str) -> None:
        if not key:
            raise ValueError("PAYLOAD_KEY is not set; without it nothing that is sealed could be opened again.")
        self._key = base64.b64decode(key)
        self._cipher = AESGCM(self._key)

    def seal(self, plain: bytes, purpose: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, purpose.encode())

    def opened(self, sealed: bytes, purpose: str) -> bytes:
        return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())

    def derived(self, purpose: str, text: str) -> str:
        """A secret that can be told again from the text and guessed from nothing."""
        return hmac.new(self._key, f"{purpose}|{text}".encode(), "sha256").hexdigest()
